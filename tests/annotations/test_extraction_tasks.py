"""Which pictures are looked at, what they are called, and where their landmarks go."""

from __future__ import annotations

import pytest
from raw_faces import write_picture
from raw_hands import NAMES, hand_release, write_list

from mmlandmark.annotations.extraction_tasks import find_tasks
from mmlandmark.annotations.release_problems import Problems
from mmlandmark.errors import LandmarkError


@pytest.fixture
def problems():
    return Problems(strict=False)


def test_ouhands_is_known_by_its_layout(tmp_path, problems):
    root = hand_release(tmp_path / 'hands')
    tasks = find_tasks(root, root / 'landmarks', problems)
    assert [(task.split, task.picture.name) for task in tasks] == [
        (split, name) for split, names in NAMES.items() for name in names
    ]
    first = tasks[0]
    assert first.name == 'OUHANDS_train/train/hand_data/colour/A-abc-0001.png'
    assert (first.group, first.target) == ('A', 'train/A-abc-0001_landmarks.json')
    assert [task.group for task in tasks if task.split == 'test'] == ['A', 'D', 'E']
    assert problems == []


def test_what_is_wrong_with_ouhands_is_told(tmp_path, problems):
    root = hand_release(tmp_path / 'hands')
    write_list(root, 'train', ['A-abc-0001.png', 'B-abc-0003.png', 'B-gone-0009.png'])
    tasks = find_tasks(root, tmp_path / 'out', problems)
    assert [task.picture.name for task in tasks if task.split == 'train'] == [
        'A-abc-0001.png',
        'B-abc-0003.png',
    ]
    assert {problem.reason for problem in problems} == {
        'list entry without picture',
        'picture without list entry',
    }


def test_any_other_folder_keeps_its_folders(tmp_path, problems):
    root = tmp_path / 'pictures'
    for name in ('c.png', 'cats/b.jpg', 'train/a.png', 'Val/x/y/d.png', 'out/e.png', '.z/f.png'):
        write_picture(root / name, 0, (8, 8))
    write_picture(root / 'cats/b.png', 0, (8, 8))
    (root / 'cats/notes.txt').write_text('a')
    tasks = {task.name: task for task in find_tasks(root, root / 'out', problems)}
    assert {name: (task.split, task.group) for name, task in tasks.items()} == {
        'c.png': ('', ''),
        'cats/b.jpg': ('', 'cats'),
        'train/a.png': ('train', ''),
        'Val/x/y/d.png': ('Val', 'x/y'),
    }
    assert tasks['cats/b.jpg'].target == 'cats/b_landmarks.json'
    assert [str(problem) for problem in problems] == [
        'cats/b.png: more than one picture: cats/b.jpg is used',
        'cats/notes.txt: stray file',
    ]


def test_landmark_files_may_lie_beside_their_pictures(tmp_path, problems):
    write_picture(tmp_path / 'a.png', 0, (8, 8))
    (tmp_path / 'a_landmarks.json').write_text('{}')
    (tmp_path / 'extraction.json').write_text('{}')
    assert len(find_tasks(tmp_path, tmp_path, problems)) == 1
    assert problems == []


def test_no_folder_and_no_picture_are_told(tmp_path, problems):
    with pytest.raises(LandmarkError, match='nowhere: no such folder'):
        find_tasks(tmp_path / 'nowhere', tmp_path, problems)
    with pytest.raises(LandmarkError, match='no pictures in this folder'):
        find_tasks(tmp_path, tmp_path, problems)
