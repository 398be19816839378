"""Views of data samples: a baseline in the place of the model, or fewer points given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.structures import BaseDataElement

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators.comparison import MODEL
from mmlandmark.evaluation.metrics.packing import given_points, to_numpy

Sample = Mapping[str, Any]


def plain_sample(sample: Any) -> dict[str, Any]:
    """A data sample as nested dicts, those of its baselines included."""
    sample = dict(_plain(sample))
    if 'baselines' in sample:
        sample['baselines'] = {k: _plain(v) for k, v in _plain(sample['baselines']).items()}
    return sample


def baseline_names(samples: Sequence[Sample]) -> tuple[str, ...]:
    """The names of the baselines that all samples carry.

    Raises:
        LandmarkError: The samples do not carry the same ones, or one is called as the model is.
    """
    found = {tuple(sample.get('baselines', ())) for sample in samples}
    if len({frozenset(names) for names in found}) > 1:
        raise LandmarkError(
            'the samples carry different baselines: '
            + ' or '.join(', '.join(names) or 'none' for names in sorted(found))
        )
    names = next(iter(found), ())
    if MODEL in names:
        raise LandmarkError(f'a baseline cannot be called {MODEL!r}')
    return names


def method_samples(samples: Sequence[Sample], method: str) -> list[dict[str, Any]]:
    """The samples as if ``method`` had predicted: the model itself or a baseline."""
    if method == MODEL:
        return [{k: v for k, v in sample.items() if k != 'baselines'} for sample in samples]
    return [
        {k: v for k, v in sample.items() if k != 'baselines'}
        | {'pred_instances': _with_scores(sample['baselines'][method])}
        for sample in samples
    ]


def common_points(samples: Sequence[Sample]) -> tuple[list[np.ndarray], bool]:
    """What all methods give.

    Returns:
        For each sample (M, K) bool, and whether this takes a labelled point from any method.
    """
    masks, narrower = [], False
    for sample in samples:
        predictions = (sample['pred_instances'], *sample['baselines'].values())
        given = np.stack([given_points(pred) for pred in predictions])
        masks.append(given.all(axis=0))
        if not narrower:
            visible = to_numpy(sample['gt_instances']['keypoints_visible'])
            labelled = (visible[..., 0] if visible.ndim == 3 else visible) > 0
            narrower = bool((given & ~masks[-1] & labelled).any())
    return masks, narrower


def restrict(samples: Sequence[Sample], masks: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    """The samples with every point outside the masks declared as not given."""
    return [
        {**sample, 'pred_instances': {**sample['pred_instances'], 'keypoints_visible': mask}}
        for sample, mask in zip(samples, masks, strict=True)
    ]


def _with_scores(pred: Mapping[str, Any]) -> Mapping[str, Any]:
    """A prediction with the scores that some of MMPose's metrics ask for: 1 where given."""
    if 'keypoint_scores' in pred:
        return pred
    return {**pred, 'keypoint_scores': given_points(pred).astype(np.float32)}


def _plain(value: Any) -> Any:
    return value.to_dict() if isinstance(value, BaseDataElement) else value
