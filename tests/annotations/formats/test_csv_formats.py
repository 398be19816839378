"""DeepLabCut's and SLEAP's CSV: their layouts, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from coco_files import SQUARE
from made_labels import made_labels, same_points

from mmlandmark.annotations.formats.deeplabcut import read_deeplabcut, write_deeplabcut
from mmlandmark.annotations.formats.sleap import read_sleap, write_sleap
from mmlandmark.annotations.formats.text_files import spelled
from mmlandmark.errors import LandmarkError

THREE_COLUMNS = """scorer,,,me,me,me,me
bodyparts,,,nose,nose,tail,tail
coords,,,x,y,x,y
labeled-data,walk,img1.png,1.5,2,,
labeled-data,walk,img2.png,NaN,nan,3,4
"""


def test_deeplabcut_with_paths_in_three_columns(tmp_path):
    (tmp_path / 'x.csv').write_text(THREE_COLUMNS)
    labels = read_deeplabcut(tmp_path / 'x.csv')
    assert list(labels.files) == ['labeled-data/walk/img1.png', 'labeled-data/walk/img2.png']
    assert labels.schema.keypoints == ('nose', 'tail')
    assert labels.visible.tolist() == [[2, 0], [0, 2]]
    assert labels.points[0, 0].tolist() == [1.5, 2]


def test_deeplabcut_of_predictions_counts_the_likelihoods(tmp_path):
    rows = ['scorer,s,s,s', 'bodyparts,a,a,a', 'coords,x,y,likelihood', '0,1,2,0.9']
    (tmp_path / 'x.csv').write_text('\n'.join(rows))
    labels = read_deeplabcut(tmp_path / 'x.csv')
    assert labels.notes == ("1 columns 'likelihood' are left out",)
    assert labels.points.tolist() == [[[1, 2]]]


def test_deeplabcut_layouts_of_one_animal_and_of_several(tmp_path):
    one = made_labels(tmp_path, 3, per_image=1)
    write_deeplabcut(tmp_path / 'one.csv', one)
    assert (tmp_path / 'one.csv').read_text().splitlines()[1].startswith('bodyparts,')
    same_points(read_deeplabcut(tmp_path / 'one.csv'), one, hidden=False)
    named = replace(one, tracks=['rex', 'ada', 'rex'])
    write_deeplabcut(tmp_path / 'named.csv', named)
    back = read_deeplabcut(tmp_path / 'named.csv')
    assert list(back.tracks) == ['rex', 'ada', 'rex']
    several = made_labels(tmp_path, 4)
    with pytest.raises(LandmarkError, match='has several instances; expected one'):
        write_deeplabcut(tmp_path / 'no.csv', several, individuals=False)
    same = replace(several, tracks=['rex'] * 4)
    with pytest.raises(LandmarkError, match="two instances of 'rex'"):
        write_deeplabcut(tmp_path / 'no.csv', same)
    assert not (tmp_path / 'no.csv').exists()


def test_names_of_some_animals_are_lost_with_a_word(tmp_path):
    labels = replace(made_labels(tmp_path, 3, per_image=1), tracks=['rex', None, 'rex'])
    notes = write_deeplabcut(tmp_path / 'x.csv', labels)
    assert '2 names of individuals are not written' in notes
    assert not any('names of indiv' in n for n in write_sleap(tmp_path / 's.csv', labels))


def test_csv_files_have_neither_links_nor_a_category(tmp_path):
    labels = replace(made_labels(tmp_path, 2, per_image=1), pictures=np.array([0, 0]))
    for write in (write_deeplabcut, write_sleap):
        notes = write(tmp_path / f'{write.__name__}.csv', labels)
        assert '2 links between keypoints are not written' in notes
        assert "the name 'square' of the instances is not written" in notes
    assert notes[-1] == '1 pictures without instances are not written'


def test_sleap_frames_of_two_videos_are_not_mixed(tmp_path):
    path = tmp_path / 'x.csv'
    path.write_text('frame_idx,video_path,mood,a.x,a.y\n0,one.mp4,fine,1,2\n0,one.mp4,,3,4\n')
    assert 'columns that are left out: mood' in read_sleap(path).notes
    path.write_text('frame_idx,video_path,a.x,a.y\n0,one.mp4,1,2\n0,two.mp4,3,4\n')
    with pytest.raises(LandmarkError, match=r'x.csv: has frames of 2 videos \(one.mp4, two.mp4\)'):
        read_sleap(path)


def test_sleap_calls_pictures_by_frame(tmp_path):
    labels = made_labels(tmp_path, 3, per_image=1)
    notes = write_sleap(tmp_path / 'x.csv', replace(labels, tracks=['a', None, 'a']))
    assert notes[-1] == '3 names of pictures are written as frame numbers, in their order'
    back = read_sleap(tmp_path / 'x.csv')
    assert list(back.files) == ['000000.png', '000001.png', '000002.png']
    assert list(back.tracks) == ['a', None, 'a']
    same_points(read_sleap(tmp_path / 'x.csv', like=labels), labels, hidden=False)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('1.5,2,,', '1.5,,,', r"img1\.png:  nose: x is '1\.5', y is ''; expected both or none"),
        ('1.5,2,,', '1.5,b,,', r"img1\.png:  nose: 'b' is no finite number"),
        ('1.5,2,,', '1.5,2', 'row 4 has 5 cells; expected 7'),
        ('x,y,x,y', 'x,y,x,x', "tail 'x'; expected x and y once each"),
        ('img2', 'img1', 'is listed twice'),
        ('coords', 'cords', 'does not begin with the rows scorer, bodyparts, coords'),
    ],
)
def test_wrong_deeplabcut_files_are_refused(old, new, message, tmp_path):
    (tmp_path / 'x.csv').write_text(THREE_COLUMNS.replace(old, new))
    with pytest.raises(LandmarkError, match=message) as error:
        read_deeplabcut(tmp_path / 'x.csv')
    assert str(error.value).startswith(str(tmp_path / 'x.csv'))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('track,frame_idx,a.x,a.y\n,0,1,', r"row 2 \(frame 0\): a: x is '1', y is ''"),
        ('track,frame_idx,a.x\n,0,1', 'a has a column x but no column y'),
        ('track,frame_idx,a.x,a.y\n,b,1,2', "row 2: frame_idx is 'b'"),
        ('track,a.x,a.y\n,1,2', "has no column 'frame_idx'"),
    ],
)
def test_wrong_sleap_files_are_refused(content, message, tmp_path):
    (tmp_path / 'x.csv').write_text(content)
    with pytest.raises(LandmarkError, match=message):
        read_sleap(tmp_path / 'x.csv')


def test_names_have_to_be_those_of_the_schema(tmp_path):
    (tmp_path / 'x.csv').write_text(THREE_COLUMNS)
    with pytest.raises(LandmarkError, match="keypoint 'nose' is not in schema 'square'"):
        read_deeplabcut(tmp_path / 'x.csv', schema=SQUARE)


def test_numbers_are_spelled_exactly():
    assert float(spelled(0.1 + 0.2)) == 0.1 + 0.2
    assert (spelled(math.nan), spelled(-0.0)) == ('', '0.0')
