"""What docs/channel-keypoints.md shows of models is true."""

from __future__ import annotations

import re

import pytest
import torch
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.geometry.channel_targets import CUT  # noqa: E402
from mmlandmark.models.heads import ChannelHeatmapHead  # noqa: E402
from mmlandmark.models.losses import ChannelMapLoss  # noqa: E402
from models.heads.channel_batches import channel_sample  # noqa: E402

PAGE = Page('docs/channel-keypoints.md', 'Models')


def test_the_model_shown_trains_and_predicts() -> None:
    found = PAGE.one('python').run()
    model = MODELS.build(found['model'])
    samples = [channel_sample((61, 47), [[5.0, 6.0]], [1])]
    batch = dict(inputs=[torch.zeros(3, 61, 47, dtype=torch.uint8)], data_samples=samples)
    data = model.data_preprocessor(batch, training=True)
    assert set(model(**data, mode='loss')) == {'loss', 'excess/corner', 'excess/flap'}
    assert 'points' in model.eval().test_step(batch)[0].pred_instances
    assert model.head.sigma == (2.0, 1.5)


def test_options_losses_and_figures_are_those_of_the_code() -> None:
    section = PAGE.text
    options = ChannelHeatmapHead.__init__.__annotations__
    tables = section.split('| --- |')
    for name in re.findall(r'^\| `(\w+)` \|', tables[1], re.M):
        assert name in options
    losses = re.findall(r'^\| `(\w+)` \|', section.split('| loss |')[1], re.M)
    assert len(losses) == 3
    for name in losses:
        loss = MODELS.get(name)
        assert issubclass(loss, ChannelMapLoss)
        row = re.search(rf'^\| `{name}` \| ([^|]+)\| ([^|]+)\|', section, re.M)
        assert row[1].startswith('sigmoid') == loss.sigmoid and row[2].startswith(loss.per)
    assert f'{CUT:f}' in section
