"""Whether a data set's samples are what its schema says; used before training starts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mmlandmark.annotations.json_file import read_json
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, get_schema, schema_of_metainfo


def member_schema(name: str, metainfo: Mapping[str, Any], stated: Any = None) -> KeypointSchema:
    """Return the schema of a data set's labels.

    Args:
        name: Name of the data set, for messages.
        metainfo: The data set's, parsed.
        stated: What the config says it is: a name, path, dict or schema; None: nothing.

    Raises:
        LandmarkError: The metainfo is no schema, or differs from the stated one.
    """
    try:
        own = schema_of_metainfo(metainfo)
    except LandmarkError as error:
        raise LandmarkError(f'data set {name!r}: {error}') from None
    if stated is None:
        return own
    schema = get_schema(stated)
    difference = own.differences(schema)
    if difference:
        raise LandmarkError(
            f'data set {name!r} is not labelled in schema {schema.name!r}: {difference}'
        )
    return schema


def check_one_definition(schemas: Mapping[str, KeypointSchema]) -> None:
    """Raise a LandmarkError where two data sets give one schema name different definitions."""
    first: dict[str, str] = {}
    for name, schema in schemas.items():
        other = first.setdefault(schema.name, name)
        # under the names of the data sets the message can tell the two apart
        one, two = (dataclasses.replace(schemas[key], name=key) for key in (other, name))
        if difference := one.differences(two):
            raise LandmarkError(
                f'data sets {other!r} and {name!r} define schema {schema.name!r} differently: '
                f'{difference}'
            )


def check_categories(
    name: str, file: str, categories: Iterable[Mapping[str, Any]], schema: KeypointSchema
) -> list[str]:
    """Compare the names of a file's categories with a schema that is read by position.

    Annotation files spell names in ways of their own (``Right Shoulder``, ``eyeL``), so only a
    name of the schema at another place is an error.

    Args:
        name: Name of the data set, for messages.
        file: Name of the file, for messages.
        categories: The file's categories.
        schema: The schema that the data set reads the file by.

    Returns:
        Names of the file that the schema has not, for the log.

    Raises:
        LandmarkError: A name of the schema stands at another place.
    """
    places = {_plain(keypoint): i for i, keypoint in enumerate(schema.keypoints)}
    unknown: dict[str, None] = {}
    for category in categories:
        for position, listed in enumerate(category.get('keypoints') or ()):
            place = places.get(_plain(listed))
            if place is None:
                unknown[str(listed)] = None
            elif place != position:
                raise LandmarkError(
                    f'data set {name!r}: {file}: category {category.get("name")!r} has '
                    f'{listed!r} as keypoint {position}; schema {schema.name!r} has it as '
                    f'{place}, and this data set reads keypoints by position'
                )
    return list(unknown)


def check_samples(
    name: str, file: str, samples: Sequence[Mapping[str, Any]], schema: KeypointSchema
) -> None:
    """Check the labels of loaded samples.

    Args:
        name: Name of the data set, for messages.
        file: Name of the file, for messages.
        samples: Dicts with ``keypoints`` (M, K, 2), ``keypoints_visible`` (M, K) and ``id``.
        schema: The schema of the labels.

    Raises:
        LandmarkError: No samples, another number of keypoints, or a labelled point that is not
            finite; names data set, file, annotation and keypoint.
    """
    if not samples:
        raise LandmarkError(f'data set {name!r}: {file}: no usable samples; expected at least 1')
    labelled = [sample for sample in samples if sample.get('keypoints') is not None]
    expected = schema.num_keypoints
    for sample in labelled:
        found = sample['keypoints'].shape[-2]
        if found != expected:
            raise LandmarkError(
                f'data set {name!r}: {file}: annotation {sample.get("id")} has {found} keypoints; '
                f'schema {schema.name!r} has {expected}'
            )
    if not labelled:
        return
    points = np.concatenate([sample['keypoints'] for sample in labelled])
    visible = np.concatenate([sample['keypoints_visible'] for sample in labelled])
    visible = visible.reshape(len(points), expected, -1)[..., 0]
    bad = (visible > 0) & ~np.isfinite(points).all(axis=-1)
    if bad.any():
        row, keypoint = np.argwhere(bad)[0]
        owners = np.repeat(np.arange(len(labelled)), [len(s['keypoints']) for s in labelled])
        raise LandmarkError(
            f'data set {name!r}: {file}: annotation {labelled[owners[row]].get("id")}: '
            f'{schema.keypoints[keypoint]!r} is labelled but lies at '
            f'{points[row, keypoint].tolist()}; expected finite numbers'
        )


def explain_failure(name: str, file: str, schema: KeypointSchema, error: Exception) -> str:
    """Say in one line why a data set could not load its file.

    Args:
        name: Name of the data set.
        file: Its annotation file.
        schema: The schema of its labels.
        error: What it raised.
    """
    try:
        data = read_json(file)
    except LandmarkError as problem:
        return f'data set {name!r}: {problem}'
    annotations = data.get('annotations') if isinstance(data, dict) else None
    ragged = isinstance(error, ValueError) and isinstance(annotations, list)
    for annotation in annotations if ragged else ():
        values = annotation.get('keypoints') if isinstance(annotation, dict) else None
        if isinstance(values, list) and len(values) != 3 * schema.num_keypoints:
            return (
                f'data set {name!r}: {file}: annotation {annotation.get("id")} has {len(values)} '
                f'numbers; the {schema.num_keypoints} keypoints of schema {schema.name!r} need '
                f'{3 * schema.num_keypoints}'
            )
    detail = ' '.join(str(error).split()) or 'no message'
    return f'data set {name!r}: {file}: cannot be loaded: {type(error).__name__}: {detail}'


def check_names(names: Iterable[Any]) -> None:
    """Raise a LandmarkError for a name that cannot be the key of logs, metrics and decoders."""
    for name in names:
        if not isinstance(name, str) or not name or set(name) & set('./+ '):
            raise LandmarkError(
                f'data set name {name!r}: expected a text without dot, slash, plus or blank'
            )


def check_known(what: str, given: Iterable[str], names: Iterable[str]) -> None:
    """Raise a LandmarkError where ``given`` has a name that no data set has."""
    names = list(names)
    for name in given:
        if name not in names:
            raise LandmarkError(f'{what}: there is no data set {name!r}{nearest(name, names)}')


def _plain(name: Any) -> str:
    return '_'.join(str(name).lower().replace('-', ' ').replace('_', ' ').split())
