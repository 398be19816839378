"""What a user of a GPU runs, on one that is pretended: nothing mixes devices, results are equal."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from apis.tiny_faces import make_picture  # noqa: E402
from mmengine.optim import OptimWrapper  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.structures import BaseDataElement  # noqa: E402
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402
from mmpose.registry import METRICS, MODELS  # noqa: E402
from models.data_preprocessors import crop_batches  # noqa: E402
from models.estimators.test_channel_detector import batch as channel_batch  # noqa: E402
from models.estimators.test_channel_detector import detector  # noqa: E402
from models.heads import decoder_batches, hand_batches, union_batches  # noqa: E402
from models.small_training import Labelled, estimator, head_config, labelled  # noqa: E402
from pair_batches import NETWORKS, SOURCE, TARGET, pair_arrays  # noqa: E402
from torch import Tensor  # noqa: E402

from device.on_gpu import PretendedGPU  # noqa: E402
from device.pretended import pretended_gpu  # noqa: E402
from mmlandmark.apis.topdown_crops import CropPipeline  # noqa: E402
from mmlandmark.apis.topdown_predictor import TopdownPredictor  # noqa: E402
from mmlandmark.codecs import device_codec  # noqa: E402
from mmlandmark.geometry import gaussian_blur, simcc_targets  # noqa: E402
from mmlandmark.models.data_preprocessors import packed_preprocessor  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

GPU = 'cuda'
ROOT = Path(__file__).resolve().parents[2]
PACKED = dict(type='PackedPoseDataPreprocessor')
PIXELS = [
    dict(type='BatchColorJitter', brightness=0.3, contrast=0.2, saturation=0.2, hue=0.1),
    dict(type='BatchGaussianBlur', prob=1.0),
    dict(type='BatchCoarseDropout', prob=1.0),
]
FLIPPED = dict(flip_test=True, shift_heatmap=True)
STEPS = ['DeviceHeatmapHead', 'DeviceRTMCCHead', 'msra', 'udp_combined', 'rtmcc', 'decoders']


@pytest.fixture(autouse=True)
def scope() -> Iterator[None]:
    """Names of MMPose; and no constant of a pretended device stays for later tests."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield
    for kept in (
        device_codec._constant,
        gaussian_blur._blur_matrix,
        simcc_targets._gaussian_table,
        simcc_targets._standard_table,
    ):
        kept.cache_clear()


def on_both(run: Callable[[str], Any]) -> tuple[Any, PretendedGPU]:
    """Check that something has the same result on both devices; return it and what happened."""
    expected = run('cpu')
    with pretended_gpu() as gpu:
        found = run(GPU)
    assert_same(expected, found)
    assert not gpu.overwritten()
    return found, gpu


def assert_same(one: Any, two: Any) -> None:
    """Compare tensors, arrays and numbers, nested as they come."""
    if isinstance(one, dict | BaseDataElement):
        assert one.keys() == two.keys()
        one, two = list(one.values()), list(two.values())
    if isinstance(one, list | tuple):
        assert len(one) == len(two)
        for part, other in zip(one, two, strict=True):
            assert_same(part, other)
    elif isinstance(one, Tensor | np.ndarray | float):
        one, two = (getattr(value, 'held', value) for value in (one, two))
        torch.testing.assert_close(
            torch.as_tensor(two), torch.as_tensor(one), rtol=1e-4, atol=1e-4, equal_nan=True
        )


def moved(value: Any, device: str) -> Any:
    """Return tensors on a device, nested as they come."""
    if isinstance(value, Tensor | BaseDataElement):
        return value.to(device)
    if isinstance(value, list | tuple):
        return type(value)(moved(part, device) for part in value)
    return value


def gradients(model: torch.nn.Module) -> dict[str, Tensor]:
    return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


MISTAKES: dict[str, Callable[[Tensor, Tensor], Any]] = {
    'sum': lambda there, here: there + here,
    'written in place': lambda there, here: here.add_(there),
    'joined': lambda there, here: torch.cat((there, here)),
    'gathered': lambda there, here: there.gather(0, here.long()),
    'compared': lambda there, here: torch.where(there > 0, there, here),
    'mask of the other device': lambda there, here: there.masked_fill(here > 0, 0),
    'losses of both': lambda there, here: torch.stack((there.sum(), here.sum())),
    'numpy': lambda there, here: there.numpy(),
    'an array': lambda there, here: np.asarray(there),
}


@pytest.mark.parametrize('mistake', MISTAKES)
def test_what_a_gpu_refuses_is_refused(mistake):
    with pretended_gpu():
        there, here = torch.ones(3, device=GPU), torch.ones(3)
        with pytest.raises((RuntimeError, TypeError), match='same device|to numpy'):
            MISTAKES[mistake](there, here)
        assert (there * torch.tensor(2.0) + 1).sum().cpu() == 9  # a number may come from elsewhere


def test_what_is_waited_for_is_counted():
    with pretended_gpu() as gpu:
        there = torch.arange(3.0).pin_memory().to(GPU, non_blocking=True)
        assert not (there + 1).sum().isnan().to(GPU).is_cpu and not gpu.waits
        assert there[torch.tensor([2])].max() == 2 and len(gpu.waits) == 2
        assert (there.to(dtype=torch.float64, device=GPU) + there).is_cuda and len(gpu.waits) == 2
        assert there.tolist() == [0, 1, 2] and gpu.waits[-1] == 'tolist'
        source = torch.zeros(2).pin_memory()
        source.to(GPU, non_blocking=True)
        source.fill_(1)
        assert gpu.overwritten() == 1


def step_of(kind: str, device: str, **options: Any) -> tuple[list, torch.nn.Module]:
    """Return the losses of two steps of a training, and the model."""
    head = head_config(kind, **options)
    config = estimator(head)
    config['data_preprocessor'] |= PACKED
    torch.manual_seed(0)
    model = MODELS.build(config).to(device)
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
    data = Labelled(**{k: v for k, v in labelled(head, number=1).items() if k != 'type'})
    losses = []
    for _ in range(2):
        for gpu in PretendedGPU.present:
            gpu.waits.clear()
        batch = [data[row] for row in range(len(data))]
        batch = {key: [one[key] for one in batch] for key in batch[0]}
        losses.append(model.train_step(batch, optimizer))
    return losses, model


@pytest.mark.parametrize('kind', STEPS)
def test_training_steps(kind):
    def run(device: str) -> Any:
        losses, model = step_of(kind, device, targets='device')
        return losses, gradients(model)

    assert not on_both(run)[1].waits  # in the second step; the first copies constants


@pytest.mark.parametrize('kind', ['msra', 'decoders'])
def test_training_steps_with_targets_of_the_loader(kind):
    on_both(lambda device: step_of(kind, device)[0])


@pytest.mark.parametrize(
    ('module', 'name', 'mistake'),
    [
        (device_codec, '_constant', lambda values, device: torch.tensor(values)),
        (packed_preprocessor, 'move_samples', lambda samples, device: None),
    ],
    ids=['a constant of the CPU', 'labels left behind'],
)
def test_a_mistake_in_a_training_step_is_found(module, name, mistake, monkeypatch):
    mistake.cache_clear = lambda: None
    monkeypatch.setattr(module, name, mistake)
    step_of('msra', 'cpu', targets='device')
    with pretended_gpu(), pytest.raises(RuntimeError, match='on the same device'):
        step_of('msra', GPU, targets='device')


def test_augmentation_waits_for_nothing():
    def run(device: str) -> Any:
        torch.manual_seed(0)
        model = crop_batches.build(affine=crop_batches.AFFINE, pixels=PIXELS).to(device)
        for gpu_waits in waits:
            gpu_waits.clear()  # mean and standard deviation were moved
        data = model(crop_batches.crop_batch(['coco', 'mpii', 'coco']), True)
        return data['inputs'], [sample.gt_instance_labels for sample in data['data_samples']]

    waits: list[list[str]] = []
    expected = run('cpu')
    with pretended_gpu() as gpu:
        waits.append(gpu.waits)
        assert_same(expected, run(GPU))
    assert not gpu.waits and not gpu.overwritten()


@pytest.mark.parametrize('kind', ['msra', 'udp_combined', 'simcc'])
@pytest.mark.parametrize('decoding', ['codec', 'device'])
def test_predictions_of_unions(kind, decoding):
    batch = union_batches.pose_batch(['coco', 'mpii'], union_batches.HEADS[kind]['decoder'])
    feats = (torch.randn(2, 8, 16, 12, generator=torch.Generator().manual_seed(0)),)
    mode = dict(flip_mode='udp_combined') if kind == 'udp_combined' else {}

    def run(device: str) -> Any:
        head = union_batches.build(kind, decoding=decoding).to(device).eval()
        there = moved(feats, device)
        with torch.no_grad():
            twice = head.predict([there, there], copy.deepcopy(batch), FLIPPED | mode)
            return twice, head.predict(there, copy.deepcopy(batch), dict(output_heatmaps=True))

    on_both(run)


@pytest.mark.parametrize('decoding', ['codec', 'device'])
def test_predictions_of_decoders(decoding):
    feats = tuple(level.detach() for level in decoder_batches.features(3))
    batch = decoder_batches.samples(['coco', 'aic', 'mpii'])

    def run(device: str) -> Any:
        head = decoder_batches.build_head(decoding=decoding).to(device).eval()
        there = moved(feats, device)
        with torch.no_grad():
            return head.predict([there, there], copy.deepcopy(batch), FLIPPED)

    on_both(run)


@pytest.mark.parametrize('kind', hand_batches.HEADS)
def test_heads_of_points_in_space(kind):
    batch = hand_batches.samples(hand_batches.HEADS[kind]['decoder'], *hand_batches.truth())
    feats = hand_batches.feats()

    def run(device: str) -> Any:
        head, there = hand_batches.build(kind).to(device), moved(feats, device)
        losses = head.loss(there, moved(copy.deepcopy(batch), device))
        sum(losses.values()).backward()
        with torch.no_grad():
            return losses, gradients(head), head.eval().predict(there, copy.deepcopy(batch))

    on_both(run)


def test_channels_train_and_are_found():
    def run(device: str) -> Any:
        model = detector('UNet', test_cfg=dict(flip_test=True)).to(device)
        data = model.data_preprocessor(channel_batch(), training=True)
        loss, logged = model.parse_losses(model(**data, mode='loss'))
        loss.backward()
        found = model.eval().test_step(channel_batch())
        return logged, gradients(model), [sample.pred_instances for sample in found]

    on_both(run)


@pytest.mark.parametrize('loss', ['ChannelBCELoss', 'ChannelFocalLoss'])
@pytest.mark.parametrize('sizes', [((64, 96),) * 2, ((61, 47), (40, 90))], ids=['one', 'several'])
def test_a_step_of_channels_waits_for_nothing(sizes, loss):
    with pretended_gpu() as gpu:
        model = detector('UNet')
        model.head.loss_module = MODELS.build(dict(type=loss))
        model = model.to(GPU)
        data = model.data_preprocessor(channel_batch(sizes), training=True)  # MMPose's, which waits
        gpu.waits.clear()
        model.parse_losses(model(**data, mode='loss'))[0].backward()
        assert not gpu.waits and not gpu.overwritten()


@pytest.mark.parametrize('network', ['affine', 'residual'])
def test_converters_train_and_convert(network):
    data = pair_arrays(12, noise=1.0, hidden=0.1)

    def run(device: str) -> Any:
        torch.manual_seed(0)
        options = NETWORKS[network] | (dict(dropout=0.0) if network == 'residual' else {})
        settings = dict(source_schema=SOURCE, target_schema=TARGET)
        head = dict(network=dict(type=network, **options))
        model = MODELS.build(dict(type='LandmarkConverter', head=head, **settings)).to(device)
        points = [
            data[part][key].to(device)
            for part in ('inputs', 'data_samples')
            for key in ('keypoints', 'keypoints_visible')
        ]
        model.head.converter.fit(*points)
        losses = []
        if network != 'affine':
            optimizer = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=0.01))
            losses = [model.train_step(data, optimizer) for _ in range(2)]
        return losses, [sample.pred_instances for sample in model.eval().test_step(data)]

    on_both(run)


@pytest.mark.parametrize('decoding', ['codec', 'device'])
def test_points_of_pictures(decoding):
    """Crops are cut on the CPU, and points come back to it."""
    steps = [
        dict(type='GetBBoxCenterScale'),
        dict(type='TopdownAffine', input_size=union_batches.SIZE),
        dict(type='PackPoseInputs'),
    ]
    schema = get_schema('coco17').to_metainfo()
    crops = CropPipeline(steps, dict(flip_indices=parse_pose_metainfo(schema)['flip_indices']))
    cut = [
        crops(make_picture(), np.array(box), 'a.png', None)
        for box in ([10, 10, 60, 60], [30.5, 5.25, 110, 80])
    ]

    def run(device: str) -> Any:
        torch.manual_seed(0)
        head = head_config('HeatmapHead', decoder=union_batches.CODECS['msra'])
        model = MODELS.build(estimator(head)).to(device).eval()
        found = TopdownPredictor(model, decoding=decoding)(cut, FLIPPED)
        return [list(one[:2]) for one in found]

    on_both(run)


def test_a_metric_takes_points_of_the_device():
    points = torch.rand(5, 1, 17, 2, generator=torch.Generator().manual_seed(0))
    visible = (points[..., 0] > 0.3).float()

    def run(device: str) -> Any:
        metric = METRICS.build(dict(type='LandmarkMPJPE'))
        metric.dataset_meta = get_schema('coco17').to_metainfo()
        for row, mask in zip(points.to(device), visible.to(device), strict=True):
            labels = dict(keypoints=row, keypoints_visible=mask)
            sample = dict(id=1, img_id=1, pred_instances=dict(keypoints=row + 1))
            metric.process(None, [dict(sample, gt_instances=labels)])
        return metric.evaluate(5)

    assert on_both(run)[0]['MPJPE/pixel'] == pytest.approx(2**0.5)


def test_tools_wait_for_the_device_that_they_measure():
    """Without one torch waits for the first GPU, and the seconds of another mean nothing."""
    tools = [path.read_text() for path in (ROOT / 'tools').rglob('*.py')]
    assert sum(text.count('torch.cuda.synchronize(') for text in tools) > 5
    assert not any('torch.cuda.synchronize()' in text for text in tools)
