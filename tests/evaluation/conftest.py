"""A small labelled data set as arrays and as the samples that MMEngine hands to a metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from mmlandmark.schemas import KeypointSchema


@dataclass
class Labelled:
    """Arrays of a data set; see `KeypointArrays`."""

    pred: np.ndarray
    target: np.ndarray
    visible: np.ndarray
    bboxes: np.ndarray
    head_size: np.ndarray
    given: np.ndarray

    def __len__(self) -> int:
        return len(self.pred)

    def replace(self, **changes: np.ndarray) -> Labelled:
        return replace(self, **changes)

    def pred_instances(self, i: int) -> dict[str, Any]:
        return {
            'keypoints': self.pred[i : i + 1],
            'keypoint_scores': np.ones((1, self.pred.shape[1]), np.float32),
            'keypoints_visible': 2 * self.given[i : i + 1].astype(np.uint8),
        }

    def samples(self, **baselines: np.ndarray) -> list[dict[str, Any]]:
        """Samples; each baseline is the predictions (N, K, 2) of another method."""
        samples = []
        for i in range(len(self)):
            truth = {
                'keypoints': self.target[i : i + 1],
                'keypoints_visible': self.visible[i : i + 1],
                'bboxes': self.bboxes[i : i + 1],
                'head_size': self.head_size[i : i + 1],
            }
            sample = {
                'pred_instances': self.pred_instances(i),
                'gt_instances': truth,
                'id': 100 + i,
            }
            if baselines:
                sample['baselines'] = {
                    name: self.replace(pred=points).pred_instances(i)
                    for name, points in baselines.items()
                }
            samples.append(sample)
        return samples


def random_labelled(num: int = 40, keypoints: int = 5, seed: int = 0) -> Labelled:
    """Random labels with holes, and predictions some pixels beside them."""
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 200, (num, keypoints, 2))
    corner = rng.uniform(0, 50, (num, 2))
    return Labelled(
        pred=target + rng.normal(0, 12, target.shape),
        target=target,
        visible=rng.choice([0, 1, 2], (num, keypoints), p=[0.3, 0.2, 0.5]).astype(np.uint8),
        bboxes=np.concatenate([corner, corner + rng.uniform(40, 150, (num, 2))], axis=1),
        head_size=rng.uniform(20, 60, num),
        given=np.ones((num, keypoints), dtype=bool),
    )


@pytest.fixture(scope='session')
def make_labelled() -> Callable[..., Labelled]:
    """The function that makes them: ``make_labelled(num=40, keypoints=5, seed=0)``."""
    return random_labelled


@pytest.fixture
def labelled() -> Labelled:
    return random_labelled()


@pytest.fixture(scope='session')
def face5() -> KeypointSchema:
    """Five points of a face with regions and normalisers."""
    return KeypointSchema(
        name='face5',
        keypoints=('right_eye', 'left_eye', 'nose', 'right_mouth', 'left_mouth'),
        swaps=(('right_eye', 'left_eye'), ('right_mouth', 'left_mouth')),
        regions={'eyes': ('right_eye', 'left_eye'), 'mouth': ('right_mouth', 'left_mouth')},
        normalizers={
            'eyes': ('right_eye', 'left_eye'),
            'height': (('right_eye', 'left_eye'), ('right_mouth', 'left_mouth')),
        },
    )
