"""What the demo works on: a file of pairs, its schemas and its parts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pairs import Pairs, read_pairs
from mmlandmark.annotations.reader import read_coco
from mmlandmark.annotations.splits import split_groups
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, list_schemas
from mmlandmark.synthetic import SyntheticFaces, make_faces, pair_document

RATIOS = {'train': 0.7, 'val': 0.1, 'test': 0.2}
SEED = 0


@dataclass(frozen=True)
class PairTask:
    """Pairs to learn from.

    Attributes:
        ann_file: The file of pairs.
        data: Its content.
        pairs: All usable pairs, as the data set of a config reads them.
        group: The annotation field that the parts are made by.
        parts: ``train``, ``val``, ``test`` -> positions in ``pairs``.
        faces: The synthetic faces behind the file, if they are.
    """

    ann_file: Path
    data: dict[str, Any]
    pairs: Pairs
    group: str
    parts: dict[str, np.ndarray]
    faces: SyntheticFaces | None = None

    @property
    def source(self) -> KeypointSchema:
        """Schema of the points that are given."""
        return self.pairs.source_schema

    @property
    def target(self) -> KeypointSchema:
        """Schema of the points that are wanted."""
        return self.pairs.target_schema

    @property
    def test(self) -> Pairs:
        """The pairs that nothing is learned from."""
        return self.pairs.select(self.parts['test'])


def make_task(path: Path, count: int) -> PairTask:
    """Make synthetic faces, write them to ``path`` and return the task."""
    faces = make_faces(count, seed=SEED)
    write_json(path, pair_document(faces), overwrite=True)
    return read_task(path, faces)


def read_task(path: str | os.PathLike, faces: SyntheticFaces | None = None) -> PairTask:
    """Read a file of pairs; both schemas are found by the names in its category.

    Raises:
        LandmarkError: No such names, or anything wrong with the file; too few groups to split.
    """
    data, name = read_coco(path)
    category = next((c for c in data['categories'] if c.get('keypoints_target')), None)
    if category is None:
        raise LandmarkError(
            f"{name}: no category lists 'keypoints_target'; expected a file of pairs, such as "
            'tools/dataset_converters/pair_annotations.py writes'
        )
    source = _schema(category.get('name'), category.get('keypoints'), name)
    target = _schema(category.get('target_name'), category['keypoints_target'], name)
    pairs = read_pairs(data, source, target)
    by_person = all('identity' in annotation for annotation in pairs.annotations)
    group = 'identity' if by_person else 'image_id'
    parts = split_groups(pairs.groups(group), RATIOS, SEED)
    return PairTask(Path(path), data, pairs, group, parts, faces)


def source_document(task: PairTask) -> dict[str, Any]:
    """Return the test part as a COCO object of source points alone, as a user would have it."""
    target_fields = ('keypoints_target', 'num_keypoints_target', 'target_name')

    def without_target(entry: dict) -> dict:
        return {key: value for key, value in entry.items() if key not in target_fields}

    test = task.test
    wanted = set(test.image_ids.tolist())
    return {
        **task.data,
        'images': [image for image in task.data['images'] if image['id'] in wanted],
        'annotations': [without_target(annotation) for annotation in test.annotations],
        'categories': [without_target(category) for category in task.data['categories']],
    }


def _schema(name: Any, keypoints: Any, where: str) -> KeypointSchema:
    """The shipped schema of that name if it has those keypoints, else the one that has them."""
    if name in list_schemas() and set(get_schema(name).keypoints) == set(keypoints or ()):
        return get_schema(name)
    return schema_of_file({'categories': [{'name': name, 'keypoints': keypoints}]}, where)
