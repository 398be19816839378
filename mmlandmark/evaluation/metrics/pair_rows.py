"""Predicted pairs as arrays over samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from mmlandmark.annotations.predicted_pairs import PredictedPair
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, Table, notes, read_notes
from mmlandmark.schemas import KeypointSchema

Result = tuple[str | None, KeypointSchema | None, PredictedPair]
"""Name of the data set, schema of the predicted points if it is stated, and the pair."""
SOURCE, TARGET, BOXES, NOTES, SCHEMAS = 'source', 'target', 'boxes', 'notes', 'schemas'
_SIDES = {SOURCE: ('source_points', 'source_visible'), TARGET: ('target_points', 'target_visible')}


def pack_pairs(results: Sequence[Result]) -> PackedSamples:
    """Pack the pairs of a batch; a schema is kept once for all of its samples in it."""
    pairs = [pair for *_, pair in results]
    tables = {}
    for side, (points, visible) in _SIDES.items():
        columns = {
            'points': np.concatenate([getattr(pair, points) for pair in pairs]),
            'visible': np.concatenate([getattr(pair, visible) for pair in pairs]),
        }
        counts = [len(getattr(pair, points)) for pair in pairs]
        tables[side] = Table(np.array(counts, np.int64), columns)
    tables[SOURCE].columns['scores'] = np.concatenate([pair.scores for pair in pairs])
    boxes = [np.empty((0, 4)) if pair.bbox is None else pair.bbox[None] for pair in pairs]
    counts = np.array([len(box) for box in boxes], np.int64)
    tables[BOXES] = Table(counts, {'boxes': np.concatenate(boxes)})
    names = {schema: _name(schema) for _, schema, _ in results if schema is not None}
    stated = [
        dict(
            data=data,
            schema=names.get(schema),
            id=pair.id,
            image_id=pair.image_id,
            image=pair.image,
            extra=pair.extra,
        )
        for data, schema, pair in results
    ]
    tables[NOTES] = notes(stated)
    # with the first sample of each
    first = {name: at for at, name in reversed([*enumerate(one['schema'] for one in stated)])}
    told = {first[name]: [name, schema.to_json()] for schema, name in names.items()}
    tables[SCHEMAS] = notes([told.get(at) for at in range(len(results))])
    return PackedSamples(len(results), tables)


def unpack_pairs(packed: PackedSamples) -> list[Result]:
    """The pairs of `pack_pairs`, of all batches and processes."""
    told = dict(pair for pair in read_notes(packed.tables[SCHEMAS]) if pair is not None)
    schemas = {name: KeypointSchema.from_json(content) for name, content in told.items()}
    sides = {}
    for side, (points, visible) in _SIDES.items():
        columns = packed.tables[side].columns
        sides[points] = _split(packed.tables[side], columns['points'])
        sides[visible] = _split(packed.tables[side], columns['visible'])
    sides['scores'] = _split(packed.tables[SOURCE], packed.tables[SOURCE].columns['scores'])
    boxes = _split(packed.tables[BOXES], packed.tables[BOXES].columns['boxes'])
    results = []
    for at, stated in enumerate(read_notes(packed.tables[NOTES])):
        data, schema = stated.pop('data'), schemas.get(stated.pop('schema'))
        box = boxes[at][0] if len(boxes[at]) else None
        arrays = {name: values[at] for name, values in sides.items()}
        results.append((data, schema, PredictedPair(**stated, **arrays, bbox=box)))
    return results


def _name(schema: KeypointSchema) -> str:
    return hashlib.sha256(json.dumps(schema.to_json()).encode()).hexdigest()[:16]


def _split(table: Table, column: np.ndarray) -> list[np.ndarray]:
    return np.split(column, np.cumsum(table.counts)[:-1])
