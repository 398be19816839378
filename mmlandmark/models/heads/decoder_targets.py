"""In which schema a head with several decoders predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import UNION, KeypointSchema, SchemaUnion


def find_decoder(schemas: Mapping[str, KeypointSchema], target: str) -> str:
    """Return the data set whose decoder predicts a schema.

    Args:
        schemas: Data set name -> schema of its labels.
        target: The name of a schema, or of a data set where several share a schema.

    Raises:
        LandmarkError: No decoder predicts it, or several do and ``target`` is none of their names.
    """
    holders = [name for name, schema in schemas.items() if schema.name == target]
    if len(holders) == 1:
        return holders[0]
    if target in (holders or schemas):
        return target
    if holders:
        raise LandmarkError(
            f'target_schema {target!r} is predicted by the decoders of {", ".join(holders)}; '
            'give the name of one of these data sets instead'
        )
    known = [UNION, *dict.fromkeys([*(s.name for s in schemas.values()), *schemas])]
    raise LandmarkError(
        f'there is no decoder for target_schema {target!r}{nearest(target, known)}; '
        f'expected one of {", ".join(known)}'
    )


def decoder_union(schemas: Mapping[str, KeypointSchema]) -> SchemaUnion:
    """Return the union of all decoders' points, nothing merged, one member per data set.

    Members keep the names of their schemas; where data sets share a schema, every member is
    called by its data set instead.
    """
    members = list(schemas.values())
    if len({schema.name for schema in members}) < len(members):
        members = [replace(schema, name=name) for name, schema in schemas.items()]
    return SchemaUnion.build(*members, merge='none')


def joined_instances(union: SchemaUnion, parts: Sequence[InstanceData]) -> InstanceData:
    """Return one sample's predictions of all members as one.

    Args:
        union: What the members make up, in the order of ``parts``.
        parts: For each member fields (N, K_member, ...), numpy or tensors.

    Returns:
        The fields that all parts have, (N, C, ...) in channel order.
    """
    order = np.argsort([c for m in union.members for c in union.channel_indices(m.name)])
    joined: dict[str, Any] = {}
    for field in parts[0].keys():  # noqa: SIM118 - iterating InstanceData gives instances
        if all(field in part for part in parts):
            joined[field] = np.concatenate([part.get(field) for part in parts], axis=1)[:, order]
    return InstanceData(**joined)


def joined_maps(union: SchemaUnion, parts: Sequence[PixelData]) -> PixelData:
    """Return one sample's maps of all members (C * maps per keypoint, H, W) in channel order.

    Raises:
        LandmarkError: The members' maps differ in size or in their number per keypoint.
    """
    maps, found = [], set()
    for member, part in zip(union.members, parts, strict=True):
        maps.append(part.heatmaps.unflatten(0, (member.num_keypoints, -1)))
        found.add(tuple(maps[-1].shape[1:]))
    if len(found) > 1:
        sizes = ', '.join(str(list(size)) for size in sorted(found))
        raise LandmarkError(
            f'the decoders give maps of different shapes per keypoint, {sizes}; with '
            f'target_schema={UNION!r} they cannot be shown as one: set output_heatmaps=False'
        )
    order = np.argsort([c for m in union.members for c in union.channel_indices(m.name)])
    return PixelData(heatmaps=torch.cat(maps)[order].flatten(0, 1))
