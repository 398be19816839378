"""Run a command as its tool in ``tools/`` runs, by ``python -m mmlandmark`` or ``mmlandmark``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from mmlandmark._stack import install_command, missing_packages
from mmlandmark.cli.commands import COMMANDS, Command
from mmlandmark.errors import nearest
from mmlandmark.version import __version__

_PACKAGE = Path(__file__).resolve().parents[1]
_HELP = ('-h', '--help')
_STOPPED = 130  # what a shell says of a program that Ctrl+C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: The words after ``mmlandmark``; by default those of this process.

    Returns:
        The exit status: 0, 2 for wrong input (said in one line), 130 after Ctrl+C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = words[:1] == ['--debug']
    if debug:
        words.pop(0)
    if not words or words[0] in _HELP:
        print(overview())
        return 0 if words else 2
    name, *options = words
    if name == '--version':
        print(f'mmlandmark {__version__}')
        return 0
    if name == 'info':
        from mmlandmark.cli.info import main as info

        return info(options)
    if name not in COMMANDS:
        said = f'{name!r} is no command{nearest(name, (*COMMANDS, "info"))}'
        print(f'error: {said}; `mmlandmark --help` lists them', file=sys.stderr)
        return 2
    return run_command(COMMANDS[name], [*options, '--debug'] if debug else options)


def run_command(command: Command, options: list[str]) -> int:
    """Run the tool of a command with the given options; return its exit status."""
    path = tool_path(command.tool)
    before = sys.argv
    sys.argv = [f'mmlandmark {command.name}', *options]
    try:
        # as runpy does, which would put the name of the file into the tool's help
        code = compile(path.read_bytes(), str(path), 'exec')
        exec(code, {'__name__': '__main__', '__file__': str(path)})
    except SystemExit as ended:
        if any(word in _HELP for word in options):
            print(examples(command))
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
            return 1
        return ended.code or 0
    except KeyboardInterrupt:
        print('stopped', file=sys.stderr)
        return _STOPPED
    except ImportError:
        missing = missing_packages()
        if '--debug' in options or not missing:
            raise
        needs = f'mmlandmark {command.name} needs {", ".join(missing)}'
        print(f'error: {needs}; install with: {install_command(missing)}', file=sys.stderr)
        return 2
    finally:
        sys.argv = before
    return 0


def tool_path(tool: str) -> Path:
    """Return where a tool lies: beside the package in a checkout, inside it in a wheel.

    Raises:
        FileNotFoundError: Neither is there; the message names both places.
    """
    places = (_PACKAGE.parent / 'tools' / tool, _PACKAGE / '.mim' / 'tools' / tool)
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f'{tool} is missing: neither {" nor ".join(map(str, places))} exists')


def overview() -> str:
    """Return the help of ``mmlandmark`` itself."""
    rows = [(command.name, command.summary) for command in COMMANDS.values()]
    rows.append(('info', 'versions, devices and which optional parts are installed'))
    width = max(len(name) for name, _ in rows)
    first = COMMANDS['convert']
    lines = [
        'usage: mmlandmark [--debug] COMMAND [options]   (or python -m mmlandmark)',
        '',
        'Move between keypoint definitions, inside MMPose.',
        '',
        *(f'  {name:{width}}  {summary}' for name, summary in rows),
        '',
        '  mmlandmark COMMAND --help  its options, with examples',
        '  mmlandmark --version       the version',
        '  --debug                    the whole traceback of an error',
        '',
        f'for example: mmlandmark {first.name} {first.examples[-1]}',
    ]
    return '\n'.join(lines)


def examples(command: Command) -> str:
    """Return the examples of a command, as its help shows them."""
    lines = (f'  mmlandmark {command.name} {example}' for example in command.examples)
    return '\n'.join(('', 'examples:', *lines))
