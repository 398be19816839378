"""Several small labelled data sets, their metainfo as MultiKeypointDataset gives it, and samples as
a model returns them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.datasets.datasets import CocoDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmlandmark.schemas import KeypointSchema, get_schema

COCO, MPII = get_schema('coco17'), get_schema('mpii16')


@dataclass
class Member:
    """A data set: its metainfo, and a sample per instance with predictions beside the labels."""

    meta: dict[str, Any]
    samples: list[dict[str, Any]]


def write_coco(path: Path, count: int, seed: int, per_image: int = 2) -> Path:
    """Write a COCO keypoint file of random people."""
    rng = np.random.default_rng(seed)
    annotations = []
    for i in range(count):
        side = rng.uniform(80, 200)
        corner = rng.uniform(0, 300, 2)
        points = corner + rng.uniform(0, side, (17, 2))
        visible = rng.choice([0, 2], 17, p=[0.2, 0.8])
        row = np.concatenate([points * (visible > 0)[:, None], visible[:, None]], axis=1)
        annotations.append(
            {
                'id': i + 1,
                'image_id': i // per_image + 1,
                'category_id': 1,
                'bbox': [*corner.tolist(), side, side],
                'area': side * side / 2,
                'iscrowd': 0,
                'keypoints': row.reshape(-1).tolist(),
                'num_keypoints': int((visible > 0).sum()),
            }
        )
    images = [
        {'id': i + 1, 'file_name': f'{i + 1}.jpg', 'width': 640, 'height': 640}
        for i in range(-(-count // per_image))
    ]
    category = {'id': 1, 'name': 'person', 'keypoints': list(COCO.keypoints), 'skeleton': []}
    content = {'images': images, 'annotations': annotations, 'categories': [category]}
    path.write_text(json.dumps(content))
    return path


def coco_member(
    name: str, ann_file: Path, *, noise: float, seed: int = 0, metainfo: dict | None = None
) -> Member:
    """A data set of MMPose's class `CocoDataset`, predicted with errors of some pixels."""
    given = {} if metainfo is None else {'metainfo': metainfo}
    dataset = CocoDataset(ann_file=str(ann_file), test_mode=True, pipeline=[], **given)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    rng = np.random.default_rng(seed)
    samples = []
    for info in infos:
        target = info['keypoints'].astype(np.float64)
        pred = {
            'keypoints': target + rng.normal(0, noise, target.shape),
            'keypoint_scores': rng.uniform(0.5, 1, target.shape[:2]),
        }
        truth = {
            'keypoints': target,
            'keypoints_visible': info['keypoints_visible'],
            'bboxes': info['bbox'],
            'bbox_scores': info['bbox_score'],
            'bbox_size': np.array([[120.0]]),
        }
        sample = {key: info[key] for key in ('id', 'img_id', 'raw_ann_info', 'img_path')}
        sample |= {'category_id': 1, 'ori_shape': (640, 640), 'dataset_name': name}
        samples.append({**sample, 'pred_instances': pred, 'gt_instances': truth})
    schema = KeypointSchema.from_metainfo(dataset.metainfo)
    own = {'dataset_name': name, 'schema': schema, 'ann_file': str(ann_file)}
    return Member({**dataset.metainfo, **own}, samples)


def point_member(
    name: str, schema: KeypointSchema, count: int, *, noise: float, seed: int = 0
) -> Member:
    """A data set without an annotation file: random labels with holes."""
    rng = np.random.default_rng(seed)
    num = schema.num_keypoints
    target = rng.uniform(0, 200, (count, 1, num, 2))
    pred = target + rng.normal(0, noise, target.shape)
    visible = rng.choice([0, 1], (count, 1, num), p=[0.25, 0.75])
    samples = [
        {
            'id': i,
            'img_id': i,
            'dataset_name': name,
            'pred_instances': {'keypoints': pred[i], 'keypoint_scores': np.ones((1, num))},
            'gt_instances': {
                'keypoints': target[i],
                'keypoints_visible': visible[i],
                'bboxes': np.array([[0.0, 0.0, 90.0 + i, 50.0]]),
                'head_size': np.array([[25.0 + i % 7]]),
            },
        }
        for i in range(count)
    ]
    meta = parse_pose_metainfo(schema.to_metainfo())
    return Member({**meta, 'dataset_name': name, 'schema': schema}, samples)


def joined_meta(*members: Member) -> dict[str, Any]:
    """The metainfo of the data sets together."""
    metas = {member.meta['dataset_name']: member.meta for member in members}
    return {**members[0].meta, 'dataset_name': '+'.join(metas), 'datasets': metas}


def shuffled(*members: Member, seed: int = 3) -> list[dict[str, Any]]:
    """All samples in one random order, so that batches mix the data sets."""
    samples = [sample for member in members for sample in member.samples]
    return [samples[i] for i in np.random.default_rng(seed).permutation(len(samples))]


def run(evaluator: Any, samples: list[dict], meta: dict, batch_size: int = 4) -> dict[str, float]:
    """Evaluate as MMEngine's loop does."""
    evaluator.dataset_meta = meta
    return process(evaluator, samples, batch_size)


def process(evaluator: Any, samples: list[dict], batch_size: int = 4) -> dict[str, float]:
    """Hand over all samples in batches, then evaluate."""
    for start in range(0, len(samples), batch_size):
        batch = samples[start : start + batch_size]
        evaluator.process(batch, {'inputs': [None] * len(batch), 'data_samples': batch})
    return evaluator.evaluate(len(samples))
