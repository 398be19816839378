"""A training that augments on the device: what stops and goes on ends where one run ends."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

from models.data_preprocessors.crop_batches import AFFINE, NORMAL, raw_sample  # noqa: E402

SIZE = (64, 64)
CODEC = dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=(16, 16), sigma=1.5)


def write_people(folder: Path, count: int = 6) -> None:
    """Write pictures and an annotation file of COCO."""
    images, annotations = [], []
    for number in range(count):
        sample = raw_sample(number, 'coco')
        cv2.imwrite(str(folder / f'{number}.png'), sample['img'])
        images.append(dict(id=number, file_name=f'{number}.png', width=140, height=120))
        x1, y1, x2, y2 = map(float, sample['bbox'][0])
        points = [
            value
            for (x, y), seen in zip(
                sample['keypoints'][0], sample['keypoints_visible'][0], strict=True
            )
            for value in (float(x), float(y), 2 * int(seen))
        ]
        box = [x1, y1, x2 - x1, y2 - y1]
        annotations.append(
            dict(id=number, image_id=number, category_id=1, bbox=box, keypoints=points)
            | dict(num_keypoints=17, area=box[2] * box[3], iscrowd=0)
        )
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    (folder / 'people.json').write_text(json.dumps(content))


def config(data: Path, work_dir: Path, epochs: int, workers: int) -> Config:
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='CropWithMargin', input_size=SIZE, use_udp=True, affine=AFFINE),
        dict(type='GenerateTarget', encoder=dict(type='KeypointLabels')),
        dict(type='PackPoseInputs'),
    ]
    dataset = dict(
        type='CocoDataset',
        data_root=str(data),
        ann_file='people.json',
        data_prefix=dict(img=''),
        pipeline=pipeline,
    )
    pixels = [
        dict(type='BatchColorJitter', brightness=0.3, hue=0.1),
        dict(type='BatchGaussianBlur'),
    ]
    return Config(
        dict(
            default_scope='mmpose',
            work_dir=str(work_dir),
            experiment_name=work_dir.name,
            model=dict(
                type='TopdownPoseEstimator',
                data_preprocessor=dict(
                    type='AugmentingPoseDataPreprocessor', **NORMAL, affine=AFFINE, pixels=pixels
                ),
                backbone=dict(type='MobileNetV2', widen_factor=0.1, out_indices=(7,)),
                head=dict(
                    type='DeviceHeatmapHead',
                    in_channels=1280,
                    out_channels=17,
                    deconv_out_channels=(4, 4, 4),
                    loss=dict(type='KeypointMSELoss', use_target_weight=True),
                    decoder=CODEC,
                ),
            ),
            train_dataloader=dict(
                batch_size=3,
                num_workers=workers,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=dataset,
            ),
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
            randomness=dict(seed=7),
            resume=work_dir.name == 'parted' and epochs > 1,
            log_level='ERROR',
        )
    )


def trained(data: Path, work_dir: Path, epochs: int, workers: int = 0) -> dict[str, torch.Tensor]:
    runner = Runner.from_cfg(config(data, work_dir, epochs, workers))
    runner.train()
    return runner.model.state_dict()


def test_a_training_that_stops_and_goes_on_ends_as_one_that_does_not(tmp_path: Path):
    write_people(tmp_path)
    whole = trained(tmp_path, tmp_path / 'whole', 2)
    first = trained(tmp_path, tmp_path / 'parted', 1)
    parted = trained(tmp_path, tmp_path / 'parted', 2, workers=1)  # which changes nothing either
    assert any(not torch.equal(first[name], value) for name, value in whole.items())
    for name, value in whole.items():
        assert torch.equal(parted[name], value), name
