"""Hands of three data sets, one of which is in three dimensions, train one model by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.runner import Runner  # noqa: E402

from .tiny import tiny  # noqa: E402
from .tiny_hands import CONFIGS  # noqa: E402

HANDS = CONFIGS / 'union' / 'td-hm_hrnetv2-w32_8xb32-60e_ouhands+onehand10k+freihand-256x256.py'


def test_a_name_is_one_channel_and_only_labelled_points_are_learnt(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
    (tmp_path / 'mmpose_samples').symlink_to(shared_data / 'mmpose_samples')
    (tmp_path / 'OUHANDS').symlink_to(shared_data / 'ouhands_layout')
    runner = Runner.from_cfg(tiny(HANDS, tmp_path, tmp_path / 'work'))
    data_set, head = runner.build_dataloader(runner.cfg.train_dataloader).dataset, runner.model.head
    assert data_set.dataset_names == ['ouhands', 'onehand10k', 'freihand']
    assert head.union.num_channels == 21
    head.check_datasets(data_set.schemas)
    samples = [data_set[index] for index in range(len(data_set))]
    assert {s['data_samples'].dataset_name for s in samples} == set(data_set.dataset_names)
    # hidden points of OneHand10K have no label, and no gradient
    sparse = next(
        sample
        for sample in samples
        if (sample['data_samples'].gt_instance_labels.keypoint_weights == 0).any()
    )
    weights = sparse['data_samples'].gt_instance_labels.keypoint_weights[0].numpy()
    data = runner.model.data_preprocessor(
        dict(inputs=[sparse['inputs']], data_samples=[sparse['data_samples']]), True
    )
    runner.model.eval()
    losses = runner.model(**data, mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    learnt = head.final_layer.bias.grad.abs().numpy() > 0
    assert np.array_equal(learnt, weights > 0) and 0 < learnt.sum() < 21
