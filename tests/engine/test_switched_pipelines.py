"""Pipelines of later epochs, as RTMPose has them, are looked at before the first step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmdet.engine.hooks import PipelineSwitchHook  # noqa: E402
from mmengine.dataset import Compose  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.models import PoseDataPreprocessor  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.engine.schema_check import check_runner  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

CODEC = dict(type='SimCCLabel', input_size=(64, 64), sigma=3.0, simcc_split_ratio=2.0)
LABELS = dict(type='KeypointLabels')


def steps(encoder: dict[str, Any], *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(type='LoadImage'), *more, dict(type='GenerateTarget', encoder=encoder)]


def runner(switch_epoch: int, later: list[dict[str, Any]], max_epochs: int = 3) -> Any:
    init_default_scope('mmpose')
    sizes = dict(input_size=(64, 64), in_featuremap_size=(2, 2), simcc_split_ratio=2.0)
    head = dict(type='DeviceSimCCHead', in_channels=4, out_channels=3, decoder=CODEC, **sizes)
    dataset = SimpleNamespace(pipeline=Compose(steps(LABELS)), metainfo={})
    return SimpleNamespace(
        model=SimpleNamespace(head=MODELS.build(head), data_preprocessor=PoseDataPreprocessor()),
        train_loop=SimpleNamespace(max_epochs=max_epochs),
        train_dataloader=SimpleNamespace(
            dataset=dataset, sampler=None, batch_size=2, drop_last=False
        ),
        hooks=[PipelineSwitchHook(switch_epoch, later)],
    )


def test_an_encoder_that_comes_later_is_told_at_once():
    check_runner(runner(2, steps(LABELS)), ('train',))
    with pytest.raises(
        LandmarkError, match='^PipelineSwitchHook, from epoch 3 on: .*SimCCLabel.*KeypointLabels'
    ) as error:
        check_runner(runner(2, steps(CODEC)), ('train',))
    assert '\n' not in str(error.value)


def test_one_that_never_comes_does_not_matter():
    check_runner(runner(3, steps(CODEC)), ('train',))


def test_crops_that_come_later_are_told_too():
    crop = dict(type='CropWithMargin', input_size=(64, 64), affine=dict(rotate_factor=40))
    with pytest.raises(LandmarkError, match='^PipelineSwitchHook, from epoch 2 on: CropWithMargin'):
        check_runner(runner(1, steps(LABELS, crop)), ('train',))
