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
from mmlandmark.annotations.formats.label_studio_task import TaskRegions, region_labels
from mmlandmark.annotations.formats.labels import (
    HIDDEN,
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
    at = [f'{where}: task {_number(task, index)}' for index, task in enumerate(tasks)]
    results = [_result(task, place, left) for task, place in zip(tasks, at, strict=True)]
    regions = [region for result in results for region in result]
    boxes = sorted({name for r in regions for name in region_labels(r, 'rectanglelabels')})
    only = category or (boxes[0] if len(boxes) == 1 else None)
    readers = [
        TaskRegions(place, category, result, left)
        for place, result in zip(at, results, strict=True)
    ]
    names = [name for reader in readers for name in reader.names()]
    named = only or category_name(path, schema)
    found = schema_for(list(dict.fromkeys(names)), schema, where=where, category=named, all_=False)
    pictures = [
        (_file(task, place), *reader.size)
        for task, place, reader in zip(tasks, at, readers, strict=True)
    ]
    instances = [i for index, reader in enumerate(readers) for i in reader.instances(index)]
    notes = _taken_for_granted(tasks, boxes if category is None else [], schema)
    notes += [f'{count} {what} are left out' for what, count in sorted(left.items())]
    return gather(where, named, found, pictures, instances, notes)


def _taken_for_granted(
    tasks: list[dict], boxes: list[str], schema: KeypointSchema | None
) -> list[str]:
    predicted = sum(not _annotations(task) and bool(task.get('predictions')) for task in tasks)
    fields = {key for task in tasks for key in task.get('data') or {}} - {IMAGE}
    notes = []
    if predicted:
        notes.append(f'{predicted} tasks have no annotation: their predictions are read')
    if len(boxes) > 1:
        notes.append(f'rectangles of labels {", ".join(boxes)} are read as one category')
    if schema is None:
        notes.append('keypoints are in the order of their first use')
    if fields and any(IMAGE in (task.get('data') or {}) for task in tasks):
        notes.append(f"fields of 'data' that are left out: {', '.join(sorted(fields))}")
    return notes


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
    tasks: list[dict[str, Any]] = []
    made, lonely = 0, 0
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
    boxed = any(r.get('from_name') == BOX for t in tasks for r in t['annotations'][0]['result'])
    notes = lost(labels, links=True, category=not boxed)
    empty = sum(not task['annotations'][0]['result'] for task in tasks)
    nowhere = int((~labels.visible.any(axis=0)).sum())
    tracks = sum(track is not None for track in labels.tracks)
    counts = (
        (made, 'rectangles are made of the labelled points'),
        (lonely, 'instances with neither a box nor a point are lost'),
        (tracks, 'names of individuals are not written'),
        (empty, 'pictures have no region, which would hold their size'),
        (nowhere, 'keypoints are labelled nowhere: their names are not written'),
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
        point = f'{id_}.{name}'  # p1i1 with 12 is not p1i11 with 2
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
    annotations = _annotations(task)
    left['cancelled annotations'] += sum(
        isinstance(a, dict) and bool(a.get('was_cancelled')) for a in _listed(task)
    )
    predictions = task.get('predictions') or []
    chosen = annotations or [p for p in predictions if isinstance(p, dict)]
    left['further annotations of a task'] += max(len(chosen) - 1, 0)
    left += Counter()  # drops zeros
    if not chosen:
        return []
    result = chosen[0].get('result')
    if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
        raise LandmarkError(f"{where}: 'result' is no list of regions")
    return result


def _listed(task: dict) -> list:
    listed = task.get('annotations', task.get('completions'))
    return listed if isinstance(listed, list) else []


def _annotations(task: dict) -> list[dict]:
    return [a for a in _listed(task) if isinstance(a, dict) and not a.get('was_cancelled')]


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
