"""A bounded folder that several processes use at once."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.datasets.crop_store import ABANDONED, CropStore  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402


def name(number: int) -> str:
    return f'{number:08x}{"0" * 56}'


def backdate(store: CropStore, seconds: float = 100.0) -> None:
    """Let all entries be of an earlier run."""
    for path in store.folder.glob('*/*'):
        os.utime(path, (time.time() - seconds,) * 2)


def test_what_was_put_is_found_by_others(tmp_path: Path):
    store = CropStore(tmp_path / 'new' / 'crops', 1e6)
    assert store.get(name(1)) is None
    store.put(name(1), b'one')
    store.put(name(1), b'another')
    assert CropStore(store.folder, 1e6).get(name(1)) == b'another'
    assert store.counts == {'kept': 2} and store.size() == 7


def test_the_size_is_bounded_and_what_is_in_use_stays(tmp_path: Path):
    store = CropStore(tmp_path, 1000, shares=2)
    for number in range(0, 40, 2):
        store.put(name(number), bytes(100))
    assert store.size() == 500  # one of two shares
    assert all(store.get(name(number)) for number in range(0, 10, 2))
    assert store.counts == {'kept': 5, 'not kept': 15}
    store.put(name(1), bytes(501))
    assert store.get(name(1)) is None  # larger than a share


def test_a_folder_that_is_full_is_told_once_in_a_run(tmp_path: Path, told):
    store = CropStore(tmp_path, 1000, shares=2)
    workers = [pickle.loads(pickle.dumps(store)) for _ in range(2)]
    for number in range(0, 12, 2):
        workers[0].put(name(number), bytes(100))
    workers[1].put(name(1), bytes(501))
    assert told().count('expected a larger max_gb') == 1 and '1e-06 GB are full' in told()
    backdate(store)
    os.utime(tmp_path / 'full', (0, 0))
    CropStore(tmp_path, 1000, shares=2).put(name(1), bytes(501))
    assert 'a crop of 0.000501 MB is larger than 1/2 of 1e-06 GB' in told()


def test_entries_of_earlier_runs_give_way_those_unused_for_longest_first(tmp_path: Path):
    store = CropStore(tmp_path, 500, shares=1)
    for number in range(5):
        store.put(name(number), bytes(100))
        os.utime(store._path(name(number)), (number, number))
    later = CropStore(tmp_path, 500, shares=1)
    assert later.get(name(0))  # in use from now on
    later.put(name(10), bytes(200))
    found = [number for number in (*range(5), 10) if later.get(name(number))]
    assert found == [0, 3, 4, 10]
    assert later.counts == {'removed': 2, 'kept': 1}


def test_files_that_were_never_finished_go(tmp_path: Path):
    store = CropStore(tmp_path, 1e6, shares=1)
    old, new = (tmp_path / '00' / f'{part}.unfinished' for part in ('old', 'new'))
    for path in (old, new):
        path.write_bytes(b'half')
    os.utime(old, (time.time() - ABANDONED - 10,) * 2)
    store.put(name(0), b'0')
    assert new.exists() and not old.exists() and store.size() == 1


def test_a_disk_that_refuses_is_told_once_and_training_goes_on(tmp_path: Path, told):
    store = CropStore(tmp_path, 1e6, shares=1)
    (tmp_path / '00').rmdir()
    for number in range(3):
        store.put(name(number), b'x')
    assert store.counts == {'not written': 3}
    assert told().count('cannot be written') == 1


@pytest.mark.parametrize('size', [0, -1, float('nan'), float('inf'), True])
def test_sizes_that_cannot_be_are_refused(size: float, tmp_path: Path):
    with pytest.raises(LandmarkError, match='expected bytes above 0'):
        CropStore(tmp_path, size)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(LandmarkError, match=r'file: cannot be made'):
        CropStore(tmp_path / 'file', 1e6)


def _write_and_read(folder: Path, seed: int, wrong: multiprocessing.Queue) -> None:
    rng = np.random.default_rng(seed)
    store = CropStore(folder, 40_000, shares=2)
    store.started += 1000 * (seed % 2)  # half of them take all entries for those of earlier runs
    mistakes = 0
    for number in rng.integers(0, 60, 300).tolist():
        content = bytes([number]) * (1000 + number)
        found = store.get(name(number))
        mistakes += found is not None and found != content
        store.put(name(number), content)
    wrong.put((mistakes, dict(store.counts)))


def test_processes_that_write_and_remove_at_once_see_whole_entries(tmp_path: Path):
    context = multiprocessing.get_context('fork')
    wrong = context.Queue()
    workers = [
        context.Process(target=_write_and_read, args=(tmp_path, seed, wrong)) for seed in range(4)
    ]
    for worker in workers:
        worker.start()
    results = [wrong.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert [mistakes for mistakes, _ in results] == [0] * 4
    counts = [count for _, count in results]
    assert sum(count.get('removed', 0) for count in counts) > 10
    assert not any('not written' in count for count in counts)
    assert 0 < CropStore(tmp_path, 40_000, shares=2).size() <= 40_000
    assert not list(tmp_path.glob('*/*.unfinished'))
