"""`KeypointAveragePrecision` in MMEngine's evaluator."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.logging import MMLogger
from mmpose.registry import METRICS
from processes import run_two

from evaluation.metrics.channel_samples import NUM, evaluate, sample, some_samples, work
from mmlandmark.apis.save_best import check_save_best
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.direction import higher_is_better


def build(**settings):
    return METRICS.build(dict(type='KeypointAveragePrecision', **settings))


def measured(samples, **settings):
    """A metric that has measured samples, and its figures."""
    metric = build(**settings)
    metric.process(None, [data.to_dict() for data in samples])
    return metric, metric.evaluate(len(samples))


def test_keys_and_figures_in_pixels_of_the_picture() -> None:
    samples = [
        sample(0, [(0, 10, 10), (0, 30, 30)], [(0, 11, 10, 0.9), (0, 30, 33, 0.8)]),
        sample(1, [(1, 10, 10)], [(1, 10, 10, 0.5), (0, 10, 10, 0.85)]),
    ]
    _, figures = measured(samples)
    assert figures == pytest.approx(
        {
            'AP/corner@2px': 0.5,
            'AP/corner@4px': 0.5 + 0.5 * 2 / 3,
            'AP/corner': (0.5 + 0.5 + 0.5 * 2 / 3) / 2,
            'AP/flap@2px': 1.0,
            'AP/flap@4px': 1.0,
            'AP/flap': 1.0,
            'AP@2px': 0.75,
            'AP@4px': (1.5 + 0.5 * 2 / 3) / 2,
            'mAP': (0.75 + (1.5 + 0.5 * 2 / 3) / 2) / 2,
        }
    )
    _, shares = measured(samples, thresholds=0.02, unit='diagonal', prefix='test')
    assert shares['test/AP/corner@0.02diag'] == pytest.approx(0.5)  # 2 of a diagonal of 100
    assert all(higher_is_better(key) for key in shares)


def test_counts_are_logged_with_channels_that_are_excluded(tmp_path) -> None:
    logger = MMLogger.get_instance('ap', log_file=str(tmp_path / 'log'), logger_name='ap')
    assert MMLogger.get_current_instance() is logger
    found = sample(
        0, [(0, 1, 1)], [(0, 1, 1, 0.5), (1, 5, 5, 0.5)], dropped_points=np.array([0, 3])
    )
    metric, figures = measured([found], out_file=str(tmp_path / 'ap.json'))
    text = (tmp_path / 'log').read_text()
    assert 'excluded, no ground truth: flap' in text and 'tied scores' in text
    assert '3 points had left their pictures' in text
    assert np.isnan(figures['AP/flap']) and figures['mAP'] == 1.0
    written = json.loads((tmp_path / 'ap.json').read_text())
    assert written['channels']['corner']['ground_truth'] == 1
    assert written['excluded_channels'] == ['flap'] == list(metric.last_result.excluded)


def test_two_processes_give_what_one_gives(tmp_path) -> None:
    run_two(work, tmp_path)
    figures = [json.loads((tmp_path / f'{rank}.json').read_text()) for rank in range(2)]
    assert figures[0] == figures[1] == evaluate(tmp_path)
    assert 0 < figures[0]['mAP'] < 1
    one, two = (json.loads((tmp_path / f'ap.{world}.json').read_text()) for world in (1, 2))
    assert one == two and one['images'] == NUM


def test_the_order_of_the_images_does_not_matter() -> None:
    samples = some_samples()
    assert measured(samples)[1] == measured(samples[::-1])[1]


def test_it_can_choose_the_best_checkpoint() -> None:
    from mmengine.config import Config

    hooks = dict(checkpoint=dict(type='CheckpointHook', save_best='mAP', rule='greater'))
    evaluator = dict(type='KeypointAveragePrecision')
    check_save_best(Config(dict(default_hooks=hooks, val_evaluator=evaluator)))


def test_what_cannot_be_measured_is_refused_by_name() -> None:
    bad = sample(4, [], [(1, np.nan, 3, 0.5)])
    with pytest.raises(LandmarkError, match=r'4\.png, channel flap: predicted \[nan, 3'):
        measured([bad])
    silent = sample(4, [], [])
    del silent.pred_instances
    with pytest.raises(LandmarkError, match=r'4\.png: no points .* ChannelHeatmapHead'):
        measured([silent])
    other = sample(5, [], [], channel_names=('corner', 'lid'))
    with pytest.raises(LandmarkError, match=r'5\.png: channels corner, lid, but 4\.png has'):
        measured([sample(4, [], []), other])
    with pytest.raises(LandmarkError, match='no samples'):
        build().compute_metrics([])
    with pytest.raises(LandmarkError, match='positive distances'):
        build(thresholds=[0])
