"""Pairs of source and target keypoints, resident in memory and handed out in whole batches."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS
from torch.utils.data import Dataset

from mmlandmark.annotations.pairs import Pairs, read_pairs
from mmlandmark.annotations.splits import split_groups
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, get_schema

SPLIT_KEYS = ('by', 'ratios', 'seed', 'part')


@DATASETS.register_module()
class PairedKeypointDataset(Dataset):
    """Coordinates in two schemas; no picture is ever opened.

    A batch is sliced from resident tensors by ``__getitems__``, so give the data loader
    ``collate_fn=dict(type='packed_collate')``. A batch of B pairs is::

        dict(inputs=dict(keypoints=(B, S, 2) float32, keypoints_visible=(B, S) uint8,
                         bboxes=(B, 4) float32 x1, y1, x2, y2),
             data_samples=dict(keypoints=(B, T, 2) float32, keypoints_visible=(B, T) uint8,
                               bboxes=(B, 4) float32, ids=(B,) int64, img_ids=(B,) int64,
                               index=(B,) int64, head_size=(B,) float32 and other extra fields))

    Args:
        ann_file: COCO file of the source points, relative to ``data_root``.
        source_schema: Their schema: a name, a file, a dataset_info dict or a schema.
        target_schema: The schema of the target points.
        data_root: Folder of the files.
        target_ann_file: COCO file of the target points; None: both are in ``ann_file``.
        join: ``id`` or ``box``: how two files are joined.
        min_iou: Least overlap of two boxes joined by ``box``.
        margin: How much more the best box must overlap than the second.
        source_field: Annotation and category key of the source points.
        target_field: That of the target points; by default ``keypoints_target`` in one file and
            ``keypoints`` in a file of its own.
        extra_fields: Numbers of the annotations to hand on, NaN where absent; a field that no
            annotation has is left out.
        split: ``dict(by='image_id', ratios=dict(train=0.9, val=0.1), seed=0, part='train')``;
            ``by`` may be ``file_name`` or any annotation field, such as ``identity``.
        num_samples: Keep that many pairs, chosen by ``seed``; a larger number keeps the same ones.
        seed: For ``num_samples``.
        min_source_points: Pairs with fewer labelled source points are left out and counted.
        min_target_points: The same for target points.
        assume_names: Take categories that list no names to be in the schemas' order.
        force: Accept a file whose two sides do not match.
        test_mode: Accepted as other data sets do; pairs are the same in both modes.

    Raises:
        LandmarkError: Anything wrong with the files or the settings, in one line.
    """

    def __init__(
        self,
        ann_file: str,
        source_schema: str | dict | KeypointSchema,
        target_schema: str | dict | KeypointSchema,
        *,
        data_root: str = '',
        target_ann_file: str | None = None,
        join: str = 'id',
        min_iou: float = 0.5,
        margin: float = 0.1,
        source_field: str = 'keypoints',
        target_field: str | None = None,
        extra_fields: Sequence[str] = ('head_size',),
        split: Mapping[str, Any] | None = None,
        num_samples: int | None = None,
        seed: int = 0,
        min_source_points: int = 3,
        min_target_points: int = 1,
        assume_names: bool = False,
        force: bool = False,
        test_mode: bool = False,
    ) -> None:
        self.test_mode = test_mode
        self.source_schema = get_schema(source_schema)
        self.target_schema = get_schema(target_schema)
        pairs = read_pairs(
            _joined(data_root, ann_file),
            self.source_schema,
            self.target_schema,
            target_ann_file=target_ann_file and _joined(data_root, target_ann_file),
            join=join,
            min_iou=min_iou,
            margin=margin,
            source_field=source_field,
            target_field=target_field,
            min_source_points=min_source_points,
            min_target_points=min_target_points,
            assume_names=assume_names,
            force=force,
        )
        self.excluded = pairs.excluded
        self.ann_file = pairs.name
        self.file_names = pairs.file_names  # image id -> file name, where the file has them
        if split is not None:
            pairs = _part(pairs, split)
        if num_samples is not None:
            pairs = _sample(pairs, num_samples, seed)
        self._arrays = _tensors(pairs, extra_fields)
        self._log()

    def __len__(self) -> int:
        return len(self._arrays['data_samples']['ids'])

    def __getitem__(self, index: int) -> dict[str, dict[str, torch.Tensor]]:
        """Return a batch of one."""
        return self.__getitems__([index])

    def __getitems__(self, indices: Sequence[int]) -> dict[str, dict[str, torch.Tensor]]:
        """Return the batch of the given pairs."""
        chosen = torch.as_tensor(indices, dtype=torch.int64)
        return {
            part: {name: value[chosen] for name, value in tensors.items()}
            for part, tensors in self._arrays.items()
        }

    def arrays(self) -> dict[str, dict[str, torch.Tensor]]:
        """Return all pairs as one batch; the tensors are the resident ones, do not change them."""
        return {part: dict(tensors) for part, tensors in self._arrays.items()}

    @property
    def metainfo(self) -> dict[str, Any]:
        """MMPose's metainfo of the target schema, with ``schema`` and ``source_schema``."""
        parsed = parse_pose_metainfo(self.target_schema.to_metainfo())
        return {**parsed, 'schema': self.target_schema, 'source_schema': self.source_schema}

    def _log(self) -> None:
        left_out = {reason: count for reason, count in self.excluded.items() if count}
        reasons = ', '.join(f'{count} {reason}' for reason, count in left_out.items()) or 'none'
        print_log(
            f'{self.ann_file}: {len(self)} pairs {self.source_schema.name} -> '
            f'{self.target_schema.name}; left out of the file: {reasons}',
            logger='current',
        )


def _joined(data_root: str, path: str) -> str:
    return os.path.join(data_root, path) if data_root else path


def _part(pairs: Pairs, split: Mapping[str, Any]) -> Pairs:
    for key in split:
        if key not in SPLIT_KEYS:
            raise LandmarkError(f'unknown key {key!r} of split{nearest(key, SPLIT_KEYS)}')
    ratios, part = split.get('ratios', {'train': 0.9, 'val': 0.1}), split.get('part', 'train')
    if part not in ratios:
        raise LandmarkError(f'part {part!r} of split is not among its ratios {dict(ratios)}')
    groups = pairs.groups(split.get('by', 'image_id'))
    return pairs.select(split_groups(groups, ratios, split.get('seed', 0))[part])


def _sample(pairs: Pairs, num_samples: int, seed: int) -> Pairs:
    if not 0 < num_samples <= len(pairs):
        raise LandmarkError(
            f'{pairs.name}: num_samples is {num_samples}; expected 1 to {len(pairs)}, the pairs '
            'that there are'
        )
    # By id, so that the choice does not hang on the order of the file.
    by_id = np.argsort(pairs.ids, kind='stable')
    shuffled = np.random.default_rng(seed).permutation(by_id)
    return pairs.select(np.sort(shuffled[:num_samples]))


def _tensors(pairs: Pairs, extra_fields: Sequence[str]) -> dict[str, dict[str, torch.Tensor]]:
    def floats(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array.astype(np.float32))

    inputs = {
        'keypoints': floats(pairs.source_points),
        'keypoints_visible': torch.from_numpy(pairs.source_visible.copy()),
        'bboxes': floats(pairs.source_boxes),
    }
    data_samples = {
        'keypoints': floats(pairs.target_points),
        'keypoints_visible': torch.from_numpy(pairs.target_visible.copy()),
        'bboxes': floats(pairs.target_boxes),
        'ids': torch.from_numpy(pairs.ids.copy()),
        'img_ids': torch.from_numpy(pairs.image_ids.copy()),
        'index': torch.arange(len(pairs)),
    }
    for key in extra_fields:
        if key in data_samples:
            raise LandmarkError(f'extra field {key!r} has the name of a field of every batch')
        numbers = pairs.numbers(key)
        if numbers is not None:
            data_samples[key] = floats(numbers)
    return {'inputs': inputs, 'data_samples': data_samples}
