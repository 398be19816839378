"""Every finding on hand-made arrays, and the known defects of a real release."""

import json

import numpy as np
import pytest
from audited_squares import COUNT, Squares, found
from coco_files import SQUARE
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.audit import audit_annotations
from mmlandmark.annotations.audit_result import DEFINITIONS, OF_POINTS
from mmlandmark.annotations.release_problems import NO_LABEL, NO_PICTURE, Problem
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


@pytest.fixture
def squares():
    return Squares()


def test_nothing_is_found_in_good_annotations(squares):
    audit = squares.audit()
    assert found(audit) == {}
    assert list(audit.counts) == list(DEFINITIONS)
    assert (audit.instances, audit.labelled_points, audit.notes) == (COUNT, 4 * COUNT, ())
    assert audit.worst(5) == []


def spoil_box(box):
    def spoil(squares):
        squares.boxes[3] = box

    return spoil


def shifted_box(share):
    def spoil(squares):
        low, high = squares.points[3].min(axis=0), squares.points[3].max(axis=0)
        squares.boxes[3] = [*(low + share * (high - low)), *(high + 50)]

    return spoil


def spoil_point(value):
    def spoil(squares):
        squares.points[3, 1] = value
        squares.boxes[3] = [0, 0, 600, 600]

    return spoil


@pytest.mark.parametrize(
    ('spoil', 'expected'),
    [
        (spoil_box([np.nan] * 4), {'box_malformed': 1}),
        (spoil_box([1, 2, np.inf, 4]), {'box_malformed': 1}),
        (spoil_box([50, 50, 50, 90]), {'box_without_area': 1}),
        (spoil_box([90, 50, 50, 90]), {'box_without_area': 1}),
        (
            spoil_box([0, 0, 9, 9]),
            {'box_no_overlap': 1, 'box_covers_under_half': 1, 'box_holds_under_90': 1},
        ),
        (shifted_box(0.4), {'box_covers_under_half': 1, 'box_holds_under_90': 1}),
        (shifted_box(0.2), {'box_holds_under_90': 1}),
        (spoil_box([-1.5, 0, 600, 600]), {'box_past_image': 1}),
        (spoil_box([-1, -1, 641, 641]), {}),
        (spoil_box([0, 0, 600, 641.5]), {'box_past_image': 1}),
        (spoil_point([np.nan, 3.0]), {'nan_points': 1}),
        (spoil_point([np.inf, 3.0]), {'nan_points': 1}),
        (
            spoil_point([5.0, -0.5]),
            {'negative_points': 1, 'outside_points': 1, 'box_holds_under_90': 1},
        ),
        (spoil_point([640.5, 90.0]), {'outside_points': 1, 'box_holds_under_90': 1}),
        (spoil_point([0.0, 0.0]), {'points_at_origin': 1}),
    ],
)
def test_one_defect_is_found_as_what_it_is(squares, spoil, expected):
    spoil(squares)
    audit = squares.audit()
    sides = {'mirrored', 'reflected'}  # a spoilt point may change them, too
    assert {key: n for key, n in found(audit).items() if key not in sides} == expected
    for finding in audit.findings:
        assert finding.name == 'square 3'
        points = ('right_top',) if finding.finding in OF_POINTS else ()
        assert finding.keypoints == points


def test_points_on_the_far_border_are_inside(squares):
    squares.points[3, 1] = [640.0, 90.0]
    squares.boxes[3] = [0, 0, 640, 600]
    assert 'outside_points' not in found(squares.audit())


def test_without_a_size_only_the_near_borders_count(squares):
    squares.sizes[3] = -1
    squares.points[3, 1] = [9000.0, 90.0]
    squares.points[3, 0] = [-4.0, 90.0]
    squares.boxes[3] = [-9.0, 0, 9999, 600]
    audit = squares.audit()
    assert [f.keypoints for f in audit.named('outside_points')] == [('left_top',)]
    assert audit.counts['box_past_image'] == 1
    assert audit.notes == (
        '1 of 30 instances without a picture size: right and lower border not checked',
    )


def test_unlabelled_points_count_for_nothing_unless_they_are_no_number(squares):
    squares.points[3, 1] = -900
    squares.visible[3, 1] = 0
    assert found(squares.audit()) == {}
    squares.points[3, 1] = np.nan
    assert found(squares.audit()) == {'nan_points': 1}


def test_an_instance_without_a_labelled_point_is_told_and_has_no_box_to_compare(squares):
    squares.visible[3] = 0
    assert found(squares.audit()) == {'unlabelled': 1}


def test_duplicates_name_the_first_of_them(squares):
    for row in (7, 9):
        squares.points[row], squares.boxes[row] = squares.points[2], squares.boxes[2]
    squares.visible[11] = squares.visible[12] = 0
    audit = squares.audit()
    assert found(audit) == {'duplicate': 2, 'unlabelled': 2}
    assert [(f.name, f.detail) for f in audit.named('duplicate')] == [
        ('square 7', 'the points of square 2'),
        ('square 9', 'the points of square 2'),
    ]


def test_problems_of_files_come_first_and_are_counted_by_reason(squares):
    squares.boxes[3] = np.nan
    problems = [
        Problem('a.json', NO_PICTURE),
        Problem('b.png', NO_LABEL, 'really none'),
        Problem('c.json', NO_PICTURE),
    ]
    audit = squares.audit(problems)
    assert found(audit) == {'box_malformed': 1, NO_PICTURE: 2, NO_LABEL: 1}
    assert [f.name for f in audit.findings] == ['a.json', 'b.png', 'c.json', 'square 3']
    assert audit.worst(9) == ['square 3']
    assert f'b.png: {NO_LABEL}: really none' in audit.text()


def test_the_worst_come_first_within_a_finding(squares):
    for row, gap in ((2, 30), (5, 300), (8, 100)):
        squares.boxes[row] = [*(squares.points[row].max(axis=0) + gap), 1e4, 1e4]
    audit = squares.audit()
    assert [f.value for f in audit.named('box_no_overlap')] == pytest.approx([300, 100, 30], abs=1)
    assert [f.name for f in audit.named('box_no_overlap')] == ['square 5', 'square 8', 'square 2']


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_entries_changes_no_count(seed):
    squares, rng = Squares(), np.random.default_rng(seed)
    squares.points += rng.normal(0, 8, squares.points.shape)
    squares.points[rng.random((COUNT, 4)) < 0.05] = np.nan
    squares.boxes[rng.random(COUNT) < 0.1, 2] = np.nan
    squares.turn(4, 180)
    before = squares.audit()
    order = rng.permutation(COUNT)
    for name in ('points', 'visible', 'boxes', 'sizes'):
        setattr(squares, name, getattr(squares, name)[order])
    squares.names = [squares.names[row] for row in order]
    after = squares.audit()
    assert after.counts == before.counts
    assert set(after.findings) == set(before.findings)


def test_no_instances_are_no_findings():
    empty = np.empty((0, 4, 2)), np.empty((0, 4)), np.empty((0, 4)), np.empty((0, 2))
    audit = audit_annotations(*empty, SQUARE, [])
    assert found(audit) == {}
    assert 'mirrored' not in audit.counts


@pytest.mark.parametrize('name', ['points', 'visible', 'boxes', 'sizes'])
def test_arrays_that_do_not_fit_are_told(squares, name):
    setattr(squares, name, getattr(squares, name)[:-1])
    with pytest.raises(LandmarkError, match=rf'^{name} are \(29, .*for 30 names in schema .square'):
        squares.audit()


def test_the_known_defects_of_a_real_release(shared_data):
    folder = shared_data / 'dogflw_labels'
    if not folder.is_dir():
        pytest.skip('no labels of DogFLW')
    labels = {path.stem: json.loads(path.read_bytes()) for path in folder.glob('train/labels/*')}
    sizes = json.loads((folder / 'train_image_sizes.json').read_bytes())
    points = np.array([label['labels'] for label in labels.values()], dtype=np.float64)
    audit = audit_annotations(
        points,
        np.isfinite(points).all(axis=2),
        np.array([label['bounding_boxes'] for label in labels.values()], dtype=np.float64),
        np.array([sizes[stem] for stem in labels]),
        get_schema('dogflw46'),
        list(labels),
    )
    assert audit.instances == 3853
    assert found(audit) == {
        'box_no_overlap': 28,
        'box_covers_under_half': 106,
        'box_holds_under_90': 143,
        'box_past_image': 44,
        'nan_points': 2,
        'negative_points': 2,
        'outside_points': 2,
        'mirrored': 2,
    }
    assert {f.name: f.detail for f in audit.named('mirrored')} == {
        'n02086079_1020': 'turned by 132 degrees, no mirror image',
        'n02097209_3089': 'turned by 111 degrees, no mirror image',
    }
    (missing,) = audit.named('nan_points')
    assert missing.name == 'n02099712_4074'
    assert missing.keypoints == ('right_lower_jaw', 'left_lower_jaw')
