"""A tool that comes from the server is as one that Python starts."""

import json
import os
import subprocess
import sys
import time

import pytest
from processes import REPO, run_tool

pytest.importorskip('mmpose')

SCRIPT = """
import atexit, json, multiprocessing, os, random, subprocess, sys
import numpy as np
import torch
import beside

atexit.register(lambda: print('exit functions have run', file=sys.stderr))
place = dict(argv=sys.argv, cwd=os.getcwd(), path=sys.path, name=__name__, file=__file__,
             read=sys.stdin.read(), threads=torch.get_num_threads(), set=os.environ.get('SET'),
             start=multiprocessing.get_start_method(), main=sys.modules['__main__'].__file__)
drawn = [random.random(), float(np.random.rand()), float(torch.rand(1))]
print(json.dumps(dict(place=place, drawn=drawn)), flush=True)
os.write(1, b'from C\\n')
subprocess.run(['echo', 'from a child'])
if 'sleep' in sys.argv:
    subprocess.run(['sleep', '50'])
eval(sys.argv[-1])
"""


@pytest.fixture(scope='module')
def script(tmp_path_factory):
    folder = tmp_path_factory.mktemp('scripts')
    (folder / 'beside.py').touch()
    (folder / 'script.py').write_text(SCRIPT)
    return folder / 'script.py'


def test_it_is_where_and_with_what_python_would_start_it(script, tmp_path, monkeypatch):
    found = tmp_path / 'modules'
    monkeypatch.setenv('SET', 'by the caller')
    monkeypatch.setenv('PYTHONPATH', str(found))
    arguments = ['a b', '0']
    by_server = [run_tool(script, *arguments, cwd=tmp_path) for _ in range(2)]
    by_python = subprocess.run(
        [sys.executable, script, *arguments],
        cwd=tmp_path,
        env=os.environ | {'OMP_NUM_THREADS': '1', 'PYTHONPATH': f'{REPO}{os.pathsep}{found}'},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert by_python.returncode == 0, by_python.stderr
    first, second, third = (
        json.loads(run.stdout.splitlines()[0]) for run in [*by_server, by_python]
    )
    assert first['place'] == second['place'] == third['place']
    assert not set(first['drawn']) & set(second['drawn'])
    for run in [*by_server, by_python]:
        assert run.stdout.splitlines()[1:] == ['from C', 'from a child']
        assert (run.returncode, run.stderr) == (0, 'exit functions have run\n')


@pytest.mark.parametrize(
    ('ending', 'status', 'last'),
    [
        ('sys.exit(3)', 3, 'exit functions have run'),
        ("sys.exit('said')", 1, 'said'),
        ('1 / 0', 1, 'ZeroDivisionError: division by zero'),
        ('os._exit(4)', 4, None),
        ('os.kill(os.getpid(), 9)', -9, None),
    ],
)
def test_the_exit_status_is_that_of_the_tool(script, ending, status, last):
    run = run_tool(script, ending)
    assert run.returncode == status
    assert (last in run.stderr.splitlines()) if last else not run.stderr


def test_one_that_does_not_end_is_ended_and_named(script):
    begin = time.perf_counter()
    with pytest.raises(AssertionError, match='(?s)script.py has not ended after 2 s; .*from C'):
        run_tool(script, 'sleep', '0', timeout=2)
    assert time.perf_counter() - begin < 40, 'its own processes are ended with it'


def test_a_tool_of_the_checkout_says_what_is_wrong(tmp_path):
    run = run_tool('tools/train.py', 'absent.py', cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, '')
    assert run.stderr == 'error: absent.py: no such config file\n'


def test_all_workers_of_a_run_have_one_server(script):
    asks = "print(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])"
    parent = run_tool(script, asks).stdout.splitlines()[-1]
    assert int(parent) == (os.getppid() if 'PYTEST_XDIST_WORKER' in os.environ else os.getpid())
