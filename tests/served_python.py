"""A program ``python`` for shells and launchers, whose scripts come from the server of tools."""

from __future__ import annotations

import json
import shlex
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from processes import run_tool

# ``python -m torch.distributed.run``, which imports for five seconds what the server has
_LAUNCHER = """
from torch.distributed.run import main

if __name__ == '__main__':
    main()
"""
# Asks for a script and says what it said. ``-u`` is torchrun's; whatever else it is asked for,
# Python itself does.
_CLIENT = """
import json, os, socket, sys

address, launcher, ranks, *command = sys.argv[1:]
if command[:2] == ['-m', 'torch.distributed.run']:
    command[:2] = [launcher]
script, *arguments = [part for part in command if part != '-u'] or ['']
if not script.endswith('.py') or os.environ.get('RANK') in ranks.split():
    os.execv(sys.executable, [sys.executable, *command])
request = dict(script=os.path.abspath(script), arguments=arguments, cwd=os.getcwd(),
               environment=dict(os.environ))
with socket.socket(socket.AF_UNIX) as asked, asked.makefile('rw') as line:
    asked.connect(address)
    print(json.dumps(request), file=line, flush=True)
    answer = json.loads(line.readline())
sys.stdout.write(answer['stdout'])
sys.stderr.write(answer['stderr'])
sys.exit(answer['status'])
"""


class _Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        try:
            run = run_tool(
                asked['script'], *asked['arguments'], cwd=asked['cwd'], env=asked['environment']
            )
            answer = dict(status=run.returncode & 255, stdout=run.stdout, stderr=run.stderr)
        except AssertionError as error:  # it has not ended in time
            answer = dict(status=1, stdout='', stderr=f'{error}\n')
        self.wfile.write(json.dumps(answer).encode() + b'\n')


@contextmanager
def served_python(folder: Path, whole_ranks: Sequence[int] = ()) -> Iterator[Path]:
    """Write a program ``python`` that saves a shell the import of the stack.

    Args:
        folder: Where it is written.
        whole_ranks: The processes of a launcher that Python itself starts all the same.

    Yields:
        The program, which works until the context is left.
    """
    with tempfile.TemporaryDirectory() as short:  # a socket's address has a hundred characters
        (client := Path(short) / 'client.py').write_text(_CLIENT)
        (launcher := Path(short) / 'launcher.py').write_text(_LAUNCHER)
        with socketserver.ThreadingUnixStreamServer(f'{short}/asked', _Answer) as server:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            ranks = ' '.join(map(str, whole_ranks))
            asks = [str(client), f'{short}/asked', str(launcher), ranks]
            command = [sys.executable, '-SE', *asks]
            program = folder / 'python'
            program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
            program.chmod(0o755)
            try:
                yield program
            finally:
                server.shutdown()
