"""The union that a merge report recommends, as a recipe that ``get_union`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mmlandmark.apis.merge_pairs import JointPair
from mmlandmark.evaluation.functional.merge_verdict import MERGE, OFFSET, Verdict
from mmlandmark.schemas import KeypointSchema, get_schema, list_schemas


def union_recipe(
    source: KeypointSchema,
    target: KeypointSchema,
    joints: Iterable[tuple[JointPair, Verdict]],
    corrected: bool = False,
) -> dict[str, Any]:
    """Return a union of two schemas that merges what may be merged and nothing else.

    Args:
        source: First member.
        target: Second member.
        joints: Pairs of keypoints with their verdicts.
        corrected: The labels will be moved by the offsets that the report states: merge also what
            is outside the tolerance without that.

    Returns:
        The arguments of ``SchemaUnion.build``: plain data.
    """
    if source.name == target.name:  # two labellings of one schema
        target = replace(target, name=f'{target.name}_target')
    agreeing = {
        (pair.source, pair.target): None
        for pair, verdict in joints
        if verdict.name in (MERGE, OFFSET)
        and (verdict.within or corrected)
        # the mean of several points is on no channel
        and pair.source is not None
    }
    merged: dict[str, str] = {}
    for one, other in agreeing:
        mirrored = (_mirrored(source, one), _mirrored(target, other))
        # a union with one side merged has no left/right flip; a point is on one channel
        if mirrored in agreeing and one not in merged and other not in merged.values():
            merged[one] = other
    merges = {o: [f'{source.name}.{s}', f'{target.name}.{o}'] for s, o in merged.items()}
    return {
        'name': f'{source.name}-{target.name}',
        'members': [_member(source), _member(target)],
        'merge': 'none',
        'merges': merges,
    }


def _member(schema: KeypointSchema) -> str | Mapping[str, Any]:
    shipped = schema.name in list_schemas() and get_schema(schema.name) == schema
    return schema.name if shipped else schema.to_json()


def _mirrored(schema: KeypointSchema, name: str) -> str:
    return schema.keypoints[schema.flip_indices[schema.index(name)]]
