"""The regions of one task of Label Studio, and the instances that they make."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mmlandmark.annotations.formats.label_studio_config import HIDDEN_CHOICE
from mmlandmark.annotations.formats.labels import HIDDEN, SEEN, Instance
from mmlandmark.errors import LandmarkError


class TaskRegions:
    """The regions of one task.

    Args:
        where: File and task, for messages.
        category: Label of the rectangles that are instances; None: all.
        result: The regions.
        left: Counts what is left out.
    """

    def __init__(
        self,
        where: str,
        category: str | None,
        result: list[dict],
        left: Counter[str],
    ) -> None:
        self.where = where
        self.boxes: dict[str, dict] = {}
        self.keypoints: dict[str, dict] = {}
        self.parents: dict[str, str] = {}
        hidden, others, relations = set(), set(), []
        for region in result:
            kind, id_ = region.get('type'), str(region.get('id'))
            if kind == 'rectanglelabels' and category in (None, *region_labels(region, kind)):
                self.boxes[id_] = region
            elif kind == 'rectanglelabels':
                others.add(id_)
            elif kind == 'keypointlabels':
                self.keypoints[id_] = region
            elif kind == 'relation':
                relations.append((str(region.get('from_id')), str(region.get('to_id'))))
            elif kind == 'choices' and HIDDEN_CHOICE in _value(region).get('choices', ()):
                hidden.add(id_)
            else:
                left[f'regions of type {kind!r}'] += 1
        self.hidden = hidden
        rectangles = self.boxes.keys() | others
        for id_, region in self.keypoints.items():
            self.parents[id_] = str(region.get('parentID'))
        for one, two in relations:
            for child, parent in ((one, two), (two, one)):
                if child in self.keypoints and parent in rectangles:
                    self.parents[child] = parent
        foreign = [id_ for id_ in self.keypoints if self.parents[id_] in others]
        for id_ in foreign:
            del self.keypoints[id_]
        if others:
            left['rectangles of other labels'] += len(others)
        if foreign:
            left['keypoints of rectangles of other labels'] += len(foreign)
        self.size = self._size([*self.boxes.values(), *self.keypoints.values()])

    def names(self) -> list[str]:
        """Return the names of the keypoints."""
        return [self._name(region) for region in self.keypoints.values()]

    def instances(self, index: int) -> list[Instance]:
        """Return the instances, those with a rectangle first."""
        points: dict[str | None, dict[str, tuple[float, float, int]]] = {b: {} for b in self.boxes}
        only = next(iter(self.boxes)) if len(self.boxes) == 1 else None
        for id_, region in self.keypoints.items():
            named = self.parents[id_]
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
        names = region_labels(region, 'keypointlabels')
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
        rotated = [r['image_rotation'] for r in regions if r.get('image_rotation')]
        if rotated:
            raise LandmarkError(
                f'{self.where}: was labelled with the picture rotated by {rotated[0]} degrees; '
                'expected it upright'
            )
        size = next(iter(sizes))
        if len(sizes) > 1 or not all(type(side) is int and side > 0 for side in size):
            raise LandmarkError(
                f'{self.where}: original_width and original_height are '
                f'{sorted(map(str, sizes))}; expected one size'
            )
        return size


def region_labels(region: dict, kind: str) -> list[str]:
    """Return the labels of a region, none where it is of another kind."""
    found = _value(region).get(kind) if region.get('type') == kind else None
    return [str(name) for name in found] if isinstance(found, list) else []


def _value(region: dict) -> dict:
    value = region.get('value')
    return value if isinstance(value, dict) else {}
