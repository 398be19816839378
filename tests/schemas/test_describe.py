from __future__ import annotations

from mmlandmark.schemas import KeypointSchema, Mapping, get_mapping
from mmlandmark.schemas.describe import describe_mapping, describe_schema

FACE = KeypointSchema(
    'face4',
    ['nose', 'left_eye', 'right_eye', 'chin'],
    swaps=[('left_eye', 'right_eye')],
    skeleton=[('nose', 'left_eye')],
    sigmas=[0.05, 0.025, 0.025, 0.1],
    regions={'eyes': ['left_eye', 'right_eye'], 'upper': ['left_eye']},
    normalizers={'height': [['left_eye', 'right_eye'], 'chin']},
    layout={'nose': (0, 0)},
)


def test_every_field_of_a_schema_is_told():
    first, _, head, *rows = describe_schema(FACE).splitlines()
    assert first == (
        'face4: 4 keypoints, 1 left/right pairs, 2 on the midline; 1 have a place in drawings'
    )
    assert head.split() == ['keypoint', 'mirrored', 'sigma', 'regions']
    assert [row.split() for row in rows[:4]] == [
        ['0', 'nose', 'itself', '0.05', '-'],
        ['1', 'left_eye', 'right_eye', '0.025', 'eyes,', 'upper'],
        ['2', 'right_eye', 'left_eye', '0.025', 'eyes'],
        ['3', 'chin', 'itself', '0.1', '-'],
    ]
    assert rows[4:] == [
        '',
        'links: nose-left_eye',
        'normalizers: height from the mean of left_eye, right_eye to chin',
    ]


def test_a_schema_of_names_alone():
    text = describe_schema(KeypointSchema('one', ['tip']))
    assert 'links: none' in text and text.endswith('normalizers: none')


def test_rules_and_what_a_mapping_does_not_give():
    eyes = KeypointSchema('eyes2', ['right', 'left'], swaps=[('right', 'left')])
    rules = {'right': {'right_eye': 0.75, 'chin': 0.25}}
    text = describe_mapping(Mapping('half', FACE, eyes, rules))
    assert text.splitlines()[3].split(None, 1) == ['right', '0.75 right_eye + 0.25 chin']
    assert '1 of 2 keypoints; not given: left' in text
    assert text.endswith('a mirror image gives something else')
    assert describe_mapping(get_mapping('coco17-to-mpii16')).endswith('gives the same')
