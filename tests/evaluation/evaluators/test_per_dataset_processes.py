"""Two processes measure several data sets as one does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dataset import DefaultSampler
from mmengine.dist import get_rank
from processes import run_two

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators import PerDatasetEvaluator

from .mixed_samples import MPII, coco_member, joined_meta, point_member, shuffled, write_coco

METRICS = {
    'coco': [
        {'type': 'CocoMetric'},
        {'type': 'LandmarkNME', 'norm': 'bbox'},
        {'type': 'PCKAccuracy', 'thr': 0.1},
    ],
    'mpii': [
        {'type': 'LandmarkNME', 'norm': 'bbox'},
        {'type': 'MpiiPCKh', 'thr': 0.5},
        {'type': 'MpiiPCKAccuracy'},
    ],
}


def evaluate(folder: Path, round_up: bool, name: str) -> dict:
    """Two evaluations of 15 samples, each process with its share and padding."""
    coco = coco_member('coco', folder / 'coco.json', noise=7)
    mpii = point_member('mpii', MPII, 5, noise=9)
    samples = shuffled(coco, mpii)
    evaluator = PerDatasetEvaluator(METRICS, out_file=str(folder / f'{name}.json'))
    evaluator.dataset_meta = joined_meta(coco, mpii)
    indices = list(DefaultSampler(samples, shuffle=False, seed=0, round_up=round_up))
    figures = []
    for _ in range(2):
        for start in range(0, len(indices), 3):
            evaluator.process([samples[i] for i in indices[start : start + 3]])
        figures.append(evaluator.evaluate(len(samples)))
    return {'figures': figures, 'report': evaluator.report, 'processed': len(indices)}


def evaluate_alone(folder: Path, lost: bool) -> list:
    """The first process has all samples, the second none, or one of an unknown data set."""
    coco, mpii = (
        coco_member('coco', folder / 'coco.json', noise=7),
        point_member('mpii', MPII, 5, noise=9),
    )
    samples = shuffled(coco, mpii)
    if get_rank() == 1:
        samples = [dict(samples[0], dataset_name='cocco'), *samples[:2]] if lost else []
    evaluator = PerDatasetEvaluator(METRICS)
    evaluator.dataset_meta = joined_meta(coco, mpii)
    try:
        evaluator.process(samples)
        return [evaluator.evaluate(18 if lost else 15)]
    except LandmarkError as error:
        return [str(error)]


def work(folder: Path) -> None:
    """What each process does; its outcome goes into a file."""
    outcome = {str(r): evaluate(folder, r, 'report') for r in (True, False)}
    outcome |= {name: evaluate_alone(folder, name == 'lost') for name in ('none', 'lost')}
    (folder / f'outcome{get_rank()}.json').write_text(json.dumps(outcome))


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path, monkeypatch):
    """One process is given a sample once more, so that both have eight: it must count once."""
    monkeypatch.chdir(tmp_path)  # MMEngine collects results through a folder there
    write_coco(tmp_path / 'coco.json', 10, seed=5)
    alone = evaluate(tmp_path, True, 'alone')
    run_two(work, tmp_path)
    first, second = (json.loads((tmp_path / f'outcome{rank}.json').read_text()) for rank in (0, 1))
    for name in ('none', 'lost'):
        assert first[name] == second[name]
    assert first.pop('none')[0] == pytest.approx(alone['figures'][0], rel=1e-6)
    assert "unknown data set 'cocco' (did you mean 'coco'?)" in first.pop('lost')[0]
    del second['none'], second['lost']
    assert {k: v['processed'] for k, v in second.items()} == {'True': 8, 'False': 7}
    assert len(alone['figures'][0]) > 20 and 'pooled/NME/bbox' in alone['figures'][0]
    for shares in ('True', 'False'):
        one, other = first[shares], second[shares]
        assert one['figures'] == other['figures'] and one['report'] == other['report']
        for figures in one['figures']:
            # MMPose's metrics sum in float32
            assert figures == pytest.approx(alone['figures'][0], rel=1e-6)
        own, expected = (
            report['datasets']['mpii']['figures']['NME/bbox']
            for report in (one['report'], alone['report'])
        )
        assert own['value'] == pytest.approx(expected['value'], rel=1e-12)
        assert own['num_instances'] == 5 and own['num_points'] == expected['num_points']
    assert json.loads((tmp_path / 'report.json').read_text()) == first['False']['report']
