from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.logging import MessageHub

from mmlandmark.compat.coco_metric import announced_ann_file, unconverted_ground_truth

KEY = 'some_ann_file'


@pytest.fixture
def hub():
    hub = MessageHub.get_current_instance()
    yield hub
    hub.pop_info(KEY)


@pytest.mark.parametrize('before', [None, 'other.json'])
@pytest.mark.parametrize('own', [None, 'own.json'])
def test_only_the_own_file_is_announced(hub, before, own):
    if before:
        hub.update_info(KEY, before)
    with announced_ann_file({'dataset_name': 'some', 'ann_file': own}):
        assert hub.get_info(KEY) == own
    assert hub.get_info(KEY) == before and (KEY in hub.runtime_info) == bool(before)
    with pytest.raises(OSError), announced_ann_file({'dataset_name': 'some', 'ann_file': own}):
        raise OSError
    assert hub.get_info(KEY) == before


def test_ground_truth_is_put_back():
    annotation = {'id': 1, 'keypoints': [1, 2, 2], 'num_keypoints': 1}
    metric = SimpleNamespace(
        gt_converter={'mapping': []}, coco=SimpleNamespace(anns={1: annotation})
    )
    with pytest.raises(OSError), unconverted_ground_truth(metric):
        annotation.update(keypoints=[0, 0, 0], ignore=False)
        raise OSError
    assert annotation == {'id': 1, 'keypoints': [1, 2, 2], 'num_keypoints': 1}
    assert metric.coco.anns[1] is annotation
    # made from the samples during the evaluation: made anew in the next one
    metric.coco = None
    with unconverted_ground_truth(metric):
        metric.coco = SimpleNamespace(anns={})
    assert metric.coco is None


def test_a_metric_without_converter_keeps_what_it_read():
    metric = SimpleNamespace(gt_converter=None, coco=None)
    with unconverted_ground_truth(metric):
        metric.coco = 'read'
    assert metric.coco == 'read'
    with unconverted_ground_truth(SimpleNamespace()):
        pass
