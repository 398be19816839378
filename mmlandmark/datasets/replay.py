"""Setting up a data set for training on the predictions of an earlier model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.dataset import BaseDataset, Compose
from mmengine.logging import print_log
from mmpose.datasets.transforms import PackPoseInputs

from mmlandmark.annotations.pseudo_labels import read_pseudo_labels
from mmlandmark.datasets.transforms import ExpandToUnion, WeighPseudoLabels
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, SchemaUnion, get_union

KEYS = ('file', 'union', 'min_score', 'weight')


@dataclass(frozen=True)
class Replay:
    """The settings for one data set.

    Args:
        file: File of ``tools/pseudo_labels.py``.
        union: The union of the head, in any form of ``get_union``.
        min_score: Points with a lower score are not used.
        weight: Weight of the points that are used; own labels have 1.
    """

    file: str
    union: SchemaUnion
    min_score: float = 0.6
    weight: float = 1.0

    @classmethod
    def from_config(cls, name: str, config: Any) -> Replay:
        """Read ``dict(file=..., union=..., min_score=0.6, weight=1.0)``.

        Raises:
            LandmarkError: A key is missing or unknown, or a value is out of range; names the set.
        """
        where = f'replay of data set {name!r}'
        if not isinstance(config, Mapping):
            raise LandmarkError(f'{where} is {config!r:.60}; expected dict(file=..., union=...)')
        for key in config:
            if key not in KEYS:
                raise LandmarkError(f'{where} has no option {key!r}{nearest(str(key), KEYS)}')
        for key in KEYS[:2]:
            if key not in config:
                raise LandmarkError(f'{where} needs {key!r}')
        try:
            replay = cls(**{**config, 'union': get_union(config['union'])})
        except LandmarkError as error:
            raise LandmarkError(f'{where}: {error}') from None
        for key in KEYS[2:]:
            value = getattr(replay, key)
            if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
                raise LandmarkError(f'{where}: {key} is {value!r}; expected a number above 0')
        return replay

    def apply(
        self, name: str, data_set: BaseDataset, schema: KeypointSchema, ids: Sequence[int]
    ) -> None:
        """Put the transforms into the pipeline of a data set, and log what they fill.

        Args:
            name: Name of the data set.
            data_set: It.
            schema: The schema of its labels.
            ids: The annotations of its samples.

        Raises:
            LandmarkError: The file does not fit, no member of the union is the schema, or the
                data set does not train on single instances.
        """
        where = f'replay of data set {name!r}'
        if data_set.test_mode or getattr(data_set, 'data_mode', 'topdown') != 'topdown':
            raise LandmarkError(f'{where}: expected a top-down data set that is trained on')
        pack = _pack(data_set.pipeline, where)
        member = _member(self.union, schema, where)
        labels = read_pseudo_labels(self.file, name, self.union.schema.keypoints)
        expand = ExpandToUnion(self.union, member, labels, self.min_score, self.weight)
        rows = expand.rows(list(ids))
        if not len(rows):
            raise LandmarkError(
                f'{where}: {self.file} has none of its {len(ids)} annotations; expected '
                'predictions on this annotation file'
            )
        _put_in(data_set.pipeline, expand, pack)
        self._log(where, expand, rows, len(ids))

    def _log(self, where: str, expand: ExpandToUnion, rows: Any, samples: int) -> None:
        filled = expand.confident[rows].sum(axis=0)
        absent = ~self.union.labelled(expand.member)
        counts = [
            f'{name} {count}'
            for name, count, open_ in zip(
                self.union.schema.keypoints, filled.tolist(), absent, strict=True
            )
            if open_
        ]
        print_log(
            f'{where}: {filled.sum()} of {absent.sum() * samples} points of channels without '
            f'labels filled (score at least {self.min_score:g}, weight {self.weight:g}): '
            f'{", ".join(counts) or "no such channel"}; {samples - len(rows)} of {samples} '
            'samples have no predictions',
            logger='current',
        )


def follow(name: str, before: Compose, after: Compose) -> None:
    """Put the transforms of a replayed data set's pipeline into one that takes its place.

    Args:
        name: Name of the data set.
        before: Its pipeline.
        after: The other; its list of transforms is changed.

    Raises:
        LandmarkError: It packs nothing.
    """
    expands = [step for step in before.transforms if isinstance(step, ExpandToUnion)]
    for expand in expands:  # none before the files are read
        _put_in(after, expand, _pack(after, f'replay of data set {name!r}'))


def _pack(pipeline: Compose, where: str) -> int:
    """Return where a pipeline packs its samples."""
    packs = [i for i, step in enumerate(pipeline.transforms) if isinstance(step, PackPoseInputs)]
    if not packs:
        raise LandmarkError(f'{where}: its pipeline has no PackPoseInputs')
    return packs[-1]


def _put_in(pipeline: Compose, expand: ExpandToUnion, pack: int) -> None:
    pipeline.transforms.insert(pack, WeighPseudoLabels())
    pipeline.transforms.insert(0, expand)


def _member(union: SchemaUnion, schema: KeypointSchema, where: str) -> str:
    for member in union.members:
        if not member.differences(schema):
            return member.name
    raise LandmarkError(
        f'{where}: no member of union {union.name!r} has the keypoints of schema '
        f'{schema.name!r}; its members are {", ".join(m.name for m in union.members)}'
    )
