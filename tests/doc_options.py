"""What can be wrong with the options of a documented tool: its own parser and configs tell."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import itertools
import os
import re
import runpy
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from unittest import mock

from doc_blocks import REPO

if TYPE_CHECKING:
    from mmengine.config import Config

#: How many words of a launcher come before the options of its tool.
LAUNCHERS = {'dist_train.sh': 1, 'dist_test.sh': 2, 'slurm_train.sh': 1, 'slurm_test.sh': 2}
#: What stands for a file of the reader.
PLACEHOLDER = re.compile(r'[A-Z]{3,}|[*{]|\.\.\.')


def command_problems(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """Return what is wrong with ``mmlandmark WORDS``."""
    from mmlandmark.cli.commands import COMMANDS

    words = words[1:] if words[:1] == ['--debug'] else words
    name, *rest = words or ['']
    if name in ('', 'info', '--help', '--version'):
        return []
    if name not in COMMANDS:
        return [f'no command mmlandmark {name}']
    return tool_problems(f'tools/{COMMANDS[name].tool}', rest, environment)


def launcher_problems(path: str, words: list[str], environment: Mapping[str, str]) -> list[str]:
    name = os.path.basename(path)
    if not (REPO / path).is_file() or name not in LAUNCHERS:
        return [f'no launcher {path}']
    count = LAUNCHERS[name]
    slurm = 2 if name.startswith('slurm') else 0  # partition and name of the job come first
    before, after = words[slurm : slurm + count], words[slurm + count :]
    if name.startswith('dist'):
        if not after or not re.fullmatch(r'\d+|GPUS', after[0]):
            return [f'{name}: expected a number of processes']
        after = after[1:]
    tool = 'tools/train.py' if 'train' in name else 'tools/test.py'
    return tool_problems(tool, [*before, *after], environment)


def tool_problems(path: str, words: list[str], environment: Mapping[str, str]) -> list[str]:
    """Return what is wrong with ``python PATH WORDS``: no tool, wrong options, wrong configs."""
    if not path.startswith('tools/') or not (REPO / path).is_file():
        return [f'no tool {path}']
    if not (parse := _parser(path)):
        return [f'{path} takes no options'] if words else []
    said = io.StringIO()
    try:
        needs = [p for p in inspect.signature(parse).parameters.values() if p.default is p.empty]
        with (
            mock.patch.object(sys, 'argv', [path, *words]),
            mock.patch.dict(os.environ),  # test.py and train.py set LOCAL_RANK
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(said),
        ):
            parse(*['' for _ in needs])
    except SystemExit as ended:
        if ended.code:
            return [f'{path}: {said.getvalue().strip().splitlines()[-1]}']
    return [*missing_files(words), *_config_problems(words, environment)]


@functools.cache
def _parser(path: str) -> Callable[..., object] | None:
    with mock.patch.object(sys, 'path', [str((REPO / path).parent), *sys.path]):
        return runpy.run_path(str(REPO / path), run_name='documented').get('parse_args')


def missing_files(words: list[str]) -> list[str]:
    """Of the checkout's own; capitals and patterns stand for what the reader has."""
    found = []
    for word in words:
        if re.match(r'(configs|requirements|tools|docs)/', word) and not PLACEHOLDER.search(word):
            found += [] if (REPO / word).exists() else [f'no file {word}']
        if extra := re.fullmatch(r'(?:\.|mmlandmark)\[([\w,-]+)\]', word):
            known = re.findall(r"^\s+'([\w-]+)': requirements\(", _set_up(), re.MULTILINE)
            found += [f'no extra {name}' for name in extra[1].split(',') if name not in known]
    return found


@functools.cache
def _set_up() -> str:
    return (REPO / 'setup.py').read_text(encoding='utf-8')


def _config_problems(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """Configs that do not load, and ``--cfg-options`` that go into what they do not have."""
    named = [w for w in words if re.match(r'configs/.*\.py$|mmlandmark::', w)]
    options: list[str] = []
    if '--cfg-options' in words:
        after = words[words.index('--cfg-options') + 1 :]
        options = list(itertools.takewhile(lambda word: not word.startswith('-'), after))
    found = []
    for config in named:
        if PLACEHOLDER.search(config) or not ('::' in config or (REPO / config).is_file()):
            continue
        try:
            _merge(copy.deepcopy(_load(config, tuple(sorted(environment.items())))), options)
        except Exception as error:  # whatever is wrong is for the reader of the list
            found.append(f'{config}: {type(error).__name__}: {error}')
    return found


@functools.cache
def _load(config: str, environment: tuple[tuple[str, str], ...]) -> Config:
    from mmengine.config import Config
    from mmengine.hub import get_config

    with mock.patch.dict(os.environ, dict(environment)):
        return get_config(config) if '::' in config else Config.fromfile(REPO / config)


def _merge(config: Config, options: list[str]) -> None:
    from mmengine.config import DictAction

    for key, _, value in (option.partition('=') for option in options):
        first, *parents = key.split('.')[:-1] or ['']
        # what a runner has by itself need not stand in a config
        node = config.get(first, {}) if first in ('', 'strategy') else config[first]
        for name in parents:
            node = node[int(name) if isinstance(node, (list, tuple)) else name]
        config.merge_from_dict({key: DictAction._parse_iterable(value)})
