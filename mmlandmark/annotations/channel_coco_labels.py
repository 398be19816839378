"""The labels of COCO annotations, keypoint by keypoint, with the channel that each feeds."""

from __future__ import annotations

import numpy as np

from mmlandmark.annotations.arrays import keypoint_rows
from mmlandmark.annotations.audit_values import is_number
from mmlandmark.errors import LandmarkError

#: Annotation key of the depths: a number or null for each keypoint.
DEPTH_FIELD = 'keypoints_depth'


def channel_labels(
    data: dict, names: dict[int, list[str]], feeds: dict[str, tuple[str, ...]], where: str
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return all labels of a file, one row for each channel that a keypoint feeds.

    Args:
        data: The parsed file.
        names: Category id -> names of its keypoints, for the categories that have some.
        feeds: Channel -> its keypoints.
        where: File name, for messages.

    Returns:
        The R rows in the order of the file: ``id`` (annotation), ``picture`` (position among the
        images), ``point`` (R, 2), ``visible``, ``depth`` (NaN: none), ``channel`` (position) and
        ``name`` (keypoint); and reason -> annotations left out.

    Raises:
        LandmarkError: An annotation that is not as it should be.
    """
    picture_of = {image['id']: index for index, image in enumerate(data['images'])}
    known = {category['id'] for category in data['categories']}
    left_out = {'annotations without named keypoints': 0, 'annotations without keypoints': 0}
    of_category: dict[int, list[int]] = {id_: [] for id_ in names}
    for row, annotation in enumerate(data['annotations']):
        category = annotation.get('category_id')
        if category not in known:
            raise LandmarkError(
                f'{where}: annotation {annotation["id"]}: category_id is {category!r:.40}; '
                'expected one of the categories'
            )
        if category not in names:
            left_out['annotations without named keypoints'] += 1
        elif 'keypoints' in annotation:
            of_category[category].append(row)
        elif annotation.get('iscrowd') or annotation.get('num_keypoints') == 0:
            left_out['annotations without keypoints'] += 1
        else:
            raise LandmarkError(
                f"{where}: annotation {annotation['id']}: has no 'keypoints'; expected them, or "
                "'iscrowd': 1 or 'num_keypoints': 0"
            )
    blocks = [
        _category_labels(data['annotations'], rows, names[id_], feeds, picture_of, where)
        for id_, rows in of_category.items()
    ]
    labels = {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}
    in_file = np.argsort(labels.pop('row'), kind='stable')
    return {key: value[in_file] for key, value in labels.items()}, left_out


def _category_labels(
    annotations: list[dict],
    rows: list[int],
    names: list[str],
    feeds: dict[str, tuple[str, ...]],
    picture_of: dict[int, int],
    where: str,
) -> dict[str, np.ndarray]:
    chosen = [annotations[row] for row in rows]
    ids = [annotation['id'] for annotation in chosen]
    values = keypoint_rows(
        [annotation['keypoints'] for annotation in chosen],
        names,
        ids,
        where=where,
        field='keypoints',
        expected=f'{3 * len(names)} numbers: the {len(names)} keypoints of its category',
    )
    depths = np.array([_depths(annotation, names, where) for annotation in chosen])
    pairs = [
        (names.index(name), channel)
        for channel, keypoints in enumerate(feeds.values())
        for name in keypoints
        if name in names
    ]
    columns, channels = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    width = len(columns)
    pictures = [picture_of[annotation['image_id']] for annotation in chosen]

    def repeated(numbers: list[int]) -> np.ndarray:
        return np.repeat(np.array(numbers, dtype=np.int64), width)

    picked = values[:, columns].reshape(-1, 3)
    return {
        'row': repeated(rows),
        'id': repeated(ids),
        'picture': repeated(pictures),
        'point': picked[:, :2],
        'visible': picked[:, 2].astype(np.int64),
        'depth': depths.reshape(len(rows), len(names))[:, columns].ravel(),
        'channel': np.tile(channels, len(rows)),
        'name': np.tile(np.array(names, dtype=object)[columns], len(rows)),
    }


def _depths(annotation: dict, names: list[str], where: str) -> list[float]:
    depths = annotation.get(DEPTH_FIELD)
    if depths is None:
        return [float('nan')] * len(names)
    if not isinstance(depths, list) or len(depths) != len(names):
        raise LandmarkError(
            f'{where}: annotation {annotation["id"]}: {DEPTH_FIELD!r} is {depths!r:.60}; expected '
            f'{len(names)} numbers, one for each keypoint'
        )
    for name, depth in zip(names, depths, strict=True):
        if not (depth is None or is_number(depth)):
            raise LandmarkError(
                f'{where}: annotation {annotation["id"]}: {DEPTH_FIELD!r}: {name} is '
                f'{depth!r:.40}; expected a number or null'
            )
    return [float('nan') if depth is None else float(depth) for depth in depths]
