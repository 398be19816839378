"""People labelled in COCO's keypoints, and predictions that cover some of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmlandmark.schemas import KeypointSchema, Mapping, get_schema

COCO, MPII = get_schema('coco17'), get_schema('mpii16')
COVERED = Mapping.between(MPII, COCO).covered


def metainfo(schema: KeypointSchema) -> dict[str, Any]:
    """Metainfo as a data set of MMPose has it."""
    return parse_pose_metainfo(schema.to_metainfo())


def people(num: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 17, 2) and v (N, 17) of people of 100 x 200 pixels, two in each picture."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 400, (num, 1, 2))
    points = np.round(corner + rng.uniform(0, 1, (num, 17, 2)) * [100, 200], 2)
    return points, rng.choice([0, 1, 2], (num, 17), p=[0.2, 0.2, 0.6])


def write_coco(
    path: Path,
    points: np.ndarray,
    visible: np.ndarray,
    names: list[str],
    corners: np.ndarray | None = None,
) -> Path:
    """A COCO file of people, area 10,000 pixels each; ``corners`` (N, 2) are those of the boxes."""
    corners = points.min(axis=1) if corners is None else corners
    annotations = []
    for i, (xy, v) in enumerate(zip(points, visible, strict=True)):
        values = np.concatenate([xy, v[:, None]], axis=1)
        annotations.append(
            dict(id=i + 1, image_id=i // 2 + 1, category_id=1, iscrowd=0, area=10000.0)
            | dict(bbox=[*corners[i].tolist(), 100.0, 200.0], keypoints=values.ravel().tolist())
            | dict(num_keypoints=int((v > 0).sum()))
        )
    images = [dict(id=i + 1, width=640, height=640) for i in range((len(points) + 1) // 2)]
    category = dict(id=1, name='person', keypoints=names, skeleton=[])
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=[category])))
    return path


def samples(
    pred: np.ndarray,
    scores: np.ndarray,
    truth: np.ndarray,
    visible: np.ndarray,
    covered: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """What a model hands to a metric, one person each; ``covered`` (K,) as a conversion says."""
    made = []
    for i in range(len(pred)):
        rows = slice(i, i + 1)
        prediction = dict(keypoints=pred[rows], keypoint_scores=scores[rows])
        if covered is not None:
            prediction['keypoints_covered'] = covered[None]
        low = truth[i].min(axis=0)
        labels = dict(
            keypoints=truth[rows].astype(np.float32),
            keypoints_visible=(visible[rows] > 0).astype(np.float32),
            bboxes=np.concatenate([low, low + [100, 200]])[None],
            bbox_scores=np.ones(1, np.float32),
            bbox_scales=np.array([[125.0, 250.0]]),
            head_size=np.full((1, 1), 30.0),
        )
        sample = dict(id=i + 1, img_id=i // 2 + 1, category_id=1, dataset_name='coco')
        made.append(sample | dict(pred_instances=prediction, gt_instances=labels))
    return made
