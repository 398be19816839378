"""The labelling interface of a Label Studio project, made from a schema."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from mmlandmark.schemas import KeypointSchema

IMAGE, BOX, KEYPOINT, VISIBILITY = 'image', 'instance', 'keypoint', 'visibility'
"""Names of the controls; IMAGE is also the key of the picture in a task."""

HIDDEN_CHOICE = 'hidden'
"""The choice of a keypoint that is labelled and not seen."""


def label_studio_config(schema: KeypointSchema, category: str) -> str:
    """Return the XML of the labelling interface.

    Rectangles are instances, keypoints have the schema's names, colours and order (Label Studio's
    own COCO and YOLO exports go by ``model_index``), and each can be said to be hidden.

    Args:
        schema: The schema.
        category: Label of the rectangles.
    """
    view = Element('View')
    SubElement(view, 'Image', name=IMAGE, value=f'${IMAGE}', zoom='true', zoomControl='true')
    boxes = SubElement(view, 'RectangleLabels', name=BOX, toName=IMAGE)
    SubElement(boxes, 'Label', value=category)
    points = SubElement(view, 'KeyPointLabels', name=KEYPOINT, toName=IMAGE, strokeWidth='4')
    for index, (name, color) in enumerate(zip(schema.keypoints, schema.colors or (), strict=True)):
        background = '#{:02x}{:02x}{:02x}'.format(*color)
        SubElement(points, 'Label', value=name, background=background, model_index=str(index))
    choices = SubElement(
        view,
        'Choices',
        name=VISIBILITY,
        toName=IMAGE,
        perRegion='true',
        choice='multiple',
        whenTagName=KEYPOINT,
    )
    SubElement(choices, 'Choice', value=HIDDEN_CHOICE)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding='unicode') + '\n'
