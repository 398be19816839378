"""Each sample of a mixed data set is drawn with the names, links and colours of its own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.engine.hooks import PoseVisualizationHook
from mmpose.registry import VISUALIZERS
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema
from mmlandmark.visualization import LandmarkVisualizer

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
PAIR = KeypointSchema(
    name='pair',
    keypoints=('a', 'b'),
    skeleton=(('a', 'b'),),
    colors=(RED, RED),
    skeleton_colors=(GREEN,),
)
THREE = KeypointSchema(
    name='three',
    keypoints=('x', 'y', 'z'),
    skeleton=(('y', 'z'),),
    colors=(BLUE, BLUE, BLUE),
    skeleton_colors=(WHITE,),
)


def metainfo(*schemas):
    members = {s.name: {**parse_pose_metainfo(s.to_metainfo()), 'schema': s} for s in schemas}
    return {**members[schemas[0].name], 'dataset_name': '+'.join(members), 'datasets': members}


def sample(points, dataset=None, pred_schema=None, truth=None):
    points = np.array([points], dtype=np.float32)
    data_sample = PoseDataSample(metainfo={'id': 3, 'img_path': 'x.jpg', 'ori_shape': (60, 100)})
    stated = {'dataset_name': dataset, 'pred_schema': pred_schema}
    data_sample.set_metainfo({k: v for k, v in stated.items() if v is not None})
    scores = np.ones(points.shape[:2])
    data_sample.pred_instances = InstanceData(keypoints=points, keypoint_scores=scores)
    if truth is not None:
        data_sample.gt_instances = InstanceData(keypoints=np.array([truth], dtype=np.float32))
    return data_sample


@pytest.fixture
def visualizer():
    assert VISUALIZERS.get('LandmarkVisualizer') is LandmarkVisualizer
    built = LandmarkVisualizer('mixed', radius=4, line_width=2)
    built.set_dataset_meta(metainfo(PAIR, THREE))
    return built


def draw(visualizer, data_sample, **kwargs):
    canvas = np.zeros((60, 100, 3), dtype=np.uint8)
    return visualizer.add_datasample('s', canvas, data_sample, draw_gt=False, **kwargs)


TWO_POINTS, THREE_POINTS = [(20, 30), (80, 30)], [(10, 10), (20, 30), (80, 30)]


def test_each_sample_in_its_own_colours(visualizer):
    for _ in range(2):
        pair = draw(visualizer, sample(TWO_POINTS, 'pair'))
        assert tuple(pair[30, 20]) == RED and tuple(pair[30, 50]) == GREEN
        three = draw(visualizer, sample(THREE_POINTS, 'three'))
        assert tuple(three[10, 10]) == BLUE and tuple(three[30, 50]) == WHITE
    # MMPose draws all samples with the metainfo of the first data set
    plain = PoseLocalVisualizer(name='plain')
    plain.set_dataset_meta(metainfo(PAIR, THREE))
    with pytest.raises(ValueError, match='length of kpt_color'):
        draw(plain, sample(THREE_POINTS, 'three'))


def test_predictions_in_other_keypoints_beside_labels(visualizer):
    data_sample = sample(THREE_POINTS, 'pair', pred_schema=THREE, truth=TWO_POINTS)
    canvas = np.zeros((60, 100, 3), dtype=np.uint8)
    drawn = visualizer.add_datasample('s', canvas, data_sample)
    truth, predicted = drawn[:, :100], drawn[:, 100:]
    assert tuple(truth[30, 20]) == RED and tuple(truth[30, 50]) == GREEN
    assert tuple(predicted[30, 20]) == BLUE and tuple(predicted[30, 50]) == WHITE
    assert draw(visualizer, sample(TWO_POINTS, 'pair')).any()


def test_points_that_are_not_finite_are_left_out(visualizer):
    points = [(np.nan, np.nan), (20, 30), (80, 30)]
    drawn = draw(visualizer, sample(points, 'three'))
    assert tuple(drawn[30, 20]) == BLUE and tuple(drawn[30, 50]) == WHITE
    assert not drawn[:20].any()
    data_sample = sample(points, 'three')
    draw(visualizer, data_sample)
    assert np.isnan(data_sample.pred_instances.keypoints[0, 0]).all()


def test_one_data_set_is_drawn_as_mmpose_does():
    meta = parse_pose_metainfo(get_schema('coco17').to_metainfo())
    points = np.random.default_rng(0).uniform(5, 55, (17, 2))
    drawn = []
    for kind in (LandmarkVisualizer, PoseLocalVisualizer):
        visualizer = kind(name=f'{kind.__name__}1')
        visualizer.set_dataset_meta(meta)
        drawn.append(draw(visualizer, sample(points, 'coco'), draw_bbox=True))
    assert drawn[0].any() and np.array_equal(*drawn)


def test_errors_name_the_sample(visualizer):
    message = r"sample 3 \(x.jpg\) is of the unknown data set 'pari' \(did you mean 'pair'\?\)"
    with pytest.raises(LandmarkError, match=message):
        draw(visualizer, sample(TWO_POINTS, 'pari'))
    with pytest.raises(LandmarkError, match="3 keypoints to draw, but 'pair' has 2"):
        draw(visualizer, sample(THREE_POINTS, 'pair'))


class Run:
    """What the hook needs of a runner."""

    def __init__(self, folder, meta):
        self.work_dir, self.timestamp = str(folder), 'now'
        self.test_evaluator = type('Evaluator', (), {'dataset_meta': meta})()


def test_through_the_hook_of_show_dir(tmp_path):
    visualizer = LandmarkVisualizer.get_instance('hooked', radius=4)
    picture = tmp_path / 'x.png'
    cv2.imwrite(str(picture), np.zeros((60, 100, 3), dtype=np.uint8))
    samples = [sample(TWO_POINTS, 'pair'), sample(THREE_POINTS, 'three')]
    for one in samples:
        one.set_metainfo({'img_path': str(picture)})
        one.pred_instances.keypoints = torch.from_numpy(one.pred_instances.keypoints).numpy()
    hook = PoseVisualizationHook(enable=True, out_dir='shown')
    hook._visualizer = visualizer
    hook.after_test_iter(Run(tmp_path, metainfo(PAIR, THREE)), 0, {}, samples)
    pictures = [cv2.imread(str(p))[..., ::-1] for p in sorted(tmp_path.glob('now/shown/*.png'))]
    assert [tuple(p[30, 20]) for p in pictures] == [RED, BLUE]
