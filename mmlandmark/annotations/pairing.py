"""Which annotation of one file shows the same instance as which of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.reader import CocoKeypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.boxes import boxes_from_points


@dataclass(frozen=True)
class Pairing:
    """The outcome of joining two files.

    Attributes:
        source: (P,) int64 positions in the source arrays, ascending.
        target: (P,) int64, the position in the target arrays that belongs to each.
        unpaired_source: Positions without a counterpart.
        unpaired_target: Positions without a counterpart.
        ambiguous_source: Positions with more than one candidate, left out.
        ambiguous_target: Positions with more than one candidate, left out.
    """

    source: np.ndarray
    target: np.ndarray
    unpaired_source: np.ndarray
    unpaired_target: np.ndarray
    ambiguous_source: np.ndarray
    ambiguous_target: np.ndarray

    def __len__(self) -> int:
        return len(self.source)

    def counts(self) -> dict[str, int]:
        """Return how many annotations met which fate, for a report."""
        return {
            'paired': len(self.source),
            'unpaired source': len(self.unpaired_source),
            'unpaired target': len(self.unpaired_target),
            'ambiguous source': len(self.ambiguous_source),
            'ambiguous target': len(self.ambiguous_target),
        }


def pair_by_id(source: CocoKeypoints, target: CocoKeypoints) -> Pairing:
    """Join annotations that have the same id, on the same image.

    Raises:
        LandmarkError: Two annotations of one id are on different images.
    """
    _, in_source, in_target = np.intersect1d(
        source.ids, target.ids, assume_unique=True, return_indices=True
    )
    order = np.argsort(in_source, kind='stable')
    in_source, in_target = in_source[order], in_target[order]
    keys_source, keys_target = image_keys(source, target)
    differ = np.flatnonzero(keys_source[in_source] != keys_target[in_target])
    if len(differ):
        row, other = in_source[differ[0]], in_target[differ[0]]
        raise LandmarkError(
            f'annotation {source.ids[row]}: in {source.name} it is on image '
            f'{_image_name(source, row)}, in {target.name} on {_image_name(target, other)}; '
            'these ids do not name the same instances: join by box instead'
        )
    none = np.empty(0, dtype=np.int64)
    return Pairing(
        in_source,
        in_target,
        np.setdiff1d(np.arange(len(source)), in_source),
        np.setdiff1d(np.arange(len(target)), in_target),
        none,
        none,
    )


def pair_by_box(
    source: CocoKeypoints, target: CocoKeypoints, *, min_iou: float = 0.5, margin: float = 0.1
) -> Pairing:
    """Join annotations on the same image whose boxes overlap most, one to one.

    Where an annotation has no box, the box of its labelled points stands in. An annotation with a
    second candidate whose overlap is within ``margin`` of the best is ambiguous and left out, and
    so is its best candidate: no instance is ever overwritten by another.

    Args:
        source: One file.
        target: The other.
        min_iou: The least intersection over union of a pair.
        margin: How much better than the second candidate the best must be.
    """
    if not 0 < min_iou <= 1 or margin < 0:
        raise LandmarkError(
            f'min_iou {min_iou} and margin {margin}; expected 0 < min_iou <= 1 and margin >= 0'
        )
    rows, columns, overlap = _candidates(source, target)
    doubtful_source = _doubtful(rows, overlap, len(source), min_iou, margin)
    doubtful_target = _doubtful(columns, overlap, len(target), min_iou, margin)
    enough = overlap >= min_iou
    rows, columns, overlap = rows[enough], columns[enough], overlap[enough]
    matched_rows, matched_columns = _one_to_one(rows, columns, overlap, len(source), len(target))
    unsure = doubtful_source[matched_rows] | doubtful_target[matched_columns]
    doubtful_source[matched_rows[unsure]] = True
    doubtful_target[matched_columns[unsure]] = True
    paired_source, paired_target = matched_rows[~unsure], matched_columns[~unsure]
    return Pairing(
        paired_source,
        paired_target,
        np.setdiff1d(np.flatnonzero(~doubtful_source), paired_source),
        np.setdiff1d(np.flatnonzero(~doubtful_target), paired_target),
        np.flatnonzero(doubtful_source),
        np.flatnonzero(doubtful_target),
    )


def image_keys(source: CocoKeypoints, target: CocoKeypoints) -> tuple[np.ndarray, np.ndarray]:
    """Return for each annotation of both files a number that is equal on the same image.

    Images are the same if their file names are; by id only where a file has no file names.

    Raises:
        LandmarkError: A file name occurs twice in one file.
    """
    named = all('file_name' in image for file in (source, target) for image in file.data['images'])
    numbers: dict[object, int] = {}
    keys = []
    for file in (source, target):
        of_image: dict[int, int] = {}
        for image in file.data['images']:
            key = image['file_name'] if named else image['id']
            of_image[image['id']] = numbers.setdefault(key, len(numbers))
        if len(set(of_image.values())) != len(of_image):
            raise LandmarkError(f'{file.name}: two images have the same file name')
        keys.append(np.array([of_image[i] for i in file.image_ids.tolist()], dtype=np.int64))
    return keys[0], keys[1]


def _candidates(
    source: CocoKeypoints, target: CocoKeypoints
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every (source, target) on one image with some overlap: rows, columns, IoU."""
    keys_source, keys_target = image_keys(source, target)
    by_image = np.argsort(keys_target, kind='stable')
    first = np.searchsorted(keys_target[by_image], keys_source, side='left')
    last = np.searchsorted(keys_target[by_image], keys_source, side='right')
    counts = last - first
    rows = np.repeat(np.arange(len(source)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = by_image[np.repeat(first, counts) + within]
    overlap = _paired_iou(_boxes(source)[rows], _boxes(target)[columns])
    some = overlap > 0
    return rows[some], columns[some], overlap[some]


def _boxes(file: CocoKeypoints) -> np.ndarray:
    absent = np.isnan(file.bboxes).any(axis=1)
    boxes = file.bboxes.copy()
    boxes[absent] = boxes_from_points(file.points[absent], file.visible[absent])
    return boxes


def _paired_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    size = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0, None)
    shared = size.prod(axis=1)
    union = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1) - shared
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.nan_to_num(shared / union, nan=0.0)


def _doubtful(
    owner: np.ndarray, overlap: np.ndarray, count: int, min_iou: float, margin: float
) -> np.ndarray:
    best = np.zeros(count)
    np.maximum.at(best, owner, overlap)
    close = np.bincount(owner[overlap > best[owner] - margin], minlength=count)
    return (best >= min_iou) & (close > 1)


def _one_to_one(
    rows: np.ndarray, columns: np.ndarray, overlap: np.ndarray, num_rows: int, num_columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Greedy assignment by overlap, a round of mutual best choices at a time."""
    order = np.lexsort((columns, rows, -overlap))
    rows, columns = rows[order], columns[order]
    found: list[tuple[np.ndarray, np.ndarray]] = [(rows[:0], columns[:0])]
    while len(rows):
        best_of_row = np.zeros(len(rows), dtype=bool)
        best_of_row[np.unique(rows, return_index=True)[1]] = True
        best_of_column = np.zeros(len(rows), dtype=bool)
        best_of_column[np.unique(columns, return_index=True)[1]] = True
        mutual = best_of_row & best_of_column
        found.append((rows[mutual], columns[mutual]))
        free_row, free_column = np.ones(num_rows, dtype=bool), np.ones(num_columns, dtype=bool)
        free_row[rows[mutual]] = False
        free_column[columns[mutual]] = False
        keep = free_row[rows] & free_column[columns]
        rows, columns = rows[keep], columns[keep]
    matched_rows = np.concatenate([part[0] for part in found])
    matched_columns = np.concatenate([part[1] for part in found])
    order = np.argsort(matched_rows, kind='stable')
    return matched_rows[order], matched_columns[order]


def _image_name(file: CocoKeypoints, row: int) -> str:
    wanted = int(file.image_ids[row])
    image = next(image for image in file.data['images'] if image['id'] == wanted)
    return repr(image.get('file_name', wanted))
