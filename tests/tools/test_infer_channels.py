"""The tool: what it writes, prints and refuses."""

from __future__ import annotations

import json

import pytest

pytest.importorskip('mmpose')

import torch
from apis.colour_detector import detector_config, write_pictures
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS
from processes import run_tool


@pytest.fixture
def model(tmp_path):
    config = detector_config()
    # the tool runs in a process of its own, which knows nothing of the tests
    config.model.backbone = dict(type='UNet', widths=[4, 4])
    config.model.head.update(in_channels=4, loss=dict(type='ChannelBCELoss'))
    config.custom_imports = dict(imports=['mmlandmark'])
    with DefaultScope.overwrite_default_scope('mmpose'):
        torch.manual_seed(0)
        weights = MODELS.build(config.model).state_dict()
    (tmp_path / 'config.py').write_text(Config(config.to_dict()).pretty_text)
    torch.save(dict(state_dict=weights), tmp_path / 'model.pth')
    return ('--config', tmp_path / 'config.py', '--checkpoint', tmp_path / 'model.pth')


def test_it_writes_draws_counts_and_refuses(model, tmp_path):
    write_pictures(tmp_path / 'in')
    (tmp_path / 'in' / 'bad.png').write_bytes(b'')
    outputs = ('--out', 'x.json', '--coco-out', 'c.json', '--draw', 'drawn', '--threshold', '0')
    done = run_tool('tools/infer_channels.py', 'in', *model, *outputs, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / 'x.json').read_text())
    counts = told['counts']['keypoints']
    assert counts['corner'] > 0
    assert (
        f'5 pictures: {counts["corner"]} corner, {counts["flap"]} flap; 0 without a keypoint, '
        '1 unreadable\n  in/bad.png: the file is empty' in done.stdout.replace('  bad', '  in/bad')
    )
    assert 'wrote x.json\nwrote c.json\nwrote drawn\n' in done.stdout
    assert len(list((tmp_path / 'drawn').iterdir())) == 4
    for options, said in (
        (outputs, 'error: x.json: exists; not written without overwrite'),
        ((), 'error: nothing to write: give --out, --coco-out or --draw'),
        (('--out', 'y.json', '--threshold', '2'), 'error: threshold is 2.0, expected 0 to 1'),
        (('--out', 'y.json', '--strict'), 'bad.png: the file is empty'),
    ):
        again = run_tool('tools/infer_channels.py', 'in', *model, *options, cwd=tmp_path)
        assert again.returncode == 2 and said in again.stderr.splitlines()[-1]
    assert not (tmp_path / 'y.json').exists()
