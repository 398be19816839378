"""The commands and examples of the part on data in docs/hands.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

from doc_blocks import Page
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS
from raw_hands import HAND, hand_release

import mmlandmark  # noqa: F401
from mmlandmark.annotations.hand_landmarks import read_hand_landmarks

PAGE = Page('docs/hands.md', 'Data')


def test_every_command_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hand_release(Path('data/OUHANDS'))
    for command in PAGE.commands():
        assert command.run() == 0, command
    PAGE.one('python', having='convert_ouhands').run()
    assert '3 hands of 3 pictures; 0 without landmarks' in capsys.readouterr().out
    assert Path('hand_audit/audit.txt').is_file() and Path('hands/test.json').is_file()
    assert Path('data/OUHANDS/annotations/val.json').is_file()


def test_the_data_set_of_the_guide_gives_samples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hand_release(Path('data/OUHANDS'))
    names = PAGE.one('python', having="'OuhandsDataset'").run()
    with DefaultScope.overwrite_default_scope('mmpose'):
        data_set = DATASETS.build(names['train'])
    sample = data_set[3]['data_samples']
    assert (sample.gesture, sample.handedness) == ('K', 'left')
    assert sample.gt_instances.keypoints_3d.shape == (1, 21, 3)
    assert sample.gt_instance_labels.coordinate_weights.shape == (1, 21, 3)


def test_the_layout_and_the_file_are_those_that_are_read(tmp_path):
    layout = PAGE.one('').take()
    root = hand_release(tmp_path / 'data' / 'OUHANDS')
    for line in layout.split():
        for name in _spelled_out(line):
            assert list(tmp_path.glob(name.replace('NAME', '*'))), name
    assert len(list(root.glob('*'))) == 3
    content = json.loads(PAGE.one('json').take())
    path = tmp_path / 'x.json'
    path.write_text(json.dumps(content | {'landmarks': (content['landmarks'] * 11)[:21]}))
    hand = read_hand_landmarks(path, HAND.keypoints)
    assert (hand.size, hand.handedness, hand.score) == ((640, 480), 'left', 0.98)


def _spelled_out(line: str) -> list[str]:
    found = re.search(r'\{(.*?)\}', line)
    if not found:
        return [line]
    return [line.replace(found.group(0), choice) for choice in found.group(1).split(',')]
