"""Weights that a config names by address."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import torch  # noqa: E402
from mmengine.config import ConfigDict  # noqa: E402

from mmlandmark.apis.weights import cached, fetch_weights  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

NOWHERE = 'http://127.0.0.1:9/some/net.pth'


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    return tmp_path / 'checkpoints'


@pytest.mark.parametrize(
    ('cfg', 'setting'),
    [
        ({'load_from': NOWHERE}, 'load_from'),
        (
            {'model': {'backbone': {'init_cfg': {'type': 'Pretrained', 'checkpoint': NOWHERE}}}},
            'model.backbone.init_cfg.checkpoint',
        ),
        (
            {'model': {'neck': {'init_cfg': [{}, {'type': 'Pretrained', 'checkpoint': NOWHERE}]}}},
            'model.neck.init_cfg.1.checkpoint',
        ),
    ],
)
def test_what_cannot_be_downloaded_is_one_line(cfg: dict, setting: str, cache: Path) -> None:
    with pytest.raises(LandmarkError) as caught:
        fetch_weights(ConfigDict(cfg))
    said = str(caught.value)
    assert said.startswith(f'cannot download {NOWHERE} (') and '\n' not in said
    assert f'--cfg-options {setting}=FILE' in said and str(cache / 'net.pth') in said
    assert not list(cache.iterdir())


def test_weights_that_are_there_are_not_fetched(cache: Path) -> None:
    assert cached(NOWHERE) == cache / 'net.pth'
    cache.mkdir()
    (cache / 'net.pth').touch()
    fetch_weights(ConfigDict(load_from=NOWHERE))


def test_files_and_configs_without_weights_are_left_alone() -> None:
    plain = {'type': 'Pretrained', 'checkpoint': 'some/file.pth'}
    fetch_weights(ConfigDict(load_from=None, model={'backbone': {'init_cfg': plain}}))
    fetch_weights(ConfigDict())
