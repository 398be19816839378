"""Options of a training that make it quicker: the result is that of the plain run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.optim import OptimWrapper  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import Tensor  # noqa: E402

from models.heads.union_batches import pose_batch  # noqa: E402
from models.small_training import (  # noqa: E402
    LABELS,
    estimator,
    head_config,
    history,
    labelled,
    start,
    train,
)

KIND = 'msra'
Outcome = tuple[list[float], dict[str, Tensor]]


def outcome(folder: Path, options: dict[str, Any], kind: str = KIND) -> Outcome:
    head = head_config(kind, targets='device')
    return train(folder, estimator(head), labelled(head), options)


@pytest.fixture(scope='module')
def plain(tmp_path_factory) -> Outcome:
    return outcome(tmp_path_factory.mktemp('plain'), {})


def assert_same(one: Outcome, two: Outcome, tolerance: float) -> None:
    assert one[0] == pytest.approx(two[0], rel=tolerance, abs=tolerance)
    assert one[1].keys() == two[1].keys()
    for name, value in one[1].items():
        torch.testing.assert_close(two[1][name], value, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ('options', 'tolerance'),
    [
        ({'model.data_preprocessor.type': 'PackedPoseDataPreprocessor'}, 0),
        ({'default_hooks.runtime_info.type': 'DeferredRuntimeInfoHook'}, 0),
        ({'model.data_preprocessor.non_blocking': True, 'train_dataloader.pin_memory': True}, 0),
        ({'default_hooks.channels_last.type': 'ChannelsLastHook'}, 1e-5),
        ({'optim_wrapper.optimizer.fused': True}, 1e-5),
    ],
    ids=['packed', 'deferred', 'pinned', 'channels_last', 'fused'],
)
def test_the_result_is_that_of_the_plain_run(options, tolerance, plain, tmp_path):
    assert_same(plain, outcome(tmp_path, options), tolerance)


def test_weights_have_their_channels_last(tmp_path):
    head = head_config(KIND, targets='device')
    option = {'default_hooks.channels_last.type': 'ChannelsLastHook'}
    runner = start(tmp_path, estimator(head), labelled(head), option)
    weight = runner.model.backbone.layers[0].weight
    assert not weight.is_contiguous(memory_format=torch.channels_last)
    outputs = []
    runner.model.head.final_layer.register_forward_hook(lambda *call: outputs.append(call[-1]))
    runner.train()
    for value in (weight, *outputs):
        assert value.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize('kind', ['rtmcc', 'decoders'])
def test_the_network_compiles_in_whole_graphs(kind, tmp_path):
    """With ``fullgraph`` a break would be an error; ``eager`` spares the code generator."""
    option = dict(type='CompileHook', backend='eager', fullgraph=True)
    torch._dynamo.reset()
    before = outcome(tmp_path / 'plain', {}, kind)
    torch._dynamo.utils.counters.clear()
    after = outcome(tmp_path / 'compiled', {'default_hooks.compile': option}, kind)
    assert torch._dynamo.utils.counters['stats']['unique_graphs'] >= 2  # backbone and head
    assert not torch._dynamo.utils.counters['graph_break']
    assert_same(before, after, 1e-5)


def test_bfloat16_follows_single_precision(plain, tmp_path):
    from mmlandmark.compat.amp import register_cpu_wrapper

    register_cpu_wrapper()  # what tools/train.py takes for AmpOptimWrapper without a GPU
    found = outcome(tmp_path, {'optim_wrapper.type': 'Bf16OptimWrapper'})
    assert found[0] != plain[0]
    assert_same(plain, found, 0.02)


def test_the_accuracy_is_computed_where_it_is_logged(plain, tmp_path):
    """Of six iterations the fourth; by resume the count goes on."""
    head = head_config(KIND, targets='device')
    options = {
        'model.head.accuracy_interval': 4,
        'train_cfg': dict(by_epoch=False, max_iters=6, _delete_=True),
        'default_hooks.checkpoint': dict(type='CheckpointHook', by_epoch=False, interval=3),
        'default_hooks.logger.interval': 4,
    }
    options['log_processor'] = dict(by_epoch=False)
    runner = start(tmp_path, estimator(head), labelled(head), options)
    runner.train()
    assert len(history(runner, 'loss')) == 6 and len(history(runner, 'acc_pose/coco')) == 1
    lines = [line for file in tmp_path.rglob('vis_data/scalars.json') for line in file.open()]
    assert sum('acc_pose/coco' in line for line in lines) == 1

    options |= {'resume': True, 'load_from': str(tmp_path / 'iter_3.pth')}
    again = start(tmp_path / 'again', estimator(head), labelled(head), options)
    again.train()
    assert history(again, 'acc_pose/coco') == history(runner, 'acc_pose/coco')
    every = options | {'model.head.accuracy_interval': 1, 'resume': False, 'load_from': None}
    whole = start(tmp_path / 'every', estimator(head), labelled(head), every)
    whole.train()
    assert len(history(whole, 'acc_pose/coco')) == 6
    assert history(whole, 'acc_pose/coco')[3:4] == history(runner, 'acc_pose/coco')


@pytest.mark.parametrize('kind', ['DeviceHeatmapHead', 'msra'])
def test_accumulated_gradients_weigh_batches_not_points(kind):
    """Half a batch counts as half, whatever is labelled in it."""
    features = torch.randn(6, 8, 16, 12, generator=torch.Generator().manual_seed(0))
    few = {i: range(2) for i in range(3)}
    batch = pose_batch(['coco'] * 6, LABELS, few)
    halves = [((features[part],), batch[part]) for part in (slice(3), slice(3, 6))]
    found = stepped(kind, halves)
    if kind == 'DeviceHeatmapHead':  # as in MMPose, a mean over all points, labelled or not
        expected = stepped(kind, [((features,), batch)])
    else:  # a mean over labelled points: 6 of the first half weigh what 51 of the second do
        (start,), ends = stepped(kind, []), [stepped(kind, [half])[0] for half in halves]
        expected = [start + sum(end - start for end in ends) / 2]
        whole = stepped(kind, [((features,), batch)])[0] - start
        by_points = (6 * (ends[0] - start) + 51 * (ends[1] - start)) / 57
        torch.testing.assert_close(whole, by_points)
        assert not torch.allclose(whole, found[0] - start)
    torch.testing.assert_close(found, expected)


def stepped(kind: str, batches: list) -> list[Tensor]:
    """Return the weight of a head after one step of gradients that are accumulated."""
    torch.manual_seed(0)
    head = MODELS.build(head_config(kind, targets='device'))
    optimizer = torch.optim.SGD(head.parameters(), lr=1.0)
    wrapper = OptimWrapper(optimizer, accumulative_counts=max(len(batches), 1))
    wrapper.initialize_count_status(head, 0, len(batches))
    for features, samples in batches:
        losses = head.loss(features, samples)
        wrapper.update_params(sum(v for key, v in losses.items() if 'loss' in key))
    return [head.final_layer.weight.detach().clone()]
