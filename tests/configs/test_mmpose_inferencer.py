"""MMPose's own inferencer on a shipped config and a checkpoint of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import DefaultScope

import mmlandmark  # noqa: F401
from mmlandmark.schemas import get_schema

NAME = 'dogflw/td-hm_hrnetv2-w16s_drawn-64x64.py'


@pytest.fixture(scope='module')
def trained(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint as a training writes it, and a picture."""
    from mmpose.datasets.datasets.utils import parse_pose_metainfo
    from mmpose.registry import MODELS

    folder = tmp_path_factory.mktemp('trained')
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(Config.fromfile(repo / 'configs' / NAME).model)
    meta = parse_pose_metainfo(get_schema('dogflw46').to_metainfo())
    torch.save({'state_dict': model.state_dict(), 'meta': {'dataset_meta': meta}}, folder / 'x.pth')
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8), (160, 120))
    cv2.imwrite(str(folder / 'x.png'), picture)
    return folder / 'x.pth', folder / 'x.png'


@pytest.mark.parametrize('by', ['path', 'package'])
def test_mmpose_inferencer_runs_a_shipped_config(by, repo, trained, tmp_path):
    from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

    weights, picture = map(str, trained)
    path = str(repo / 'configs' / NAME)
    config = path if by == 'path' else get_config(f'mmlandmark::{NAME}')
    inferencer = MMPoseInferencer(
        pose2d=config, pose2d_weights=weights, det_model='whole_image', device='cpu'
    )
    (result,) = inferencer(picture, out_dir=str(tmp_path))
    ((dog,),) = result['predictions']
    assert cv2.imread(str(tmp_path / 'visualizations' / 'x.png')).shape == (120, 160, 3)
    (sample,) = inference_topdown(init_model(path, weights, device='cpu'), picture)
    expected = sample.pred_instances.keypoints[0]
    assert expected.shape == (46, 2)
    np.testing.assert_allclose(dog['keypoints'], expected, atol=1e-4)
