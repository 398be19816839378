"""What MMPose's inference is told of a model: where its pipeline is and what it predicts."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from apis.tiny_faces import CODEC, landmark_config, make_picture
from json_tricks import dumps
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmlandmark.apis import TopdownInferencer
from mmlandmark.compat.inference import built_metainfo, predicted_metainfo, set_pipeline
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

HEATMAP = dict(in_channels=4, deconv_out_channels=None, loss=dict(type='KeypointMSELoss'))
NAMES = dict(dogs='dogflw46', people='face68')
HEADS = {
    'union': dict(
        type='UnionHeatmapHead',
        union=dict(name='faces', members=list(NAMES.values())),
        datasets=NAMES,
        decoder=CODEC,
        **HEATMAP,
    ),
    'decoders': dict(
        type='MultiDecoderHead',
        datasets=NAMES,
        decoder_head=dict(type='HeatmapHead', decoder=CODEC, **HEATMAP),
    ),
}
POINTS = 46 + 68


def several(head: str) -> Config:
    """Return the config of a small model for two data sets, each with its pipeline."""
    cfg = landmark_config()
    one = cfg.test_dataloader.dataset
    sets = {
        name: {**deepcopy(one), 'schema': schema, 'dataset_name': name}
        for name, schema in NAMES.items()
    }
    cfg.model.backbone.init_cfg = None
    cfg.model.head = Config(dict(head=HEADS[head])).head
    cfg.test_dataloader.dataset = dict(type='MultiKeypointDataset', datasets=sets)
    cfg.merge_from_dict(
        dict(
            data_mode='topdown',
            dataset_type='CocoKeypointDataset',
            visualizer=dict(type='LandmarkVisualizer', name=f'test_inference_{head}'),
        )
    )
    return cfg


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Return the checkpoint of a kind of model: as a training writes it, or bare."""
    from mmpose.registry import DATASETS, MODELS

    folder, made = tmp_path_factory.mktemp('weights'), {}
    with DefaultScope.overwrite_default_scope('mmpose'):
        for head in HEADS:
            cfg = several(head)
            torch.manual_seed(0)
            model = MODELS.build(cfg.model)
            for parameter in model.head.parameters():
                torch.nn.init.normal_(parameter, std=0.3)
            sets = DATASETS.build({**cfg.test_dataloader.dataset, 'lazy_init': True})
            state = dict(state_dict=model.state_dict())
            torch.save({**state, 'meta': dict(dataset_meta=sets.metainfo)}, folder / f'{head}.pth')
            torch.save(state, folder / f'{head}_bare.pth')
            made[head, 'trained'], made[head, 'bare'] = (
                str(folder / f'{head}{end}.pth') for end in ('', '_bare')
            )
            made[head, 'none'] = None
    return made


@pytest.mark.parametrize('kind', ['trained', 'bare', 'none'])
@pytest.mark.parametrize('head', list(HEADS))
def test_mmpose_inferencer_predicts_the_points_of_all_data_sets(head, kind, weights, tmp_path):
    from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

    cfg, checkpoint, picture = several(head), weights[head, kind], make_picture()
    inferencer = MMPoseInferencer(
        pose2d=cfg, pose2d_weights=checkpoint, det_model='whole_image', device='cpu'
    )
    meta = inferencer.inferencer.model.dataset_meta
    assert (meta['dataset_name'], meta['num_keypoints']) == ('dogs+people', POINTS)
    assert len(meta['keypoint_id2name']) == POINTS
    dumps(meta)  # as the demo scripts write it
    (result,) = inferencer(picture, return_vis=True, kpt_thr=0.0)
    ((found,),) = result['predictions']
    assert np.isfinite(found['keypoints']).all() and len(found['keypoints']) == POINTS
    assert (result['visualization'][0] != picture[..., ::-1]).any()
    if checkpoint is None:
        return  # the weights differ by chance
    model = init_model(several(head), checkpoint, device='cpu')
    assert model.dataset_meta['keypoint_id2name'] == meta['keypoint_id2name']
    (sample,) = inference_topdown(model, picture)
    np.testing.assert_allclose(found['keypoints'], sample.pred_instances.keypoints[0], atol=1e-4)
    box = [0, 0, picture.shape[1], picture.shape[0]]
    ((ours,),) = (one.landmarks for one in TopdownInferencer.from_model(model)(picture, [box]))
    np.testing.assert_allclose(ours.points, sample.pred_instances.keypoints[0], atol=1e-3)
    if kind == 'trained':  # a data set's own points are among them
        model.dataset_meta = meta['datasets']['people']
        (own,) = inference_topdown(model, picture)
        places = [meta['keypoint_name2id'][name] for name in get_schema('face68').keypoints]
        np.testing.assert_allclose(
            np.array(found['keypoints'])[places], own.pred_instances.keypoints[0], atol=1e-4
        )


def test_a_told_target_goes_before_the_union(weights):
    from mmpose.apis import init_model

    cfg = several('union')
    cfg.model.test_cfg.target_schema = 'face68'
    model = init_model(cfg, weights['union', 'trained'], device='cpu')
    names = list(model.dataset_meta['keypoint_id2name'].values())
    assert names == list(get_schema('face68').keypoints)


def test_a_config_without_data_sets_is_told_in_one_line():
    assert built_metainfo(Config(dict(model={}))) is None
    with pytest.raises(LandmarkError, match=r'neither the checkpoint .* tells the keypoints'):
        predicted_metainfo(torch.nn.Module(), None)
    cfg = Config(dict(train_dataloader=dict(dataset=dict(type='NoSuchDataset'))))
    with pytest.raises(LandmarkError, match='no dataset_meta; expected a checkpoint') as caught:
        built_metainfo(cfg)
    assert '\n' not in str(caught.value)


def test_a_pipeline_that_is_there_stays():
    cfg = several('union')
    set_pipeline(cfg)
    dataset = cfg.test_dataloader.dataset
    assert dataset.pipeline == dataset.datasets.dogs.pipeline
    dataset.pipeline = [dict(type='LoadImage')]
    set_pipeline(cfg)
    assert len(dataset.pipeline) == 1
    set_pipeline(Config(dict(model={})))
