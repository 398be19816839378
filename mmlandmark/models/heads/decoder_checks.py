"""What a head with one decoder per data set is checked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import ModuleDict
from torch import nn

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.supervision import describe_sample
from mmlandmark.schemas import KeypointSchema

Schemas = Mapping[str, KeypointSchema]
"""Data set name -> schema of its labels."""


def check_dataset_schemas(schemas: Schemas, where: str) -> None:
    """Check what a head is told of its data sets.

    Raises:
        LandmarkError: A name cannot name a decoder, or schemas of one name have
            different keypoints.
    """
    seen: dict[str, str] = {}
    for name, schema in schemas.items():
        if not isinstance(name, str) or not name or '.' in name or hasattr(ModuleDict(), name):
            raise LandmarkError(
                f'{where}: a decoder cannot be called {name!r}: no dots, and no name of a module '
                'dict such as "keys" or "train"; rename that data set'
            )
        other = seen.setdefault(schema.name, name)
        if words := schemas[other].differences(schema):
            raise LandmarkError(
                f'{where}: data sets {other!r} and {name!r} have different schemas of the name '
                f'{schema.name!r}: {words}'
            )


def check_named(datasets: Any, what: str, where: str) -> None:
    """Raise a LandmarkError unless a setting names data sets, and something for each of them.

    Args:
        datasets: The setting.
        what: What it has for each, for the message.
        where: The head, for the message.
    """
    if not isinstance(datasets, Mapping):
        raise LandmarkError(f'{where}: datasets is {datasets!r}; expected data set name -> {what}')
    if not datasets:
        raise LandmarkError(f'{where}: datasets is empty; expected data set name -> {what}')


def check_dataset_weights(weights: Mapping[str, float], schemas: Schemas, where: str) -> None:
    """Raise a LandmarkError unless every weight is of a known data set, finite and not negative."""
    for name, weight in weights.items():
        if name not in schemas:
            raise LandmarkError(
                f'{where}: dataset_weights has {name!r}, which is none of the data sets '
                f'{", ".join(schemas)}{nearest(name, schemas)}'
            )
        if not isinstance(weight, int | float) or not math.isfinite(weight) or weight < 0:
            raise LandmarkError(
                f'{where}: the weight of data set {name!r} is {weight!r}; expected a finite '
                'number, at least 0'
            )


def check_has_decoders(schemas: Schemas, datasets: Schemas, where: str) -> None:
    """Check that a head can be trained or tested on some data sets.

    Args:
        schemas: The head's.
        datasets: Those of the data sets.
        where: The head, for the message.

    Raises:
        LandmarkError: There is no decoder of that name, or it is for other keypoints.
    """
    for name, schema in datasets.items():
        if name not in schemas:
            raise LandmarkError(
                f'{where}: there is no decoder for data set {name!r}{nearest(name, schemas)}; '
                f'decoders are for {", ".join(schemas)}'
            )
        if words := schemas[name].differences(schema):
            raise LandmarkError(
                f'{where}: data set {name!r} is labelled in {schema.name!r}, its decoder is for '
                f'{schemas[name].name!r}: {words}'
            )


def check_own_labels(
    data_samples: Sequence[Any], groups: Mapping[str, Sequence[int]], schemas: Schemas, where: str
) -> None:
    """Refuse samples whose labels were filled up to a union, which no decoder predicts.

    Args:
        data_samples: The batch.
        groups: Data set name -> positions in the batch.
        schemas: The head's.
        where: The head, for the message.

    Raises:
        LandmarkError: A sample is labelled in another schema than its data set; names the sample.
    """
    for name, positions in groups.items():
        for position in positions:
            found = data_samples[position].metainfo.get('label_schema', schemas[name].name)
            if found != schemas[name].name:
                raise LandmarkError(
                    f'{where}: {describe_sample(data_samples[position])} of data set {name!r} is '
                    f'labelled in {found!r}, its decoder is for {schemas[name].name!r}; replayed '
                    'labels need a union head'
                )


def check_own_statistics(decoders: ModuleDict, where: str) -> None:
    """Refuse normalisation that waits for all processes.

    Raises:
        LandmarkError: A decoder holds a ``SyncBatchNorm``. A process whose batch has none of that
            data set would never join, and the others would wait for it for ever.
    """
    for name, decoder in decoders.items():
        if any(isinstance(module, nn.SyncBatchNorm) for module in decoder.modules()):
            raise LandmarkError(
                f'{where}: decoder {name!r} has SyncBatchNorm, for which all processes need '
                'samples of that data set in every batch; use BN in the head, and SyncBN by '
                "norm_cfg=dict(type='SyncBN') in the backbone only"
            )


def record_of(schemas: Schemas) -> dict[str, Any]:
    """Return what a checkpoint says of the decoders in it."""
    return {'decoders': {name: schema.to_json() for name, schema in schemas.items()}}


def record_differences(schemas: Schemas, record: Any) -> str:
    """Say how the decoders of a checkpoint differ from a head's; empty where they fit."""
    if not isinstance(record, dict) or 'decoders' not in record:
        return 'it has no decoders'
    found = {name: KeypointSchema.from_json(s) for name, s in record['decoders'].items()}
    words = [f'it has a decoder {n!r} ({found[n].name})' for n in found if n not in schemas]
    words += [f'it has no decoder {n!r} ({schemas[n].name})' for n in schemas if n not in found]
    for name in schemas:
        if name in found and (told := found[name].differences(schemas[name])):
            words.append(f'decoder {name!r}: {told}')
    return '; '.join(words)
