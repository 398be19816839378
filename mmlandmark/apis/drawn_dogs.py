"""A data set of drawn dog faces, as COCO files or raw, from real landmark statistics or ours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlandmark.annotations.face_labels import read_face_label
from mmlandmark.annotations.face_layout import find_layouts
from mmlandmark.annotations.output_folder import check_output_folder
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.annotations.splits import PARTS
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs import DrawnDogs, make_dogs
from mmlandmark.synthetic.dogs_file import dog_document, release_label, release_name
from mmlandmark.synthetic.dogs_own import SCHEMA
from mmlandmark.synthetic.dogs_render import render_dog
from mmlandmark.synthetic.dogs_shapes import DogShapes
from mmlandmark.synthetic.drawn_document import picture_name
from mmlandmark.visualization.pictures import write_picture


@dataclass(frozen=True)
class DrawnDogsReport:
    """What was drawn.

    Attributes:
        out_dir: The folder.
        pictures: Part -> number of pictures.
        breeds: Part -> number of breeds; no breed is in two parts.
        fitted: Labelled faces that the shapes come from; 0 where they are of our own making.
        excluded: Labelled faces that were left out, since a point is missing or the file is none.
    """

    out_dir: Path
    pictures: dict[str, int]
    breeds: dict[str, int]
    fitted: int
    excluded: int

    def __str__(self) -> str:
        source = f'{self.fitted} labelled faces, {self.excluded} incomplete ones left out'
        parts = (f'{p}: {n} of {self.breeds[p]} breeds' for p, n in self.pictures.items())
        return (
            f'{self.out_dir}: {sum(self.pictures.values())} pictures ({"; ".join(parts)}); '
            f'shapes from {source if self.fitted else "proportions of our own"}'
        )


def draw_dogs(
    out_dir: str | os.PathLike,
    *,
    labels: str | os.PathLike | None = None,
    count: int = 3000,
    seed: int = 0,
    size: int = 112,
    per_breed: int = 5,
    val_fraction: float = 0.1,
    test_fraction: float = 0.2,
    raw: bool = False,
    overwrite: bool = False,
) -> DrawnDogsReport:
    """Draw dogs and write ``images`` and ``annotations/{train,val,test}.json``.

    Args:
        out_dir: Folder to write to; it is made if it is not there.
        labels: A COCO keypoint file of schema ``dogflw46``, or the folder of a raw DogFLW release
            (its official test labels are not used); None: proportions of our own.
        count: Number of pictures.
        seed: The same seed and options give the same data set.
        size: Width and height of the pictures, pixels.
        per_breed: Pictures of one breed.
        val_fraction: Share of the breeds for validation.
        test_fraction: Share of the breeds for the test.
        raw: Write ``{train,test}/{images,labels}`` instead, as a raw release of DogFLW has them;
            it has no validation part, so those breeds are in train.
        overwrite: Replace files of an earlier call; a raw release is not replaced.

    Raises:
        LandmarkError: Wrong options, a part without a breed, labels that cannot be read, or files
            that exist.
    """
    out_dir = Path(out_dir)
    limits = _limits(count, per_breed, val_fraction, test_fraction)
    rows = dict(zip(PARTS, np.split(np.arange(count), limits), strict=True))
    if raw:
        rows['train'] = np.concatenate([rows['train'], rows.pop('val')])
        # an earlier release is not replaced: what it had more of would stay beside the new
        for part in rows:
            check_output_folder(out_dir / part / 'labels')
    else:
        files = [f'{part}.json' for part in rows]
        check_output_folder(out_dir / 'annotations', files, overwrite=overwrite)
    shapes, fitted = _shapes(labels)
    dogs = make_dogs(shapes, count, seed=seed, per_breed=per_breed, size=size)
    if raw:
        _write_release(out_dir, dogs, rows)
    else:
        _write_coco(out_dir, dogs, rows, overwrite)
    return DrawnDogsReport(
        out_dir=out_dir,
        pictures={part: len(members) for part, members in rows.items()},
        breeds={part: _breeds(dogs, members) for part, members in rows.items()},
        fitted=fitted,
        excluded=shapes.excluded if fitted else 0,
    )


def _write_coco(
    out_dir: Path, dogs: DrawnDogs, rows: Mapping[str, np.ndarray], overwrite: bool
) -> None:
    _make_folders([out_dir / 'annotations', out_dir / 'images'])
    for row in track(range(len(dogs)), 'pictures'):
        write_picture(out_dir / picture_name(row), render_dog(dogs, row))
    for part, members in rows.items():
        path = out_dir / 'annotations' / f'{part}.json'
        write_json(path, dog_document(dogs, members), overwrite=overwrite)


def _write_release(out_dir: Path, dogs: DrawnDogs, rows: Mapping[str, np.ndarray]) -> None:
    _make_folders([out_dir / part / kind for part in rows for kind in ('images', 'labels')])
    placed = [(out_dir / part, row) for part, members in rows.items() for row in members.tolist()]
    for folder, row in track(placed, 'pictures'):
        name = release_name(dogs, row)
        write_picture(folder / 'images' / f'{name}.jpg', render_dog(dogs, row))
        write_json(folder / 'labels' / f'{name}.json', release_label(dogs, row))


def _breeds(dogs: DrawnDogs, rows: np.ndarray) -> int:
    return len(np.unique(dogs.breed[rows]))


def _limits(count: int, per_breed: int, val: float, test: float) -> list[int]:
    """Where the pictures of train end, and those of val; breeds stay whole."""
    if count < 1 or per_breed < 1:
        raise LandmarkError(f'{count} pictures, {per_breed} of a breed; expected at least 1')
    for part, share in (('val', val), ('test', test)):
        if not 0 <= share <= 1:  # not a number, too
            raise LandmarkError(f'the share of {part} is {share}; expected 0 to 1')
    breeds = -(-count // per_breed)
    wanted = {'val': round(val * breeds), 'test': round(test * breeds)}
    wanted['train'] = breeds - sum(wanted.values())
    for part, number in wanted.items():
        if number < 1:
            raise LandmarkError(
                f'part {part!r} gets {number} of {breeds} breeds; expected at least 1: more '
                'pictures, fewer of a breed, or other fractions'
            )
    return [wanted['train'] * per_breed, (wanted['train'] + wanted['val']) * per_breed]


def _make_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            root = folder.parent
            raise LandmarkError(f'{root}: cannot be made: {error.strerror or error}') from None


def _shapes(labels: str | os.PathLike | None) -> tuple[DogShapes, int]:
    """The shapes and how many labelled faces they were fitted to."""
    if labels is None:
        return DogShapes.own(), 0
    points = release_points(Path(labels)) if Path(labels).is_dir() else _file_points(labels)
    try:
        shapes = DogShapes.fit(points)
    except LandmarkError as error:
        raise LandmarkError(f'{labels}: {error}') from None
    return shapes, len(points) - shapes.excluded


def _file_points(path: str | os.PathLike) -> np.ndarray:
    file = read_coco_keypoints(path, get_schema(SCHEMA))
    return np.where(file.visible[..., None] > 0, file.points, np.nan)


def release_points(root: Path) -> np.ndarray:
    """The labels (N, 46, 2) of a release, NaN where a file is none; its pictures do not matter."""
    files = [
        f for layout in find_layouts(root) if layout.part != 'test' for f in layout.label_files()
    ]
    points = np.full((len(files), get_schema(SCHEMA).num_keypoints, 2), np.nan)
    for row, path in enumerate(files):
        with suppress(LandmarkError):
            found, _ = read_face_label(path)
            if found.shape == points.shape[1:]:
                points[row] = found
    return points
