"""A pipeline that takes the place of the data sets' own in a later epoch, as in RTMPose."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from coco_files import CROSS, SQUARE  # noqa: E402
from mmdet.engine.hooks import PipelineSwitchHook  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402

from datasets.picture_sets import PIPELINE, two_sets  # noqa: E402
from mmlandmark.annotations.pseudo_labels import PseudoLabels, write_pseudo_labels  # noqa: E402
from mmlandmark.datasets import MultiKeypointDataset  # noqa: E402
from mmlandmark.schemas import SchemaUnion  # noqa: E402

UNION = SchemaUnion.build(SQUARE, CROSS, name='toy')
STILL = [step for step in PIPELINE if not step['type'].startswith(('Random', 'Photo'))]


@pytest.fixture
def replay(tmp_path: Path) -> dict[str, dict]:
    names = UNION.schema.keypoints
    points = np.random.default_rng(5).uniform([12, 12], [52, 36], (3, len(names), 2))
    labels = PseudoLabels(np.array([101, 102, 103]), points, np.full((3, len(names)), 0.9))
    write_pseudo_labels(tmp_path / 'labels.json', UNION.name, names, {'cross': labels})
    return {'cross': dict(file=str(tmp_path / 'labels.json'), union=UNION.to_json())}


@pytest.mark.parametrize('lazy_init', [False, True])
def test_every_member_takes_it_and_keeps_its_pseudo_labels(tmp_path, replay, lazy_init):
    init_default_scope('mmpose')
    sets = two_sets(tmp_path, 3, 4)
    switched = MultiKeypointDataset(sets, replay=replay, lazy_init=lazy_init)
    loader = SimpleNamespace(dataset=switched)
    logger = SimpleNamespace(info=lambda text: None)
    runner = SimpleNamespace(epoch=2, train_dataloader=loader, logger=logger)
    PipelineSwitchHook(2, STILL).before_train_epoch(runner)
    still = {name: config | dict(pipeline=STILL) for name, config in sets.items()}
    expected = MultiKeypointDataset(still, replay=replay)
    for one, other in zip(switched, expected, strict=True):
        assert torch.equal(one['inputs'], other['inputs'])
        ours, theirs = one['data_samples'], other['data_samples']
        assert ours.dataset_name == theirs.dataset_name
        for field in ('keypoint_weights', 'keypoints_visible'):
            if field in theirs.gt_instance_labels:
                found = ours.gt_instance_labels[field]
                assert torch.equal(found, theirs.gt_instance_labels[field])
    assert len(expected) == 7 and 'label_schema' in expected[3]['data_samples']
