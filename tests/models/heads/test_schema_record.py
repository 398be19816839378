"""What a head was trained for is in its checkpoint, and another head refuses it."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.hooks import EMAHook  # noqa: E402
from mmengine.model import ExponentialMovingAverage  # noqa: E402
from mmengine.runner.checkpoint import load_state_dict  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.union_batches import DATASETS, build  # noqa: E402


def test_a_checkpoint_of_another_union_says_what_differs():
    merged = dict(members=['coco17', 'mpii16'], name='union21')
    kept = merged | dict(merge='none')
    state = build('udp', union=kept).state_dict()
    head = build('udp')
    for load in (head.load_state_dict, lambda s: load_state_dict(head, s)):
        with pytest.raises(LandmarkError, match='does not fit .*union21.* mpii16_left_hip'):
            load(state)
    reverse = build('udp', union='union33').state_dict()
    with pytest.raises(LandmarkError, match="'union33-reversed'.*channel"):
        build('udp', union='union33-reversed').load_state_dict(reverse)
    with pytest.raises(LandmarkError, match='aic14'):
        three = build('udp', union='union23', datasets=dict(aic='aic14'))
        head.load_state_dict(three.state_dict(), strict=False)


def test_a_checkpoint_of_a_head_with_decoders_is_named():
    decoder = dict(type='HeatmapHead', in_channels=8, deconv_out_channels=None)
    head = dict(type='MultiDecoderHead', datasets=DATASETS, decoder_head=decoder)
    message = "does not fit the union 'union21': it is of no union head but has decoders for coco"
    with pytest.raises(LandmarkError, match=message):
        build('udp').load_state_dict(MODELS.build(head).state_dict())


def test_a_checkpoint_of_the_same_channels_is_taken_whole():
    head, other = build('rtmcc', datasets=dict(train='coco17')), build('rtmcc')
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(1)
    head.load_state_dict(other.state_dict())
    assert torch.equal(head.cls_x.weight, other.cls_x.weight)


@pytest.mark.parametrize('processes', [2, 64])
def test_a_record_survives_the_mean_over_processes(processes):
    """As SyncBuffersHook takes it of all buffers: a sum of their own type, then a division."""
    head, other = build('udp'), build('udp')
    packed = other.schema_record.packed
    total = torch.zeros_like(packed)
    for _ in range(processes):
        total += packed
    packed.copy_(torch.true_divide(total, processes))
    assert torch.equal(packed, head.schema_record.packed)
    head.load_state_dict(other.state_dict())


def test_a_record_of_bytes_as_older_checkpoints_have_it_is_read():
    state = build('udp').state_dict()
    state['schema_record.packed'] = state['schema_record.packed'].to(torch.uint8)
    build('udp').load_state_dict(state)
    with pytest.raises(LandmarkError, match='does not fit'):
        build('udp', union='union33').load_state_dict(state)


def test_a_checkpoint_without_a_record_is_taken_as_it_is():
    head = build('udp')
    plain = {k: v + 1 for k, v in head.state_dict().items() if 'record' not in k}
    head.load_state_dict(plain)
    assert torch.equal(head.final_layer.bias, plain['final_layer.bias'])
    head.load_state_dict({}, strict=False)


def test_a_damaged_record_is_an_error():
    state = build('udp').state_dict()
    state['schema_record.packed'] = state['schema_record.packed'][:-9]
    with pytest.raises(LandmarkError, match='schema_record.* holds no record'):
        build('udp').load_state_dict(state)


def test_the_record_survives_an_average_of_weights_copies_and_pickling():
    head = build('udp')
    average = ExponentialMovingAverage(head, momentum=0.5, update_buffers=True)
    for _ in range(3):
        with torch.no_grad():
            head.final_layer.weight.add_(1)
        average.update_parameters(head)
    state = average.module.state_dict()
    assert torch.equal(state['schema_record.packed'], head.schema_record.packed)
    build('udp').load_state_dict(state)
    average.load_state_dict(average.state_dict())
    for copied in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        copied.load_state_dict(head.state_dict())
        with pytest.raises(LandmarkError, match='does not fit'):
            copied.load_state_dict(build('udp', union='union33').state_dict())


def test_the_hook_that_averages_weights_swaps_them_for_a_checkpoint():
    class Runner:
        model, iter, epoch, _resume = build('udp'), 0, 0, True

    hook = EMAHook(update_buffers=True)
    hook.before_run(Runner)
    for step in range(3):
        with torch.no_grad():
            Runner.model.final_layer.weight.add_(1)
        Runner.iter = step
        hook.after_train_iter(Runner, step)
    checkpoint = dict(state_dict=Runner.model.state_dict())
    hook.before_save_checkpoint(Runner, checkpoint)
    build('udp').load_state_dict(checkpoint['state_dict'])
    hook.after_load_checkpoint(Runner, checkpoint)
