from __future__ import annotations

import csv
import io

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.evaluation.metrics import (
    AUC,
    EPE,
    NME,
    CocoMetric,
    JhmdbPCKAccuracy,
    MpiiPCKAccuracy,
    PCKAccuracy,
    SimpleMPJPE,
)

from mmlandmark.evaluation.evaluators.dataset_report import (
    Measurement,
    make_report,
    pool,
    render_report,
)


def report_of(metric, figures):
    measurements = [Measurement('one', metric, 7, figures, {})]
    return make_report(measurements, pool(measurements), {'one': 7, 'empty': 3})


@pytest.mark.parametrize(
    ('metric', 'key', 'normalizer'),
    [
        (CocoMetric(), 'AP', 'OKS'),
        (CocoMetric(use_area=False), 'AP', 'OKS, box area'),
        (MpiiPCKAccuracy(), 'Head PCK', 'head_size'),
        (PCKAccuracy(norm_item=['bbox', 'head']), 'PCKh', 'head_size'),
        (PCKAccuracy(norm_item=['bbox', 'head']), 'strict/PCK', 'bbox'),
        (JhmdbPCKAccuracy(norm_item=['bbox', 'torso']), 'Sho tPCK', 'torso'),
        (NME(norm_mode='use_norm_item', norm_item='bbox_size'), 'NME', 'bbox_size'),
        (NME(norm_mode='keypoint_distance'), 'NME', 'keypoint distance'),
        (AUC(), 'AUC', '30 px'),
        (EPE(), 'EPE', 'pixel'),
        (SimpleMPJPE(), 'MPJPE', None),
    ],
)
def test_figures_of_mmpose_come_with_their_normaliser(metric, key, normalizer):
    entry = report_of(metric, {key: 0.5})['datasets']['one']['figures'][key]
    assert entry['normalizer'] == normalizer
    assert entry['value'] == 0.5 and entry['num_instances'] == 7 and entry['num_points'] is None


def test_nothing_measured_is_no_number():
    figures = {'AP': 0.25, 'AP (M)': -1.0, 'AR': float('nan')}
    report = report_of(CocoMetric(), figures)
    entries = report['datasets']['one']['figures']
    assert [entries[key]['value'] for key in figures] == [0.25, None, None]
    rows = list(csv.DictReader(io.StringIO(render_report(report, 'csv'))))
    assert [row['value'] for row in rows] == ['0.25', '', '']
    assert 'empty: no metric; 3 samples were not measured' in render_report(report)
