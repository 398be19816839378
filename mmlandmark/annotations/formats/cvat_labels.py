"""Labels of a CVAT task: a skeleton label with its points and its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from mmlandmark.annotations.formats.labels import Labels, schema_for
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

BOX_LABEL = '{}_box'
"""Label of the boxes beside the skeletons of a label."""

_NODE, _EDGE = 'element node', 'edge'


def cvat_labels(schema: KeypointSchema, category: str, *, boxes: bool) -> list[dict[str, Any]]:
    """Return what the "Raw" tab of CVAT's label constructor takes.

    Args:
        schema: Names and links; where it has a layout, the drawing follows it.
        category: Name of the skeleton label.
        boxes: Add the rectangle label of the boxes.
    """
    points = [{'name': name, 'type': 'points', 'attributes': []} for name in schema.keypoints]
    labels: list[dict[str, Any]] = [
        {
            'name': category,
            'type': 'skeleton',
            'attributes': [],
            'sublabels': points,
            'svg': skeleton_svg(schema),
        }
    ]
    if boxes:
        labels.append({'name': BOX_LABEL.format(category), 'type': 'rectangle', 'attributes': []})
    return labels


def skeleton_svg(schema: KeypointSchema) -> str:
    """Return the drawing of a skeleton label: lines and circles in a square of 100."""
    places = _places(schema)
    number = {name: str(index) for index, name in enumerate(schema.keypoints, start=1)}
    parts = []
    for a, b in schema.skeleton:
        ends = dict(zip(('x1', 'y1', 'x2', 'y2'), (*places[a], *places[b]), strict=True))
        style = {'stroke': 'black', 'stroke-width': '0.5', 'data-type': _EDGE}
        nodes = {'data-node-from': number[a], 'data-node-to': number[b]}
        parts.append(Element('line', {k: f'{v:.2f}' for k, v in ends.items()} | style | nodes))
    for name in schema.keypoints:
        place = {'cx': f'{places[name][0]:.2f}', 'cy': f'{places[name][1]:.2f}', 'r': '0.75'}
        style = {'stroke': 'black', 'fill': '#b3b3b3', 'stroke-width': '0.1', 'data-type': _NODE}
        ids = {'data-element-id': number[name], 'data-node-id': number[name]}
        parts.append(Element('circle', place | style | ids | {'data-label-name': name}))
    return ''.join(
        ElementTree.tostring(part, encoding='unicode', short_empty_elements=False) for part in parts
    )


def add_labels(root: Element, labels: Labels, *, boxes: bool) -> None:
    """Add the ``<meta>`` of a task with its labels."""
    task = SubElement(SubElement(root, 'meta'), 'task')
    SubElement(task, 'name').text = labels.category
    SubElement(task, 'size').text = str(len(labels.files))
    SubElement(task, 'mode').text = 'annotation'
    SubElement(task, 'z_order').text = 'False'
    listed = SubElement(task, 'labels')
    for label in cvat_labels(labels.schema, labels.category, boxes=boxes):
        entry = _add_label(listed, label['name'], label['type'])
        if 'svg' in label:
            SubElement(entry, 'svg').text = label['svg']
        for point in label.get('sublabels', ()):
            SubElement(_add_label(listed, point['name'], 'points'), 'parent').text = label['name']


def read_label(
    root: Element,
    label: str,
    images: Sequence[Element],
    schema: KeypointSchema | None,
    where: str,
) -> KeypointSchema:
    """Return the schema of a skeleton label.

    Args:
        root: The file.
        label: The label.
        images: Its ``<image>`` entries, whose skeletons say what ``<meta>`` does not.
        schema: The schema that the names should belong to; None: that of the file.
        where: File name, for messages.

    Raises:
        LandmarkError: The names are not the schema's.
    """
    listed = [e for e in root.iterfind('meta//labels/label') if e.findtext('parent') == label]
    names = [e.findtext('name') or '' for e in listed] or [
        point.get('label', '')
        for image in images
        for skeleton in image.iter('skeleton')
        if skeleton.get('label') == label
        for point in skeleton.iter('points')
    ]
    names = list(dict.fromkeys(names))
    if schema is not None:
        return schema_for(names, schema, where=where, category=label, all_=False)
    if not names:
        raise LandmarkError(f'{where}: skeleton {label!r} has no points; give their schema')
    drawing = next(
        (e.findtext('svg') for e in root.iterfind('meta//label') if e.findtext('name') == label), ''
    )
    return KeypointSchema(
        name=label, keypoints=tuple(names), skeleton=_links(drawing or '', set(names), where)
    )


def _links(drawing: str, names: set[str], where: str) -> tuple[tuple[str, str], ...]:
    try:
        svg = ElementTree.fromstring(f'<svg>{drawing}</svg>')
    except ElementTree.ParseError as error:
        raise LandmarkError(f'{where}: the drawing of a skeleton is no SVG: {error}') from None
    name_of = {e.get('data-node-id'): e.get('data-label-name') for e in svg.iter('circle')}
    ends = [
        (name_of.get(e.get('data-node-from')), name_of.get(e.get('data-node-to')))
        for e in svg.iter('line')
    ]
    return tuple((a, b) for a, b in ends if a in names and b in names)


def _add_label(listed: Element, name: str, kind: str) -> Element:
    entry = SubElement(listed, 'label')
    SubElement(entry, 'name').text = name
    SubElement(entry, 'type').text = kind
    SubElement(entry, 'attributes')
    return entry


def _places(schema: KeypointSchema) -> dict[str, tuple[float, float]]:
    """Where a drawing puts each keypoint, between 10 and 90; in rows without a layout."""
    known = dict(schema.layout)
    side = max(1, int(schema.num_keypoints**0.5))
    grid = {
        name: (float(i % (side + 1)), float(i // (side + 1)))
        for i, name in enumerate(schema.keypoints)
    }
    given = known if len(known) == schema.num_keypoints else grid
    xs, ys = zip(*given.values(), strict=True)
    span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    return {
        name: (10 + 80 * (x - min(xs)) / span, 10 + 80 * (y - min(ys)) / span)
        for name, (x, y) in given.items()
    }
