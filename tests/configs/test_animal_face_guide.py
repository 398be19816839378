"""What docs/dog-and-cat-faces.md says of models is true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config, DictAction  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
PAGE = Page('docs/dog-and-cat-faces.md', 'Models')


@pytest.fixture(scope='module')
def models() -> str:
    """The section on models."""
    return PAGE.text


def test_the_table_names_every_config(models: str) -> None:
    named = {REPO / name for name in re.findall(r'^\| `(configs/[^`]+)`', models, re.MULTILINE)}
    shipped = {p for name in ('dogflw', 'catflw') for p in (REPO / 'configs' / name).glob('*flw-*')}
    assert named == shipped


def test_the_commands_set_what_there_is() -> None:
    text = '\n'.join(block.text for block in PAGE.of('bash'))
    variables = dict(re.findall(r'^([A-Z]+)=(\S+)$', text, re.MULTILINE))
    for name, value in variables.items():
        text = text.replace(f'${name}', value)
    commands = [shlex.split(line, comments=True) for line in text.splitlines()]
    commands = [words for words in commands if len(words) > 1]
    assert len(commands) >= 10
    for words in commands:
        assert (REPO / words[1]).is_file() and (REPO / words[2]).is_file()
        if '--cfg-options' not in words:
            continue
        cfg = Config.fromfile(REPO / words[2])
        for option in words[words.index('--cfg-options') + 1 :]:
            key, _, value = option.partition('=')
            *parents, last = key.split('.')
            node = cfg
            for name in parents:
                node = node[int(name) if isinstance(node, list) else name]
            # an option of a loss or of weights need not stand in the config
            optional = ('foreground_share', 'use_target_weight', 'prefix')
            assert last in node or last in optional, option
            cfg.merge_from_dict({key: DictAction._parse_iterable(value)})


def test_mixed_precision_is_switched_off_by_the_option(models: str) -> None:
    (option,) = re.findall(r'--cfg-options (optim_wrapper\S+)`', models)
    key, _, value = option.partition('=')
    cfg = Config.fromfile(next((REPO / 'configs' / 'dogflw').glob('*hrnet-w32*256x256.py')))
    cfg.merge_from_dict({key: value})
    # an option of AmpOptimWrapper would be refused
    assert set(cfg.optim_wrapper) == {'type', 'optimizer'} and value == 'OptimWrapper'


def test_the_example_of_timm_prints_what_it_says(capsys) -> None:
    pytest.importorskip('timm')
    block = PAGE.one('python')
    block.run()
    (said,) = re.findall(r'print\(.*?\)  # (.*)', block.text)
    assert capsys.readouterr().out.strip() == said
