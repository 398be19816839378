from __future__ import annotations

import pytest

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.apis.drawn_faces import draw_faces
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


def test_two_files_label_the_same_pictures_and_show_nothing_of_each_other(tmp_path):
    report = draw_faces(tmp_path, count=7, pictures=1, per_person=3)
    assert (report.faces, report.people, report.pictures) == (7, 3, 1)
    assert len(list((tmp_path / 'images').iterdir())) == 1
    one, other = (
        read_coco_keypoints(tmp_path / f'{name}.json', get_schema(name))
        for name in ('face68', 'face48')
    )
    assert one.ids.tolist() == other.ids.tolist()
    assert one.points.shape == (7, 68, 2) and other.points.shape == (7, 48, 2)
    for annotation in (one.annotations[0], other.annotations[0]):
        assert not [key for key in annotation if 'target' in key]
    assert one.annotations[0]['bbox'] != other.annotations[0]['bbox']
    left, top, width, height = other.annotations[0]['bbox']
    seen = other.points[0][other.visible[0] > 0]
    assert (seen >= [left - 0.01, top - 0.01]).all()
    assert (seen <= [left + width + 0.01, top + height + 0.01]).all()


@pytest.mark.parametrize(
    ('options', 'said'), [({'count': 0}, '0 faces'), ({'pictures': -1}, '-1 pictures')]
)
def test_wrong_options(tmp_path, options, said):
    with pytest.raises(LandmarkError, match=said):
        draw_faces(tmp_path / 'faces', **options)
    assert not (tmp_path / 'faces').exists()


def test_files_are_not_replaced_unasked(tmp_path):
    draw_faces(tmp_path, count=1, pictures=0)
    with pytest.raises(LandmarkError, match=r'face68\.json: exists'):
        draw_faces(tmp_path, count=1, pictures=0)
