"""Two processes give what one gives, also where the data set does not divide."""

from __future__ import annotations

import json

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from .two_processes import evaluate, work


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path):
    alone = evaluate(str(tmp_path / 'alone.json'))
    run_two(work, tmp_path)
    first, second = (json.loads((tmp_path / f'{rank}.json').read_text()) for rank in range(2))
    assert first == second
    assert first['comparison'] == json.loads(json.dumps(alone['comparison']))
    assert first['figures'] == alone['figures']
    assert alone['figures'][0] == alone['figures'][1]
    assert 'affine/NME/bbox/common' in first['figures'][0]
    written = [json.loads((tmp_path / f).read_text()) for f in ('comparison.json', 'alone.json')]
    assert written == [first['comparison']] * 2
