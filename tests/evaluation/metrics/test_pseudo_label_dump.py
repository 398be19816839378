"""Predictions of a union as a file, from one process and from two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dist import get_rank, get_world_size  # noqa: E402
from processes import run_two  # noqa: E402

from mmlandmark.annotations.pseudo_labels import read_pseudo_labels  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.evaluation.metrics import PseudoLabelDump  # noqa: E402
from mmlandmark.schemas import KeypointSchema  # noqa: E402

UNION = KeypointSchema(name='union', keypoints=tuple('abcd'))
NUM = 7


def made(schema=UNION):
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 300, (NUM, 1, 4, 2)).astype(np.float32)
    scores = rng.uniform(0, 1, (NUM, 1, 4)).astype(np.float32)
    return [
        dict(id=i, dataset_name='second' if i % 3 else 'first', pred_schema=schema)
        | dict(pred_instances=dict(keypoints=points[i], keypoint_scores=scores[i]))
        for i in range(NUM)
    ]


def dump(path: Path, samples: list[dict], batch: int = 2, size: int = NUM) -> Path:
    metric = PseudoLabelDump(str(path), overwrite=True)
    metric.dataset_meta = {}
    for start in range(0, len(samples), batch):
        metric.process(None, samples[start : start + batch])
    assert metric.evaluate(size) == {}
    return path


def test_points_and_scores_are_those_of_the_samples(tmp_path):
    samples = made()
    path = dump(tmp_path / 'labels.json', samples)
    for name in ('first', 'second'):
        own = read_pseudo_labels(path, name, UNION.keypoints)
        chosen = [sample for sample in samples if sample['dataset_name'] == name]
        assert own.ids.tolist() == [sample['id'] for sample in chosen]
        for field, values in (('keypoints', own.points), ('keypoint_scores', own.scores)):
            expected = np.concatenate([sample['pred_instances'][field] for sample in chosen])
            np.testing.assert_allclose(values, expected, atol=1e-3)


def work(folder: Path) -> None:
    """Write this process's share, the last of it padding; then with two schemas."""
    rank, world = get_rank(), get_world_size()
    samples = made()
    dump(folder / 'two.json', [samples[(rank + world * i) % NUM] for i in range(4)])
    dump(folder / 'first.json', samples if rank == 0 else [])
    dump(folder / 'second.json', samples if rank == 1 else [])
    other = KeypointSchema(name='other', keypoints=tuple('abce'))
    try:
        dump(folder / 'none.json', made(other if rank else UNION), size=2 * NUM)
    except LandmarkError as error:
        (folder / f'{rank}.txt').write_text(str(error))


@pytest.mark.slow
def test_two_processes_write_what_one_does(tmp_path):
    one = json.loads(dump(tmp_path / 'one.json', made()).read_text())
    run_two(work, tmp_path)
    for name in ('two', 'first', 'second'):
        assert json.loads((tmp_path / f'{name}.json').read_text()) == one
    said = [(tmp_path / f'{rank}.txt').read_text() for rank in range(2)]
    assert said[0] == said[1] and "predicted in 'other', others in 'union'" in said[0]
    assert not (tmp_path / 'none.json').exists()
