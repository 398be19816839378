"""A training without a seed in its config goes on with the seed that it began with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401
from mmlandmark.apis.resume_seed import keep_seed

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402


def checkpoint(folder: Path, meta: dict) -> str:
    torch.save({'state_dict': {}, 'meta': meta}, folder / 'epoch_3.pth')
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_3.pth'))
    return str(folder / 'epoch_3.pth')


@pytest.mark.parametrize('given', [True, False], ids=['by path', 'latest'])
def test_the_seed_is_that_of_the_checkpoint(tmp_path: Path, given: bool) -> None:
    path = checkpoint(tmp_path, {'seed': 1234})
    cfg = Config(dict(resume=True, load_from=path if given else None, work_dir=str(tmp_path)))
    cfg.randomness = dict(deterministic=True)
    notes = keep_seed(cfg)
    assert cfg.randomness == dict(deterministic=True, seed=1234)
    assert notes == [f'seed 1234 is that of {path}']


@pytest.mark.parametrize(
    ('settings', 'meta'),
    [
        (dict(resume=False), {'seed': 1}),
        (dict(resume=True, randomness=dict(seed=0)), {'seed': 1}),
        (dict(resume=True), {}),
    ],
    ids=['a new training', 'a seed of its own', 'a checkpoint without one'],
)
def test_otherwise_nothing_changes(tmp_path: Path, settings: dict, meta: dict) -> None:
    checkpoint(tmp_path, meta)
    cfg = Config(dict(work_dir=str(tmp_path), **settings))
    assert keep_seed(cfg) == [] and cfg.get('randomness') == settings.get('randomness')


def test_nothing_to_resume_from_is_no_error_here(tmp_path: Path) -> None:
    assert keep_seed(Config(dict(resume=True, work_dir=str(tmp_path)))) == []
