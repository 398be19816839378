"""CVAT for images 1.1: XML with skeletons; single points are read, too.

A point is outside (not labelled), occluded (labelled and hidden) or neither (seen). A box stands
beside its skeleton in the same group, under a label of its own, as a CVAT label has one shape.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from mmlandmark.annotations.formats.cvat_labels import BOX_LABEL, add_labels, read_label
from mmlandmark.annotations.formats.labels import (
    HIDDEN,
    SEEN,
    UNLABELLED,
    Instance,
    Labels,
    gather,
    lost,
    require_sizes,
    schema_for,
)
from mmlandmark.annotations.formats.text_files import pair, read_xml, spelled, xml_bytes
from mmlandmark.annotations.writer import check_output, write_bytes
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema


def read_cvat(
    path: str | os.PathLike, *, schema: KeypointSchema | None = None, category: str | None = None
) -> Labels:
    """Read the instances of one label of a "CVAT for images 1.1" file.

    Skeletons are instances. In a file without any, points are: those of one group make one
    instance, each under its keypoint's label; a shape of as many points as the schema has is one.

    Args:
        path: The XML.
        schema: The schema; by default points and links of the skeleton, in their order.
        category: Label of the skeletons; needed where there are several.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    root, where = read_xml(path), str(path)
    if root.tag != 'annotations':
        raise LandmarkError(f'{where}: begins with <{root.tag}>; expected <annotations> of CVAT')
    if root.find('track') is not None:
        raise LandmarkError(
            f'{where}: has tracks of a video; export the task as "CVAT for images 1.1"'
        )
    images = root.findall('image')
    label = _label(root, images, category, where)
    if label is not None:
        schema = read_label(root, label, images, schema, where)
    else:
        label = category or (schema.name if schema else 'object')
        single = [e.get('label', '') for i in images for e in i.iter('points') if not _many(e)]
        schema = schema or schema_for(
            list(dict.fromkeys(single)), None, where=where, category=label, all_=False
        )
    pictures, instances = [], []
    left: Counter[str] = Counter()
    for image in images:
        pictures.append(_picture(image, where))
        reader = _Picture(len(pictures) - 1, f'{where}: picture {pictures[-1][0]}', label, schema)
        instances += reader.read(image)
        left += reader.left
    notes = [f'{count} {what} are left out' for what, count in sorted(left.items())]
    return gather(where, label, schema, pictures, instances, notes)


_NO_GROUP = 0


class _Picture:
    """The instances of one <image>.

    Args:
        index: Position of the picture.
        where: File and picture, for messages.
        label: Label of the skeletons.
        schema: The schema of the points.
    """

    def __init__(self, index: int, where: str, label: str, schema: KeypointSchema) -> None:
        self.index, self.where, self.label, self.schema = index, where, label, schema
        self.left: Counter[str] = Counter()

    def read(self, image: Element) -> list[Instance]:
        """Return the instances; what is left out is counted."""
        boxes: dict[int, tuple[float, float, float, float]] = {}
        ungrouped: list[tuple[float, float, float, float]] = []
        attributes = 0
        found: list[tuple[int, dict[str, tuple[float, float, int]]]] = []
        groups: dict[int, dict[str, tuple[float, float, int]]] = {}
        for shape in image:
            label, group = shape.get('label', ''), self._group(shape)
            attributes += sum(1 for _ in shape.iter('attribute'))
            if shape.tag == 'skeleton' and label == self.label:
                found.append((group, dict(self._elements(shape))))
            elif shape.tag == 'box' and label in (self.label, BOX_LABEL.format(self.label)):
                box = self._box(shape, group, boxes)
                if group == _NO_GROUP:
                    ungrouped.append(box)
                else:
                    boxes[group] = box
            elif shape.tag == 'points' and label in self.schema.keypoints and not _many(shape):
                self._add(groups.setdefault(group, {}), label, shape)
            elif shape.tag == 'points' and _many(shape) == self.schema.num_keypoints:
                found.append((group, dict(self._listed(shape))))
            else:
                self.left[f'<{shape.tag}> of label {label!r}'] += 1
        found += groups.items()
        if attributes:
            self.left['attributes'] += attributes
        if len(found) > 1 or len(ungrouped) > 1:
            # without a group nothing says whose box it is
            self.left['boxes without a group'] += len(ungrouped)
        elif ungrouped:
            boxes[_NO_GROUP] = ungrouped[0]
        lonely = set(boxes) - {group for group, _ in found}
        if lonely:
            self.left['boxes without keypoints in their group'] += len(lonely)
        return [Instance(self.index, points, boxes.get(group)) for group, points in found]

    def _elements(self, shape: Element) -> Iterator[tuple[str, tuple[float, float, int]]]:
        points: dict[str, tuple[float, float, int]] = {}
        for element in shape:
            if element.tag == 'attribute':
                continue
            if element.tag != 'points':
                self.left[f'<{element.tag}> in skeletons'] += 1
                continue
            name = element.get('label', '')
            if name not in self.schema.keypoints:
                raise LandmarkError(
                    f'{self.where}: a skeleton has a point {name!r}'
                    f'{nearest(name, self.schema.keypoints)}, which schema {self.schema.name!r} '
                    'has not'
                )
            self._add(points, name, element)
        yield from points.items()

    def _add(self, points: dict, name: str, element: Element) -> None:
        if name in points:
            raise LandmarkError(
                f'{self.where}: {name} occurs twice in one instance; expected it once, or the '
                'points of each instance in a group of their own'
            )
        ((x, y),) = self._coordinates(element, name)
        if element.get('outside') != '1':
            points[name] = (x, y, HIDDEN if element.get('occluded') == '1' else SEEN)

    def _listed(self, shape: Element) -> Iterator[tuple[str, tuple[float, float, int]]]:
        state = HIDDEN if shape.get('occluded') == '1' else SEEN
        places = self._coordinates(shape, 'points')
        for name, (x, y) in zip(self.schema.keypoints, places, strict=True):
            yield name, (x, y, state)

    def _coordinates(self, element: Element, name: str) -> list[tuple[float, float]]:
        out = []
        for text in element.get('points', '').split(';'):
            x, _, y = text.partition(',')
            place = pair(x, y, f'{self.where}: {name}')
            if place is None:
                raise LandmarkError(f'{self.where}: {name}: points={text!r:.40}; expected "x,y"')
            out.append(place)
        return out

    def _box(self, shape: Element, group: int, boxes: dict) -> tuple[float, float, float, float]:
        if group in boxes:
            raise LandmarkError(f'{self.where}: group {group} has two boxes; expected one')
        if shape.get('rotation', '0').strip('0.'):
            self.left['rotations of boxes'] += 1
        low = pair(shape.get('xtl', ''), shape.get('ytl', ''), f'{self.where}: box')
        high = pair(shape.get('xbr', ''), shape.get('ybr', ''), f'{self.where}: box')
        if low is None or high is None:
            raise LandmarkError(f'{self.where}: a box lacks xtl, ytl, xbr or ybr')
        return (*low, *high)

    def _group(self, shape: Element) -> int:
        text = shape.get('group_id') or '0'
        if not text.isdecimal():
            raise LandmarkError(f'{self.where}: group_id is {text!r:.40}; expected a whole number')
        return int(text)


def write_cvat(path: str | os.PathLike, labels: Labels, *, overwrite: bool = False) -> list[str]:
    """Write a "CVAT for images 1.1" file with a skeleton for each instance.

    Points that are not labelled are outside, in the middle of the others.

    Returns:
        A note for each thing that the format does not hold.

    Raises:
        LandmarkError: A picture of unknown size; the file exists, or the disk refuses.
    """
    require_sizes(labels, 'CVAT lists it')
    check_output(path, overwrite=overwrite)
    root = Element('annotations')
    SubElement(root, 'version').text = '1.1'
    boxed = ~np.isnan(labels.boxes).any(axis=1)
    add_labels(root, labels, boxes=bool(boxed.any()))
    for index, rows in enumerate(labels.per_picture()):
        width, height = labels.sizes[index].tolist()
        image = SubElement(
            root,
            'image',
            {
                'id': str(index),
                'name': labels.files[index],
                'width': str(width),
                'height': str(height),
            },
        )
        for group, row in enumerate(rows, start=1):
            grouped = {'group_id': str(group)} if boxed[row] else {}
            _add_skeleton(image, labels, row, grouped)
            if boxed[row]:
                _add_box(image, labels, row, grouped)
    write_bytes(path, xml_bytes(root))
    notes = lost(labels)
    tracks = sum(track is not None for track in labels.tracks)
    return notes + ([f'{tracks} names of individuals are not written'] if tracks else [])


def _add_skeleton(image: Element, labels: Labels, row: int, grouped: dict[str, str]) -> None:
    skeleton = SubElement(
        image,
        'skeleton',
        {'label': labels.category, 'source': 'manual', 'z_order': '0', **grouped},
    )
    visible = labels.visible[row]
    known = visible > 0
    middle = labels.points[row][known].mean(axis=0) if known.any() else np.zeros(2)
    places = np.where(known[:, None], labels.points[row], np.round(middle, 2)).tolist()
    for name, (x, y), v in zip(labels.schema.keypoints, places, visible.tolist(), strict=True):
        state = {'outside': str(int(v == UNLABELLED)), 'occluded': str(int(v == HIDDEN))}
        place = f'{spelled(x)},{spelled(y)}'
        SubElement(
            skeleton, 'points', {'label': name, 'source': 'manual', **state, 'points': place}
        )


def _add_box(image: Element, labels: Labels, row: int, grouped: dict[str, str]) -> None:
    sides = zip(('xtl', 'ytl', 'xbr', 'ybr'), labels.boxes[row].tolist(), strict=True)
    attributes = {'label': BOX_LABEL.format(labels.category), 'source': 'manual', 'occluded': '0'}
    attributes |= {side: spelled(value) for side, value in sides}
    SubElement(image, 'box', {**attributes, 'z_order': '0', **grouped})


def _label(root: Element, images: list[Element], category: str | None, where: str) -> str | None:
    """The label of the skeletons, None where there are none."""
    found = sorted({e.get('label', '') for image in images for e in image.iter('skeleton')})
    if not found and not any(True for image in images for _ in image.iter('points')):
        # nothing is labelled yet: the task's labels say what would be
        labels = root.iterfind('meta//labels/label')
        found = sorted(e.findtext('name') or '' for e in labels if e.findtext('type') == 'skeleton')
    if not found:
        return None
    if category is not None and category not in found:
        raise LandmarkError(
            f'{where}: no skeleton has label {category!r}{nearest(category, found)}; it has '
            f'{", ".join(found)}'
        )
    if category is None and len(found) > 1:
        raise LandmarkError(f'{where}: skeletons have labels {", ".join(found)}; choose one')
    return category or found[0]


def _picture(image: Element, where: str) -> tuple[str, int, int]:
    name, sides = image.get('name'), [image.get(side) or '0' for side in ('width', 'height')]
    if not name or not all(side.isdecimal() for side in sides):
        raise LandmarkError(
            f'{where}: image {image.get("id")}: name {name!r}, width and height '
            f'{" and ".join(sides)}; expected a name and whole pixels'
        )
    return name, int(sides[0]), int(sides[1])


def _many(points: Element) -> int:
    """How many points a shape has, 0 for one."""
    return points.get('points', '').count(';') + 1 if ';' in points.get('points', '') else 0
