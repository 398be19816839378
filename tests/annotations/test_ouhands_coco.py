import numpy as np
import pytest
from raw_hands import BOXES, HAND, HEIGHT, WIDTH, hand_release

from mmlandmark.annotations.ouhands import read_ouhands
from mmlandmark.annotations.ouhands_coco import choose_hand_boxes, coco_document
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError


@pytest.fixture
def hands(tmp_path):
    root = hand_release(tmp_path)
    (root / BOXES / 'A-abc-0002.txt').unlink()
    (root / BOXES / 'B-abc-0003.txt').write_text('1\n0 0 5 5\n')
    return read_ouhands(root, 'train')


def test_boxes_are_chosen_and_say_from_what(hands):
    expected = {
        'annotation': ['annotation', 'landmarks', 'annotation', 'annotation'],
        'landmarks': ['landmarks'] * 4,
        'auto': ['annotation', 'landmarks', 'landmarks', 'annotation'],
        'picture': ['picture'] * 4,
    }
    for source, used in expected.items():
        boxes, found = choose_hand_boxes(hands, source)
        assert found == used
        tight = hands.points[1].min(axis=0)
        assert (boxes[1, :2] < tight).all()
    assert boxes.tolist() == [[0, 0, WIDTH, HEIGHT]] * 4
    with pytest.raises(LandmarkError, match=r"'pictures' \(did you mean 'picture'\?\); expected"):
        choose_hand_boxes(hands, 'pictures')


def test_a_hand_without_a_box_of_any_area_is_named(hands):
    hands.landmarks[1, :, :2] = 0.5
    with pytest.raises(LandmarkError, match='A-abc-0002_landmarks.json: its points span no area'):
        choose_hand_boxes(hands)


def test_the_document_holds_all_that_is_known(hands):
    hands.landmarks[3, :, 2] = np.nan
    document = coco_document(hands, first_id=8, info={'split': 'train'})
    file = read_coco_keypoints(document, HAND)
    assert np.allclose(file.points, hands.points, atol=1e-6)
    assert file.ids.tolist() == file.image_ids.tolist() == [8, 9, 10, 11]
    assert [image['file_name'] for image in document['images']] == hands.pictures
    first, second, _, last = document['annotations']
    assert first['keypoints_z'] == hands.landmarks[0, :, 2].tolist()
    assert last['keypoints_z'] is None
    assert [a['gesture'] for a in document['annotations']] == list('AABK')
    assert (first['handedness'], first['handedness_score']) == ('left', 0.75)
    assert first['bbox'] == first['bbox_annotation'] == [10, 8, 44, 35]
    assert second['bbox_annotation'] is None and second['bbox_source'] == 'landmarks'
    assert document['info'] == {'split': 'train'}
