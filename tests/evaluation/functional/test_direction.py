from __future__ import annotations

import pytest

from mmlandmark.evaluation.functional import higher_is_better, metric_direction, not_measured


@pytest.mark.parametrize(
    ('key', 'expected'),
    [
        ('coco/AP (M)', True),
        ('crowdpose/AP(E)', True),
        ('jhmdb/Sho tPCK', True),
        ('PCK@0.1', True),
        ('N-MPJPE', False),
        ('MPJPE_all', False),
        ('loss_kpt/coco', False),
        ('acc_pose/mpii', True),
        ('pooled/NME/bbox/micro', False),
        ('NME/bbox#2', False),
        ('MPJPEX', None),
        ('APfel', None),
        ('epoch', None),
        ('lr', None),
    ],
)
def test_keys_of_the_usual_metrics(key, expected):
    assert higher_is_better(key) is expected


@pytest.mark.parametrize('name', ['coco', 'ap10k', 'ap-10k', 'AP10K', 'face68', 'acc2', 'ARKit'])
def test_names_of_data_sets_name_no_metric(name):
    assert metric_direction(name) is None


def test_minus_one_is_no_average_precision():
    assert not_measured('coco/AP (M)', -1.0) and not_measured('AR .5', -1)
    assert not any(not_measured(*one) for one in [('coco/AP', 0.0), ('NME', -1.0), ('AP', None)])
