"""Two processes give what one gives, also where the data set does not divide."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

SCRIPT = Path(__file__).with_name('two_processes.py')


def launch(folder: Path, repo: Path) -> list[dict]:
    run_two(SCRIPT, folder, repo)
    return [json.loads((folder / f'{rank}.json').read_text()) for rank in range(2)]


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path, repo):
    spec = importlib.util.spec_from_file_location('two_processes', SCRIPT)
    one_process = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(one_process)
    alone = one_process.evaluate(str(tmp_path / 'alone.json'))
    first, second = launch(tmp_path, repo)
    assert first == second
    assert first['comparison'] == json.loads(json.dumps(alone['comparison']))
    assert first['figures'] == alone['figures']
    assert alone['figures'][0] == alone['figures'][1]
    assert 'affine/NME/bbox/common' in first['figures'][0]
    written = [json.loads((tmp_path / f).read_text()) for f in ('comparison.json', 'alone.json')]
    assert written == [first['comparison']] * 2
