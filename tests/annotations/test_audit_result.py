import json

import pytest

from mmlandmark.annotations.audit_result import DEFINITIONS, OF_POINTS, AnnotationAudit, Finding
from mmlandmark.errors import LandmarkError

FINDINGS = [
    Finding('lost.json', 'label without picture', detail='no such file'),
    Finding('a', 'box_no_overlap', 90.0),
    Finding('b', 'box_no_overlap', 8.0),
    Finding('a', 'box_holds_under_90', 0.0),
    Finding('c', 'nan_points', 2.0, ('chin', 'right_eye_inner')),
    Finding('d', 'mirrored', 1.0, detail='turned by 99 degrees, no mirror image'),
]
COUNTS = {
    'box_no_overlap': 2,
    'box_holds_under_90': 1,
    'nan_points': 2,
    'mirrored': 1,
    'label without picture': 1,
}


@pytest.fixture
def audit():
    return AnnotationAudit('dogflw46', 5, 228, COUNTS, FINDINGS, ('a note',))


def test_the_worst_take_turns_by_kind(audit):
    assert audit.worst(9) == ['a', 'c', 'd', 'b']
    assert audit.worst(2) == ['a', 'c']
    assert audit.worst(0) == []


def test_the_json_is_strict_and_complete(audit):
    content = json.loads(json.dumps(audit.to_json(), allow_nan=False))
    assert content['counts'] == COUNTS
    assert content['definitions'] == DEFINITIONS
    assert content['findings'][4] == {
        'name': 'c',
        'finding': 'nan_points',
        'value': 2.0,
        'keypoints': ['chin', 'right_eye_inner'],
        'detail': '',
        'annotation_id': None,
        'image_id': None,
    }
    assert (content['instances'], content['labelled_points'], content['notes']) == (
        5,
        228,
        ['a note'],
    )


def test_the_table_has_every_finding_and_none_for_what_was_not_judged(audit):
    lines = audit.table('csv').splitlines()
    assert lines[0] == 'finding,count,of,in,worst,value'
    rows = {line.split(',')[0]: line for line in lines[1:]}
    assert list(rows) == [*DEFINITIONS, 'label without picture']
    assert rows['nan_points'] == 'nan_points,2,points,1,c,2.0'
    assert rows['box_no_overlap'] == 'box_no_overlap,2,instances,2,a,90.0'
    assert rows['label without picture'] == 'label without picture,1,files,1,lost.json,'
    assert rows['duplicate'] == 'duplicate,,instances,0,,'
    assert '| nan_points |' in audit.table('markdown')
    with pytest.raises(LandmarkError, match='unknown table style'):
        audit.table('html')


def test_the_text_explains_what_was_found_and_only_that(audit):
    text = audit.text()
    assert text.startswith('5 instances of dogflw46, 228 labelled points\n')
    assert f'mirrored: {DEFINITIONS["mirrored"]}' in text
    assert DEFINITIONS['duplicate'] not in text
    assert 'd: mirrored: turned by 99 degrees, no mirror image' in text
    assert text.endswith('\n\na note')


def test_long_lists_of_details_are_cut_and_counted():
    many = [Finding(f'face {n}', 'duplicate', detail='the points of x') for n in range(9)]
    text = AnnotationAudit('s', 10, 40, {'duplicate': 9}, many).text()
    assert 'face 2: duplicate: the points of x' in text
    assert 'face 3: duplicate' not in text
    assert 'duplicate: 6 more' in text


def test_point_findings_are_defined():
    assert set(OF_POINTS) < set(DEFINITIONS)
