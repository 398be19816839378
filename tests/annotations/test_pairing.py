import numpy as np
import pytest
from coco_files import SQUARE, make_coco, square_points
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.pairing import pair_by_box, pair_by_id
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError


def read(boxes, *, image_ids=None, ids=None, names=True):
    """Return a file with the given x, y, width, height boxes, all on image 1 by default."""
    data = make_coco(np.zeros((len(boxes), 4, 2)))
    data['images'] = [{'id': i, 'file_name': f'{i}.jpg'} for i in range(1, 9)]
    if not names:
        data['images'] = [{'id': i} for i in range(1, 9)]
    for index, (annotation, box) in enumerate(zip(data['annotations'], boxes, strict=True)):
        annotation['bbox'] = box
        annotation['image_id'] = 1 if image_ids is None else image_ids[index]
        if ids is not None:
            annotation['id'] = ids[index]
    return read_coco_keypoints(data, SQUARE)


A, B, C = [0, 0, 10, 10], [100, 0, 10, 10], [200, 0, 10, 10]


def pairs(pairing):
    return list(zip(pairing.source.tolist(), pairing.target.tolist(), strict=True))


def test_ids_join_whatever_the_order():
    pairing = pair_by_id(read([A, B, C], ids=[5, 3, 9]), read([A, B, C], ids=[9, 4, 5]))
    assert pairs(pairing) == [(0, 2), (2, 0)]
    assert pairing.counts() == {
        'paired': 2,
        'unpaired source': 1,
        'unpaired target': 1,
        'ambiguous source': 0,
        'ambiguous target': 0,
    }


def test_equal_ids_on_different_images_are_refused():
    with pytest.raises(LandmarkError, match="annotation 1: .* '1.jpg', .* '2.jpg'.*join by box"):
        pair_by_id(read([A]), read([A], image_ids=[2]))


def test_boxes_join_whatever_the_order():
    pairing = pair_by_box(read([A, B, C]), read([[201, 0, 10, 10], A, [300, 0, 5, 5]]))
    assert pairs(pairing) == [(0, 1), (2, 0)]
    assert pairing.unpaired_source.tolist() == [1]
    assert pairing.unpaired_target.tolist() == [2]


def test_boxes_on_different_images_never_join():
    pairing = pair_by_box(read([A, A], image_ids=[1, 2]), read([A, A], image_ids=[2, 3]))
    assert pairs(pairing) == [(1, 0)]


def test_images_without_names_join_by_id():
    assert pairs(pair_by_box(read([A], names=False), read([A]))) == [(0, 0)]


def test_two_candidates_of_nearly_equal_overlap_are_ambiguous():
    near, nearer = [1, 0, 10, 10], [0, 0.5, 10, 10]
    pairing = pair_by_box(read([A, B]), read([near, nearer, B]))
    assert pairs(pairing) == [(1, 2)]
    assert pairing.ambiguous_source.tolist() == [0]
    assert len(pairing.unpaired_source) == 0
    assert pairs(pair_by_box(read([A]), read([near, nearer]), margin=0.01)) == [(0, 1)]


def test_no_instance_is_given_to_two_others():
    pairing = pair_by_box(read([A, [0, 0, 10, 7]]), read([A]), margin=0.1)
    assert pairs(pairing) == [(0, 0)]
    assert pairing.unpaired_source.tolist() == [1]


def test_the_box_of_the_points_stands_in_for_a_missing_box():
    points = square_points(5)
    data = make_coco(points)
    for annotation in data['annotations']:
        del annotation['bbox']
    coco = read_coco_keypoints(data, SQUARE)
    assert pairs(pair_by_box(coco, coco)) == [(i, i) for i in range(5)]


def test_unlabelled_instances_without_a_box_stay_unpaired():
    data = make_coco(square_points(1), visible=np.zeros((1, 4)))
    del data['annotations'][0]['bbox']
    coco = read_coco_keypoints(data, SQUARE)
    assert pair_by_box(coco, coco).counts()['unpaired source'] == 1


def test_a_file_name_twice_is_refused():
    source = read([A])
    source.data['images'][1]['file_name'] = '1.jpg'
    with pytest.raises(LandmarkError, match='two images have the same file name'):
        pair_by_box(source, read([A]))


def test_thresholds_are_checked():
    with pytest.raises(LandmarkError, match='0 < min_iou <= 1'):
        pair_by_box(read([A]), read([A]), min_iou=0)


boxes = st.lists(
    st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2, st.integers(1, 3)), max_size=8
)


@settings(max_examples=40, deadline=None)
@given(boxes, boxes, st.sampled_from([0.0, 0.1, 0.5]))
def test_pairs_are_one_to_one_and_every_annotation_has_one_fate(source, target, margin):
    files = [
        read([list(map(float, b[:4])) for b in side], image_ids=[b[4] for b in side])
        for side in (source, target)
    ]
    pairing = pair_by_box(*files, min_iou=0.3, margin=margin)
    for side, file in (('source', files[0]), ('target', files[1])):
        fates = [
            getattr(pairing, side),
            getattr(pairing, f'unpaired_{side}'),
            getattr(pairing, f'ambiguous_{side}'),
        ]
        assert sorted(np.concatenate(fates).tolist()) == list(range(len(file)))
    assert (files[0].image_ids[pairing.source] == files[1].image_ids[pairing.target]).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_pairing_with_a_shuffled_copy_finds_every_instance(seed):
    rng = np.random.default_rng(seed)
    places = rng.permutation(400)[:12]
    own = [[20.0 * (p % 20), 20.0 * (p // 20), 15.0, 15.0] for p in places.tolist()]
    order = rng.permutation(12)
    pairing = pair_by_box(read(own), read([own[i] for i in order]))
    assert pairs(pairing) == [(int(i), int(np.flatnonzero(order == i)[0])) for i in range(12)]
