"""When a head computes its accuracy."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.logging import MessageHub  # noqa: E402
from processes import run_two  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.accuracy_interval import accuracy_is_due  # noqa: E402
from models.heads.decoder_batches import build_head, features  # noqa: E402
from models.heads.interval_processes import work  # noqa: E402
from models.heads.union_batches import CODECS, build, pose_batch  # noqa: E402


@pytest.fixture()
def hub() -> MessageHub:
    """The counts of a runner, as its RuntimeInfoHook writes them."""
    return MessageHub.get_instance('test_accuracy_interval')


def test_the_count_of_the_runner_decides(hub):
    due = []
    for number in range(7):
        hub.update_info('iter', number)
        due.append(accuracy_is_due(3, {}))
    assert due == [False, False, True, False, False, True, False]
    hub.update_info('iter', 0)
    assert accuracy_is_due(1, None) and not accuracy_is_due(1, dict(compute_acc=False))
    hub.pop_info('iter')
    assert accuracy_is_due(3, {})


@pytest.mark.parametrize('targets', ['pipeline', 'device'])
def test_heads_leave_the_accuracy_out(targets, hub):
    codec = dict(type='KeypointLabels') if targets == 'device' else CODECS['msra']
    options = dict(accuracy_interval=2, targets=targets)
    heads = (build('msra', **options), build_head('msra', **options))
    inputs = ((features(2)[0].repeat(1, 2, 1, 1),), features(2))
    for number in (0, 1):
        hub.update_info('iter', number)
        for head, feats in zip(heads, inputs, strict=True):
            losses = head.loss(feats, pose_batch(['coco', 'mpii'], codec))
            assert ('acc_pose/coco' in losses) == (number == 1)
            assert 'loss_kpt/coco' in losses


@pytest.mark.parametrize('value', [0, -3, 2.0, True, 'often'])
def test_other_intervals_are_refused(value):
    with pytest.raises(LandmarkError, match='accuracy_interval is .*at least 1'):
        build('msra', accuracy_interval=value)
    with pytest.raises(LandmarkError, match='MultiDecoderHead: accuracy_interval is'):
        build_head(accuracy_interval=value)


def test_two_processes_that_accumulate_compute_it_in_the_same_iterations(tmp_path: Path):
    """Of four iterations of two steps the second and the fourth; each of its own samples."""
    run_two(work, tmp_path)
    ranks = [torch.load(tmp_path / f'{rank}.pt', weights_only=True) for rank in range(2)]
    for every, second in ranks:
        assert second['loss'] == every['loss'] and len(every['loss']) == 4
        for key in ('acc_pose/coco', 'acc_pose/mpii'):
            assert second[key] == every[key][1::2] and len(every[key]) == 4
    assert ranks[0][0]['loss'] != ranks[1][0]['loss']
