"""Two of MMDetection's models run on the stand-in and detect what torchvision computes."""

import pytest
import torch
import torchvision
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.utils import register_all_modules
from mmengine.config import Config
from mmengine.utils import get_installed_path

pytestmark = pytest.mark.slow


@pytest.fixture
def build():
    from mmengine.registry import DefaultScope

    def build(name, **test_cfg):
        register_all_modules(init_default_scope=False)
        cfg = Config.fromfile(f'{get_installed_path("mmdet")}/.mim/configs/{name}')
        cfg.model.backbone.init_cfg = None
        cfg.model.test_cfg.update(test_cfg)
        with DefaultScope.overwrite_default_scope('mmdet'):
            torch.manual_seed(0)
            model = MODELS.build(cfg.model)
        model.init_weights()
        return model.eval()

    return build


def predict(model, size):
    sample = DetDataSample(
        metainfo=dict(img_shape=size, ori_shape=size, scale_factor=(1.0, 1.0), pad_shape=size)
    )
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        return image, sample, model.predict(image, [sample])[0].pred_instances


def assert_is_torchvision_nms(candidates, result, iou_threshold):
    """``candidates`` are boxes, scores and labels before suppression."""
    boxes, scores, labels = candidates
    kept = torchvision.ops.batched_nms(boxes, scores, labels, iou_threshold)[: len(result)]
    assert len(result) > 1
    assert len(kept) < len(boxes), 'nothing was suppressed: the comparison would prove nothing'
    torch.testing.assert_close(result.scores, scores[kept], rtol=0, atol=1e-6)
    torch.testing.assert_close(result.bboxes, boxes[kept], rtol=0, atol=1e-3)
    assert torch.equal(result.labels, labels[kept])


def test_rtmdet_tiny(build):
    model = build('rtmdet/rtmdet_tiny_8xb32-300e_coco.py', score_thr=0.0)
    for layer in model.bbox_head.rtm_reg:
        # Untrained boxes are nearly empty; four strides wide they overlap.
        torch.nn.init.constant_(layer.bias, 2.0)
    image, sample, result = predict(model, (160, 160))
    with torch.no_grad():
        (before,) = model.bbox_head.predict_by_feat(
            *model.bbox_head(model.extract_feat(image)),
            batch_img_metas=[sample.metainfo],
            with_nms=False,
        )
    candidates = before.bboxes, before.scores, before.labels
    assert_is_torchvision_nms(candidates, result, model.test_cfg.nms.iou_threshold)


def test_faster_rcnn(build):
    model = build('faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py')
    model.roi_head.test_cfg.score_thr = 0.0
    image, sample, result = predict(model, (96, 128))
    with torch.no_grad():
        features = model.extract_feat(image)
        proposals = model.rpn_head.predict(features, [sample], rescale=False)[0].bboxes
        rois = torch.cat([torch.zeros(len(proposals), 1), proposals], 1)
        pooled = pool_by_torchvision(model.roi_head.bbox_roi_extractor, features, rois)
        logits, deltas = model.roi_head.bbox_head(pooled)
        scores = logits.softmax(-1)[:, :-1]
        classes = scores.shape[1]
        boxes = model.roi_head.bbox_head.bbox_coder.decode(
            proposals[:, None].expand(-1, classes, 4).reshape(-1, 4),
            deltas.reshape(-1, 4),
            max_shape=(96, 128),
        )
    labels = torch.arange(classes).repeat(len(proposals))
    candidates = boxes, scores.reshape(-1), labels
    assert_is_torchvision_nms(candidates, result, model.test_cfg.rcnn.nms.iou_threshold)


def pool_by_torchvision(extractor, features, rois):
    levels = extractor.map_roi_levels(rois, extractor.num_inputs)
    pooled = torch.zeros(len(rois), extractor.out_channels, 7, 7)
    for level, layer in enumerate(extractor.roi_layers):
        here = levels == level
        pooled[here] = torchvision.ops.roi_align(
            features[level], rois[here], 7, layer.spatial_scale, -1, aligned=True
        )
    return pooled
