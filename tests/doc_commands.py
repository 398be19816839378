"""What can be wrong with a command or an example of the documentation without running it."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.util
import itertools
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping

import yaml
from doc_blocks import PYTHON, REPO, SHELL, Block
from doc_options import command_problems, launcher_problems, missing_files, tool_problems

#: Programs of others, whose options are theirs.
PROGRAMS = {
    *('cat', 'cp', 'curl', 'echo', 'head', 'ls', 'mkdir', 'mv', 'sed', 'source', 'unzip'),
    *('conda', 'docker', 'git', 'mim', 'pip', 'pre-commit', 'ruff', 'tensorboard', 'uv', 'done'),
}
MODULES = ('pip', 'pytest', 'timeit', 'torch.distributed.run', 'venv')
_COMMAND = re.compile(r'^(\$ |(\S*python -?\w* ?)?tools/\S+ |mmlandmark [a-z]+ )', re.MULTILINE)
_INLINE = re.compile(
    r'`((?:python (?:-m mmlandmark|tools/)|mmlandmark [a-z]|tools/\S+\.py )[^`|]*)`'
)
_UNFINISHED = re.compile(r'are required|expected (one|at least one) argument')
_ASSIGNED = re.compile(r'^([A-Za-z_]\w*)=(.*)$', re.DOTALL)
_VARIABLE = re.compile(r'\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))')


def problems_of(blocks: list[Block]) -> list[str]:
    """Return what is wrong with the blocks of one page, in its order, with page and line."""
    shell = _Shell()
    found = []
    for block in blocks:
        if block.language in SHELL:
            for command in block.commands:
                said = shell.problems(command.text)
                found += [f'{command.page}:{command.line}: {problem}' for problem in said]
        else:
            found += [f'{block.place}: {problem}' for problem in _of_text(block)]
    return found


def prose_problems(path: str, text: str) -> list[str]:
    """Return what is wrong with commands between the blocks, which may be unfinished.

    Args:
        path: The page, for the messages.
        text: What it holds.
    """
    found = []
    for code in dict.fromkeys(_INLINE.findall(re.sub(r'(?ms)^( *)```.*?^\1```', '', text))):
        said = _Shell().problems(re.sub(r'^tools/(\S+\.py)', r'python tools/\1', code))
        found += [f'{path}: `{code}`: {line}' for line in said if not _UNFINISHED.search(line)]
    return found


def _of_text(block: Block) -> list[str]:
    if block.language in PYTHON:
        return python_problems(block.text)
    try:
        if block.language == 'json':
            json.loads(re.sub(r'^//.*', '', block.text))
        elif block.language == 'yaml':
            yaml.safe_load(block.text)
        elif block.language not in ('', 'text'):
            return [f'nothing checks the language {block.language!r}']
        elif _COMMAND.search(block.text):
            return ['a command in a block of output; expected bash']
    except (ValueError, yaml.YAMLError) as error:
        return [f'no {block.language}: {error}']
    return []


def python_problems(text: str) -> list[str]:
    """Return syntax errors, and what is imported from the package and is not there."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return [f'no Python: {error}']
    wanted: list[tuple[str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted += [(alias.name, '') for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            wanted += [(node.module or '', alias.name) for alias in node.names]
    own = [(module, name) for module, name in wanted if module.split('.')[0] == 'mmlandmark']
    return [f'no {module} {name}'.rstrip() for module, name in own if not _is_there(module, name)]


def _is_there(module: str, name: str) -> bool:
    with contextlib.suppress(ImportError):
        if not name or hasattr(importlib.import_module(module), name):
            return importlib.util.find_spec(module) is not None
        return importlib.util.find_spec(f'{module}.{name}') is not None
    return False


class _Shell:
    """Follows variables and folders through the commands of a page."""

    def __init__(self) -> None:
        self.variables: dict[str, list[str]] = {}
        self.folder = ''

    def problems(self, text: str) -> list[str]:
        """Return what is wrong with a command line."""
        found = []
        for words in _simple_commands(text):
            used = {m[1] or m[3]: m for word in words for m in _VARIABLE.finditer(word)}
            values = [self.variables.get(name, [m[2] or f'${name}']) for name, m in used.items()]
            for chosen in itertools.product(*values):
                known = dict(zip(used, chosen, strict=True))
                expanded = [_VARIABLE.sub(lambda m: known[m[1] or m[3]], w) for w in words]  # noqa: B023
                found += self._command(expanded)
        return list(dict.fromkeys(found))

    def _command(self, words: list[str]) -> list[str]:
        if words[0] in ('do', 'then', 'export'):
            words = words[1:]
        if words[:1] == ['for']:
            self.variables[words[1]] = words[3:]
            return []
        environment = {}
        while words and (found := _ASSIGNED.match(words[0])):
            environment[found[1]] = found[2]
            words = words[1:]
        if not words:
            for name, value in environment.items():
                self.variables[name] = [value]
            return []
        if words[0] == 'cd':
            self.folder = os.path.normpath(os.path.join(self.folder, words[1]))
            return []
        return self._program(words, environment)

    def _program(self, words: list[str], environment: Mapping[str, str]) -> list[str]:
        program, *rest = words
        if program in ('bash', 'sh') and rest:
            program, *rest = rest
        name = os.path.basename(program)
        if re.fullmatch(r'python[\d.]*', name) and rest:
            return self._python(rest, environment)
        if name == 'mmlandmark':
            return command_problems(rest, environment)
        if name == 'make':
            return [
                f'no make {word}' for word in rest if word not in _targets() and '=' not in word
            ]
        if name.endswith('.sh'):
            return launcher_problems(self._path(program), rest, environment)
        if name not in PROGRAMS:
            return [f'unknown program {program}']
        return missing_files(rest)

    def _python(self, words: list[str], environment: Mapping[str, str]) -> list[str]:
        first, *rest = words
        if first == '-c':
            return python_problems(rest[0])
        if first == '-m':
            if rest[0] == 'mmlandmark':
                return command_problems(rest[1:], environment)
            return [] if rest[0] in MODULES else [f'unknown module {rest[0]}']
        if first.startswith('demo/'):  # a script of MMPose
            return missing_files(rest)
        return tool_problems(self._path(first), rest, environment)

    def _path(self, script: str) -> str:
        return os.path.normpath(os.path.join(self.folder, script))


def _simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a line, without redirections."""
    text = re.sub(r'\$\([^)]*\)', 'FILLED_IN', text.replace('\\\n', ' '))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=';&|()<>')
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for word in lexer:
        if set(word) <= set('<>'):
            skip = True
        elif set(word) <= set(';&|()'):
            if words:
                yield words
            words = []
        elif not skip:
            words += _spelled_out(word)
        else:
            skip = False
    if words:
        yield words


def _spelled_out(word: str) -> list[str]:
    """A word, or those of ``{a,b}``."""
    found = re.fullmatch(r'([^\s{]*)\{([^\s{}:]+,[^\s{}:]+)\}([^\s{]*)', word)
    return [f'{found[1]}{one}{found[3]}' for one in found[2].split(',')] if found else [word]


@functools.cache
def _targets() -> set[str]:
    return set(re.findall(r'^([a-z-]+):', (REPO / 'Makefile').read_text(), re.MULTILINE))
