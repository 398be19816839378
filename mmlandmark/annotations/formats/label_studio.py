"""Label Studio's JSON of tasks: KeyPointLabels in percent, grouped by RectangleLabels.

A keypoint belongs to the rectangle that it names as its parent or that a relation joins it with;
one without either, to the only instance of its picture. The choice "hidden" of a keypoint says so.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import numpy as np

from mmlandmark.annotations.formats.coco import category_name
from mmlandmark.annotations.formats.label_studio_config import BOX, HIDDEN_CHOICE, IMAGE, KEYPOINT
from mmlandmark.annotations.formats.label_studio_config import VISIBILITY as CHOICE
from mmlandmark.annotations.formats.labels import (
    HIDDEN,
    SEEN,
    Instance,
    Labels,
    gather,
    lost,
    require_sizes,
    schema_for,
    tight_boxes,
)
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema

_LOCAL = '/data/local-files/?d='
_TYPES = {'rectanglelabels': 'rectangle', 'keypointlabels': 'keypoint', 'choices': 'choices'}


def read_label_studio(
    path: str | os.PathLike, *, schema: KeypointSchema | None = None, category: str | None = None
) -> Labels:
    """Read an export ("JSON", not "JSON-MIN"), or tasks with predictions.

    Of several annotations of a task the first that is not cancelled is read, of predictions only
    where there is no annotation; the others are counted.

    Args:
        path: The JSON.
        schema: The schema that the labels belong to; by default they are one, in the order of
            their first use.
        category: Rectangles that are instances; by default those of all labels.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    tasks, where = read_json(path), str(path)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise LandmarkError(f'{where}: expected a list of tasks, as "JSON" exports it')
    left: Counter[str] = Counter()
    results = [
        _result(task, f'{where}: task {_number(task, i)}', left) for i, task in enumerate(tasks)
    ]
    names = [
        n for result in results for region in result for n in _labels(region, 'keypointlabels')
    ]
    boxes = [
        n for result in results for region in result for n in _labels(region, 'rectanglelabels')
    ]
    category = category or (boxes[0] if boxes and len(set(boxes)) == 1 else None)
    named = category or category_name(path, schema)
    schema = schema_for(list(dict.fromkeys(names)), schema, where=where, category=named, all_=False)
    pictures, instances = [], []
    for index, (task, result) in enumerate(zip(tasks, results, strict=True)):
        at = f'{where}: task {_number(task, index)}'
        reader = _Task(at, category, schema, result, left)
        pictures.append((_file(task, at), *reader.size))
        instances += reader.instances(index)
    notes = [f'{count} {what} are left out' for what, count in sorted(left.items())]
    return gather(where, named, schema, pictures, instances, notes)


class _Task:
    """The regions of one task.

    Args:
        where: File and task, for messages.
        category: Label of the rectangles that are instances; None: all.
        schema: The schema of the points.
        result: The regions.
        left: Counts what is left out.
    """

    def __init__(
        self,
        where: str,
        category: str | None,
        schema: KeypointSchema,
        result: list[dict],
        left: Counter[str],
    ) -> None:
        self.where, self.schema = where, schema
        self.boxes: dict[str, dict] = {}
        self.keypoints: dict[str, dict] = {}
        self.parents: dict[str, str] = {}
        hidden, relations = set(), []
        for region in result:
            kind, id_ = region.get('type'), str(region.get('id'))
            if kind == 'rectanglelabels' and category in (None, *_labels(region, kind)):
                self.boxes[id_] = region
            elif kind == 'keypointlabels':
                self.keypoints[id_] = region
            elif kind == 'relation':
                relations.append((str(region.get('from_id')), str(region.get('to_id'))))
            elif kind == 'choices' and HIDDEN_CHOICE in _value(region).get('choices', ()):
                hidden.add(id_)
            elif kind != 'choices':
                left[f'regions of type {kind!r}'] += 1
        self.hidden = hidden
        for one, two in relations:
            for child, parent in ((one, two), (two, one)):
                if child in self.keypoints and parent in self.boxes:
                    self.parents[child] = parent
        self.size = self._size([*self.boxes.values(), *self.keypoints.values()])

    def instances(self, index: int) -> list[Instance]:
        """Return the instances, those with a rectangle first."""
        points: dict[str | None, dict[str, tuple[float, float, int]]] = {b: {} for b in self.boxes}
        only = next(iter(self.boxes)) if len(self.boxes) == 1 else None
        for id_, region in self.keypoints.items():
            named = self.parents.get(id_, str(region.get('parentID')))
            parent = named if named in self.boxes else only
            name = self._name(region)
            if parent is None and self.boxes:
                raise LandmarkError(
                    f'{self.where}: {name} belongs to none of {len(self.boxes)} rectangles; make '
                    'it the child of one, or join them by a relation'
                )
            of = points.setdefault(parent, {})
            if name in of:
                raise LandmarkError(
                    f'{self.where}: {name} occurs twice in one instance; several instances need a '
                    'rectangle each'
                )
            of[name] = (*self._pixels(region, 'xy', name), HIDDEN if id_ in self.hidden else SEEN)
        return [Instance(index, of, self._box(box)) for box, of in points.items()]

    def _name(self, region: dict) -> str:
        names = _labels(region, 'keypointlabels')
        if len(names) != 1:
            raise LandmarkError(f'{self.where}: a keypoint has labels {names}; expected one')
        return names[0]

    def _box(self, id_: str | None) -> tuple[float, float, float, float] | None:
        if id_ is None:
            return None
        x, y = self._pixels(self.boxes[id_], 'xy', 'a rectangle')
        width, height = self._pixels(self.boxes[id_], ('width', 'height'), 'a rectangle')
        if _value(self.boxes[id_]).get('rotation'):
            raise LandmarkError(f'{self.where}: a rectangle is rotated; expected an upright one')
        return x, y, x + width, y + height

    def _pixels(self, region: dict, keys: Any, what: str) -> tuple[float, float]:
        value = _value(region)
        given: list[Any] = [value.get(key) for key in keys]
        if not all(type(v) in (int, float) for v in given):
            raise LandmarkError(f'{self.where}: {what}: {list(keys)} are {given}; expected numbers')
        return given[0] * self.size[0] / 100, given[1] * self.size[1] / 100

    def _size(self, regions: list[dict]) -> tuple[int, int]:
        sizes: set[tuple[Any, Any]] = {
            (r.get('original_width'), r.get('original_height')) for r in regions
        }
        if not sizes:
            return 0, 0
        size = next(iter(sizes))
        if len(sizes) > 1 or not all(type(side) is int and side > 0 for side in size):
            raise LandmarkError(
                f'{self.where}: original_width and original_height are '
                f'{sorted(map(str, sizes))}; expected one size'
            )
        return size


def write_label_studio(
    path: str | os.PathLike, labels: Labels, *, overwrite: bool = False
) -> list[str]:
    """Write tasks with annotations, to be imported into a project of ``label_studio_config``.

    Returns:
        A note for each thing that the format does not hold or that was made up.

    Raises:
        LandmarkError: A picture of unknown size; the file exists, or the disk refuses.
    """
    require_sizes(labels, 'Label Studio counts in percent of it')
    tight, _ = tight_boxes(labels)
    tasks, made, lonely = [], 0, 0
    for index, rows in enumerate(labels.per_picture()):
        result: list[dict] = []
        for order, row in enumerate(rows):
            box = labels.boxes[row]
            if len(rows) > 1 and np.isnan(box).any():
                # without a rectangle nothing holds the points of an instance together
                box = tight[row]
                made += int(not np.isnan(box).any())
            lonely += int(np.isnan(box).any() and not labels.visible[row].any())
            result += _regions(labels, row, f'p{index + 1}i{order + 1}', box)
        tasks.append(
            {
                'id': index + 1,
                'data': {IMAGE: labels.files[index]},
                'annotations': [{'result': result, 'was_cancelled': False}],
            }
        )
    write_json(path, tasks, overwrite=overwrite)
    notes = lost(labels, hidden=False, boxes=False, sizes=False, extras=True)
    tracks = sum(track is not None for track in labels.tracks)
    counts = (
        (made, 'rectangles are made of the labelled points'),
        (lonely, 'instances with neither a box nor a point are lost'),
        (tracks, 'names of individuals are not written'),
    )
    return notes + [f'{count} {text}' for count, text in counts if count]


def _regions(labels: Labels, row: int, id_: str, box: np.ndarray) -> Iterator[dict[str, Any]]:
    width, height = labels.sizes[labels.pictures[row]].tolist()
    common = {'to_name': IMAGE, 'original_width': width, 'original_height': height}
    common['image_rotation'] = 0
    boxed = not np.isnan(box).any()
    if boxed:
        x1, y1, x2, y2 = box.tolist()
        place = {'x': 100 * x1 / width, 'y': 100 * y1 / height, 'rotation': 0}
        place |= {'width': 100 * (x2 - x1) / width, 'height': 100 * (y2 - y1) / height}
        value = {**place, 'rectanglelabels': [labels.category]}
        yield {**common, 'id': id_, 'from_name': BOX, 'type': 'rectanglelabels', 'value': value}
    for name, (x, y), v in zip(
        labels.schema.keypoints,
        labels.points[row].tolist(),
        labels.visible[row].tolist(),
        strict=True,
    ):
        if not v:
            continue
        point = f'{id_}{name}'
        place = {'x': 100 * x / width, 'y': 100 * y / height, 'width': 0.5}
        region = {**common, 'id': point, **({'parentID': id_} if boxed else {})}
        value = {**place, 'keypointlabels': [name]}
        yield {**region, 'from_name': KEYPOINT, 'type': 'keypointlabels', 'value': value}
        if v == HIDDEN:
            value = {**place, 'choices': [HIDDEN_CHOICE]}
            yield {**region, 'from_name': CHOICE, 'type': 'choices', 'value': value}
        if boxed:
            # readers other than Label Studio know relations, not parents
            yield {'type': 'relation', 'from_id': point, 'to_id': id_, 'direction': 'right'}


def _result(task: dict, where: str, left: Counter[str]) -> list[dict]:
    annotations = task.get('annotations', task.get('completions')) or []
    annotations = [a for a in annotations if isinstance(a, dict) and not a.get('was_cancelled')]
    predictions = task.get('predictions') or []
    chosen = annotations or [p for p in predictions if isinstance(p, dict)]
    if not chosen:
        return []
    left['further annotations of a task'] += len(chosen) - 1
    left += Counter()  # drops zeros
    result = chosen[0].get('result')
    if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
        raise LandmarkError(f"{where}: 'result' is no list of regions")
    return result


def _value(region: dict) -> dict:
    value = region.get('value')
    return value if isinstance(value, dict) else {}


def _labels(region: dict, kind: str) -> list[str]:
    found = _value(region).get(kind) if region.get('type') == kind else None
    return [str(name) for name in found] if isinstance(found, list) else []


def _number(task: dict, index: int) -> Any:
    return task.get('id', f'number {index + 1}')


def _file(task: dict, where: str) -> str:
    data = task.get('data')
    texts = {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
    file = texts.get(IMAGE) or (next(iter(texts.values())) if len(texts) == 1 else None)
    if not file:
        raise LandmarkError(
            f"{where}: 'data' has no {IMAGE!r}{nearest(IMAGE, texts)}; expected the picture"
        )
    return unquote(file.split(_LOCAL, 1)[1]) if _LOCAL in file else file
