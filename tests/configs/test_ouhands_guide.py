"""What docs/hands.md says of models is true."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from doc_blocks import Block, Page  # noqa: E402
from mmengine.config import Config, DictAction  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from raw_hands import hand_release  # noqa: E402

from mmlandmark.schemas import get_schema, get_union  # noqa: E402

from .tiny_hands import CONFIGS, PUBLISHED, Watch, tiny  # noqa: E402

PAGE = Page('docs/hands.md', but=('Data',))


@pytest.fixture(scope='module')
def page() -> str:
    return PAGE.whole


@pytest.fixture(scope='module')
def models() -> list[Block]:
    """The blocks of the section on models."""
    return [block for block in PAGE.blocks if 'Models' in block.headings]


def test_every_config_is_named(page: str, repo: Path) -> None:
    named = {repo / name for name in re.findall(r'`(configs/ouhands/[^`]+)`', page)}
    assert named == set((CONFIGS / 'ouhands').glob('*.py'))


def test_the_commands_set_what_there_is(models: list[Block], repo: Path) -> None:
    commands = [
        shlex.split(command.text)
        for block in models
        if block.language == 'bash'
        for command in block.commands
    ]
    assert len(commands) == 4
    for words in commands:
        assert (repo / words[1]).is_file() and repo / words[2] == PUBLISHED
        cfg = Config.fromfile(PUBLISHED)
        for option in words[words.index('--cfg-options') + 1 :] if len(words) > 4 else ():
            key, _, value = option.partition('=')
            assert key == 'model.backbone.pretrained' and cfg.model.backbone.pretrained is True
            cfg.merge_from_dict({key: DictAction._parse_iterable(value)})
            assert cfg.model.backbone.pretrained == (value if value.endswith('.pth') else False)


@pytest.mark.parametrize('which', [0, 1], ids=['timm', 'z by sample'])
def test_the_configs_of_the_guide_train(
    which: int, models: list[Block], tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
    if which == 0:
        pytest.importorskip('timm')
    block = [block for block in models if block.language == 'python'][which]
    text = block.take().replace("'./", f"'{PUBLISHED.parent}/")
    (tmp_path / 'own.py').write_text(text, encoding='utf-8')
    data = hand_release(tmp_path / 'OUHANDS')
    runner, seen = Runner.from_cfg(tiny(tmp_path / 'own.py', data, tmp_path)), Watch()
    runner.register_hook(seen)
    runner.train()
    assert math.isfinite(seen.metrics['ouhands/MPJPE/pixel'])
    head = runner.model.head
    if which == 0:
        assert runner.model.backbone.channels == (320,) == (head.layers[1].in_features,)
        assert 'ouhands/coord_mae' in seen.metrics
    else:
        assert head.decoder.depth == 'sample' and head.num_coordinates == 3
        assert runner.train_dataloader.dataset.pipeline.transforms[3].encoder.depth == 'sample'
        assert 'ouhands/coord_mae/xy' in seen.metrics and 'ouhands/coord_mae' not in seen.metrics


def test_the_schemas_and_the_union_are_those_of_the_data_sets(page: str) -> None:
    union = get_union('hand21-mmposehand21')
    assert union.num_channels == 21
    one, other = (union.channel_indices(name) for name in ('hand21', 'mmposehand21'))
    assert one.tolist() == other.tolist() == list(range(21))
    names = get_schema('mmposehand21').keypoints
    assert names[get_schema('hand21').index('index_mcp')] == 'forefinger1'
    assert '`forefinger1` for `index_mcp`' in page
