"""The tool: what it writes, prints and refuses."""

from __future__ import annotations

import importlib.util
import json

import pytest

pytest.importorskip('mmpose')

from apis.colour_detector import detector_config, write_checkpoint, write_pictures

from mmlandmark.apis import launch


@pytest.fixture
def infer(repo, tmp_path, monkeypatch):
    """Run the tool in a folder of its own; returns the exit status."""
    monkeypatch.chdir(tmp_path)
    config = detector_config()
    (tmp_path / 'config.py').write_text(config.dump())
    write_checkpoint(tmp_path / 'model.pth', config)
    spec = importlib.util.spec_from_file_location('tool', repo / 'tools' / 'infer_channels.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    def start(*options):
        common = ['--config', 'config.py', '--checkpoint', 'model.pth', '--device', 'cpu']
        return launch.run(tool.main, tool.parse_args([*options, *common]))

    return start


def test_it_writes_draws_counts_and_refuses(infer, tmp_path, capsys):
    write_pictures(tmp_path / 'in')
    (tmp_path / 'in' / 'bad.png').write_bytes(b'')
    outputs = ('--out', 'x.json', '--coco-out', 'c.json', '--draw', 'drawn')
    assert infer('in', *outputs) == 0
    shown = capsys.readouterr().out
    assert '5 pictures: 3 corner, 4 flap; 1 without a keypoint, 1 unreadable\n' in shown
    assert 'bad.png: the file is empty' in shown
    assert 'wrote x.json\nwrote c.json\nwrote drawn\n' in shown
    told = json.loads((tmp_path / 'x.json').read_text())
    assert told['counts']['keypoints'] == {'corner': 3, 'flap': 4}
    assert len(list((tmp_path / 'drawn').iterdir())) == 4
    for options, said in (
        (outputs, 'error: x.json: exists; not written without overwrite'),
        ((), 'error: nothing to write: give --out, --coco-out or --draw'),
        (('--out', 'y.json', '--threshold', '2'), 'error: threshold is 2.0, expected 0 to 1'),
        (('--out', 'y.json', '--strict'), 'bad.png: the file is empty'),
        (('--out', 'y.json', '--batch-size', '0'), 'error: batch_size is 0'),
    ):
        assert infer('in', *options) == 2
        assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / 'y.json').exists()
