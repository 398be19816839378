"""What encodes in the loader fits the head, seen before the first step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dataset import Compose  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.engine.schema_check import check_runner  # noqa: E402
from mmlandmark.engine.target_check import check_targets, encoders  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

CODEC = dict(type='UDPHeatmap', input_size=(48, 64), heatmap_size=(12, 16))
LABELS = dict(type='KeypointLabels')


def dataset(*encoders: dict[str, Any]) -> Any:
    init_default_scope('mmpose')
    steps = [dict(type='LoadImage'), *(dict(type='GenerateTarget', encoder=e) for e in encoders)]
    return SimpleNamespace(pipeline=Compose(steps), metainfo={})


def head(kind: str, **options: Any) -> Any:
    options = dict(in_channels=4, out_channels=3, deconv_out_channels=None, decoder=CODEC) | options
    return MODELS.build(dict(type=kind, **options))


def test_a_head_of_mmpose_is_told_by_the_name_of_ours():
    stock = head('HeatmapHead')
    check_targets(dataset(CODEC), stock, 'train_dataloader')
    with pytest.raises(
        LandmarkError, match="^train_dataloader: .*KeypointLabels.*set type='DeviceHeatmapHead'"
    ) as error:
        check_targets(dataset(LABELS), stock, 'train_dataloader')
    assert '\n' not in str(error.value)
    with pytest.raises(LandmarkError, match='no targets; set encoder=codec'):
        check_targets(dataset(LABELS), SimpleNamespace(), 'train_dataloader')


def test_our_heads_are_told_by_their_option():
    ours = head('DeviceHeatmapHead')
    check_targets(dataset(LABELS), ours, 'train_dataloader')
    with pytest.raises(LandmarkError, match="encoder UDPHeatmap.*encoder=dict.type='Keypoint"):
        check_targets(dataset(CODEC), ours, 'train_dataloader')
    pipeline = head('DeviceHeatmapHead', targets='pipeline')
    check_targets(dataset(CODEC), pipeline, 'train_dataloader')
    with pytest.raises(LandmarkError, match="targets='pipeline'; set targets='device'"):
        check_targets(dataset(LABELS), pipeline, 'train_dataloader')


def test_encoders_are_found_wherever_they_are():
    inner = dataset(CODEC)
    several = SimpleNamespace(datasets={'a': dataset(), 'b': SimpleNamespace(dataset=inner)})
    listed = SimpleNamespace(datasets=[several], pipeline=dataset(LABELS).pipeline)
    assert [type(one).__name__ for one in encoders(listed)] == ['UDPHeatmap', 'KeypointLabels']
    assert not list(encoders(dataset()))


def test_a_runner_is_looked_at_before_its_first_step():
    loader = SimpleNamespace(dataset=dataset(LABELS), sampler=None, batch_size=2, drop_last=False)
    runner = SimpleNamespace(
        model=SimpleNamespace(head=head('HeatmapHead')), train_loop=1, train_dataloader=loader
    )
    with pytest.raises(LandmarkError, match='DeviceHeatmapHead'):
        check_runner(runner, ('train',))
