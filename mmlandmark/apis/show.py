"""Pictures of a converted file: the source points beside the converted ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.annotations.output_folder import check_output_folder
from mmlandmark.annotations.pictures import read_picture
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.visualization.drawing import draw_side_by_side
from mmlandmark.visualization.pictures import write_picture

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


@dataclass(frozen=True)
class ShowReport:
    """How many pictures were drawn.

    Attributes:
        drawn: Pictures written.
        missing: File names that are not under the image root or cannot be read.
        left: Images with converted annotations beyond the limit.
    """

    drawn: int
    missing: tuple[str, ...]
    left: int

    def summary(self, folder: str | os.PathLike) -> str:
        """Return the report as one line."""
        parts = [f'{self.drawn} pictures drawn in {folder}']
        if self.missing:
            parts.append(
                f'{len(self.missing)} not found or damaged, the first is {self.missing[0]}'
            )
        if self.left:
            parts.append(f'{self.left} images more were not drawn')
        return '; '.join(parts)


def show_conversion(
    converted: str | os.PathLike | dict,
    source: KeypointSchema,
    target: KeypointSchema,
    show_dir: str | os.PathLike,
    *,
    image_root: str | os.PathLike = '.',
    max_images: int | None = None,
    keypoints_field: str = 'keypoints',
    overwrite: bool = False,
    numbers: bool = False,
) -> ShowReport:
    """Draw the source and the converted points of a file side by side, a picture per image.

    Args:
        converted: What ``convert_file`` or ``convert_coco`` made.
        source: Source schema.
        target: Target schema.
        show_dir: Folder of the pictures; made if it does not exist.
        image_root: Folder that the images' file names are relative to.
        max_images: Draw the first so many images only.
        keypoints_field: The key of the converted points.
        overwrite: Draw into a folder that holds something.
        numbers: Write the position of every keypoint beside it.

    Raises:
        LandmarkError: No images are to be drawn, the folder may not be written to, or the file is
            not a converted one.
    """
    if max_images is not None and max_images < 1:
        raise LandmarkError(f'max_images is {max_images}; expected at least 1')
    check_output_folder(show_dir, overwrite=overwrite)
    os.makedirs(show_dir, exist_ok=True)
    data, name = read_coco(converted)
    kept = [a for a in data['annotations'] if f'{keypoints_field}_source' in a]
    wanted = sorted({a['image_id'] for a in kept})
    chosen = set(wanted[:max_images])
    part = {**data, 'annotations': [a for a in kept if a['image_id'] in chosen]}
    left = read_coco_keypoints(
        part, source, keypoints_field=f'{keypoints_field}_source', name=name, assume_names=True
    )
    right = read_coco_keypoints(part, target, keypoints_field=keypoints_field, name=name)
    inferred = _inferred(right, keypoints_field)
    drawn, missing = 0, []
    for image in track([i for i in data['images'] if i['id'] in chosen], 'pictures'):
        file_name = str(image.get('file_name', f'of image {image["id"]} without file_name'))
        try:
            picture = read_picture(os.path.join(image_root, file_name))
        except LandmarkError:
            missing.append(file_name)
            continue
        on_image = left.image_ids == image['id']
        canvas = draw_side_by_side(
            picture,
            left.points[on_image],
            left.visible[on_image],
            source,
            right.points[on_image],
            right.visible[on_image],
            target,
            inferred[on_image],
            numbers=numbers,
        )
        path = Path(show_dir) / f'{Path(file_name).stem}_{image["id"]}.jpg'
        write_picture(path, canvas)
        drawn += 1
    return ShowReport(drawn, tuple(missing), len(wanted) - len(chosen))


def _inferred(right: CocoKeypoints, field: str) -> np.ndarray:
    inferred = np.zeros(right.visible.shape, dtype=bool)
    for row, annotation in enumerate(right.annotations):
        for name in annotation.get(f'{field}_inferred', ()):
            inferred[row, right.schema.index(name)] = True
    return inferred
