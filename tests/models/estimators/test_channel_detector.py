"""The whole detector: backbones of MMPose and of ours, pictures of several sizes in a batch."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.channel_batches import CHANNELS, channel_sample  # noqa: E402

SIZES = ((61, 47), (40, 90), (33, 64))
HRNET = dict(
    type='HRNet',
    extra={
        f'stage{stage}': dict(
            num_modules=1,
            num_branches=branches,
            block='BOTTLENECK' if stage == 1 else 'BASIC',
            num_blocks=(1,) * branches,
            num_channels=tuple(4 * 2**i for i in range(branches)),
        )
        for stage, branches in ((1, 1), (2, 2), (3, 3), (4, 4))
    },
)
BACKBONES = {
    'HRNet': dict(backbone=HRNET, head=dict(in_channels=4, resolution=0.5)),
    'ResNet': dict(
        backbone=dict(type='ResNet', depth=18, base_channels=4, out_indices=(0, 1, 3)),
        head=dict(in_channels=32, deconv_channels=(8, 8), resolution=0.25),
    ),
    'ResNet, a finer map': dict(
        backbone=dict(type='ResNet', depth=18, base_channels=4, out_indices=(0, 1, 3)),
        head=dict(in_channels=4, in_index=0, resolution=0.125),
    ),
    'ResNet and a neck': dict(
        backbone=dict(type='ResNet', depth=18, base_channels=4, out_indices=(1, 3)),
        neck=dict(type='FeatureMapProcessor', concat=True),
        head=dict(in_channels=8 + 32),
    ),
    'MobileNetV2': dict(
        backbone=dict(type='MobileNetV2', widen_factor=0.1, out_indices=(2,)),
        head=dict(in_channels=8),
    ),
    'UNet': dict(backbone=dict(type='UNet', widths=(4, 8)), head=dict(in_channels=4)),
}


def detector(name: str, divisor: int = 32, **options: object) -> torch.nn.Module:
    torch.manual_seed(0)
    settings = dict(BACKBONES[name], **options)
    settings['head'] = dict(type='ChannelHeatmapHead', channels=CHANNELS) | settings['head']
    preprocessor = dict(
        type='PoseDataPreprocessor', mean=[128] * 3, std=[64] * 3, pad_size_divisor=divisor
    )
    return MODELS.build(
        dict(type='ChannelKeypointDetector', data_preprocessor=preprocessor) | settings
    )


def batch(sizes=SIZES) -> dict:
    """Grey pictures with a white spot of 5 pixels at each corner, as a loader gives them."""
    rng = torch.Generator().manual_seed(0)
    inputs, samples = [], []
    for index, (height, width) in enumerate(sizes):
        points = torch.rand(index + 1, 2, generator=rng) * torch.tensor([width - 8, height - 8]) + 4
        picture = torch.full((3, height, width), 100, dtype=torch.uint8)
        for x, y in points.int().tolist():
            picture[:, y - 2 : y + 3, x - 2 : x + 3] = 255
        inputs.append(picture)
        samples.append(channel_sample((height, width), points.tolist(), [0] * (index + 1)))
        samples[-1].pop('batch_input_shape')  # which the detector notes
    return dict(inputs=inputs, data_samples=samples)


@pytest.mark.parametrize('name', list(BACKBONES))
def test_backbones_train_and_find_points_in_pictures_of_several_sizes(name):
    model = detector(name)
    data = model.data_preprocessor(batch(), training=True)
    assert data['inputs'].shape == (3, 3, 64, 96)
    loss, logged = model.parse_losses(model(**data, mode='loss'))
    assert sorted(logged) == ['excess/corner', 'excess/flap', 'loss'] and loss.isfinite()
    torch.testing.assert_close(logged['loss'], loss)
    loss.backward()
    # through all of the model, to its first layer
    assert next(model.backbone.parameters()).grad.any()
    model.eval()
    model.test_cfg = dict(flip_test=True, peaks=dict(threshold=0.0), output_heatmaps=True)
    found = model.test_step(batch())
    for sample, (height, width) in zip(found, SIZES, strict=True):
        points = torch.from_numpy(sample.pred_instances.points)
        assert (points >= 0).all() and (points <= torch.tensor([width, height])).all()
        stride = model.head.stride
        assert sample.pred_fields.heatmaps.shape == (2, -(-height // stride), -(-width // stride))
    shape = (64 // stride, 96 // stride)
    assert model(data['inputs'], None, mode='tensor').shape == (3, 2, *shape)


def test_pictures_are_not_padded_where_the_backbone_does_it():
    model = detector('UNet', divisor=1)
    data = model.data_preprocessor(batch(SIZES[:1]), training=True)
    assert data['inputs'].shape[-2:] == SIZES[0]
    assert model(**data, mode='loss')['loss'].isfinite()
    half = dict(type='UNet', widths=(4, 8), out_stride=2)
    model = detector('UNet', divisor=1, backbone=half, head=dict(in_channels=8))
    assert model(data['inputs'], None, mode='tensor').shape[-2:] == SIZES[0]


def test_spots_are_learnt_and_found():
    small = ((33, 47), (40, 30))
    model = detector('UNet', divisor=1)
    data = model.data_preprocessor(batch(small), training=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    first = None
    for _ in range(60):
        loss, logged = model.parse_losses(model(**data, mode='loss'))
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < first / 5
    model.eval()
    for sample in model.test_step(batch(small)):
        labels, found = sample.gt_instances, sample.pred_instances
        assert not found.channels.any()
        far = torch.cdist(labels.points, torch.from_numpy(found.points)).amin(1)
        assert len(found.points) == len(labels.points) and far.max() < 1.5


def test_another_head_is_refused():
    head = dict(type='HeatmapHead', in_channels=4, out_channels=2)
    with pytest.raises(LandmarkError, match='the head is HeatmapHead; expected ChannelHeatmapHead'):
        MODELS.build(dict(type='ChannelKeypointDetector', **BACKBONES['UNet'] | dict(head=head)))
