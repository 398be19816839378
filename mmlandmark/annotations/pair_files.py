"""Two annotation files joined into one file of pairs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.agreement import check_agreement
from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.annotations.pairing import Pairing
from mmlandmark.annotations.pairs import join_files, paired
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, list_schemas


@dataclass(frozen=True)
class PairReport:
    """What became of the annotations of both files.

    Attributes:
        counts: Fate -> number of annotations.
        source_schema: Name of the source schema.
        target_schema: Name of the target schema.
        ids: Fate -> annotation ids, for those that are in no pair.
    """

    counts: dict[str, int]
    source_schema: str
    target_schema: str
    ids: dict[str, list[int]]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a plain dict."""
        return {
            'source_schema': self.source_schema,
            'target_schema': self.target_schema,
            'counts': self.counts,
            'ids': self.ids,
        }


def pair_files(
    source_file: str | os.PathLike,
    target_file: str | os.PathLike,
    out_file: str | os.PathLike,
    *,
    source_schema: str | KeypointSchema | None = None,
    target_schema: str | KeypointSchema | None = None,
    by: str = 'id',
    min_iou: float = 0.5,
    margin: float = 0.1,
    assume_names: bool = False,
    force: bool = False,
    overwrite: bool = False,
) -> PairReport:
    """Join two COCO files and write one whose annotations have both sets of points.

    ``keypoints`` are the source's, ``keypoints_target`` the target's, both in the order of their
    schemas. All fields of both annotations and images are kept: the source's as they are, the
    target's beside them, under ``target_NAME`` where the source has another value for NAME.

    Args:
        source_file: COCO file with the source points.
        target_file: COCO file with the target points.
        out_file: The file to write.
        source_schema: Schema of the source; found by the names in the file where None.
        target_schema: The same for the target.
        by: ``id`` or ``box``.
        min_iou: Least overlap of two boxes, for ``box``.
        margin: How much more the best box must overlap than the second, for ``box``.
        assume_names: Take categories that list no names to be in the schemas' order.
        force: Write the pairs even if their sides do not match.
        overwrite: Replace ``out_file`` if it exists.

    Raises:
        LandmarkError: Anything wrong with the files, ``out_file`` is one of them, no pair at all,
            or sides that do not match.
    """
    check_output(out_file, overwrite=overwrite)
    if Path(out_file).resolve() in (Path(source_file).resolve(), Path(target_file).resolve()):
        raise LandmarkError(f'{out_file}: is one of the files to pair; expected another name')
    source = _read(source_file, source_schema, assume_names)
    target = _read(target_file, target_schema, assume_names)
    joined = join_files(source, target, by, min_iou, margin)
    report = PairReport(
        counts=_counts(source, target, joined),
        source_schema=source.schema.name,
        target_schema=target.schema.name,
        ids={
            'unpaired source': source.ids[joined.unpaired_source].tolist(),
            'unpaired target': target.ids[joined.unpaired_target].tolist(),
            'ambiguous source': source.ids[joined.ambiguous_source].tolist(),
            'ambiguous target': target.ids[joined.ambiguous_target].tolist(),
        },
    )
    if not len(joined):
        fates = ', '.join(f'{count} {fate}' for fate, count in report.counts.items() if count)
        raise LandmarkError(
            f'{source.name} and {target.name} have no pair by {by}: {fates or "no annotations"}'
        )
    if not force:
        check_agreement(paired(source, target, joined))
    write_json(out_file, _document(source, target, joined), overwrite=overwrite)
    return report


def schema_of_file(data: dict, where: str, field: str = 'keypoints') -> KeypointSchema:
    """Find the schema that a file's categories carry: a shipped one, else one of their names.

    Args:
        data: The parsed file.
        where: Its name, for messages.
        field: The category key of the names.

    Raises:
        LandmarkError: No category lists keypoint names, or several list different ones.
    """
    named = {
        tuple(category[field]): category for category in data['categories'] if category.get(field)
    }
    if len(named) != 1:
        kind = 'keypoint' if field == 'keypoints' else repr(field)
        found = 'no category lists' if not named else f'{len(named)} categories list different'
        wanted = 'say which schema the file has'
        if not named and field == 'keypoints_target':
            wanted = 'expected a file of pairs, as `mmlandmark pair` writes'
        raise LandmarkError(f'{where}: {found} {kind} names; {wanted}')
    (names, category), *_ = named.items()
    shipped = [get_schema(name) for name in list_schemas()]
    known = [schema for schema in shipped if set(schema.keypoints) == set(names)]
    if known:
        return known[0]
    return KeypointSchema(name=str(category.get('name', 'unnamed')), keypoints=names)


def _read(
    path: str | os.PathLike, schema: str | KeypointSchema | None, assume_names: bool
) -> CocoKeypoints:
    data, where = read_coco(path)
    known = schema_of_file(data, where) if schema is None else get_schema(schema)
    return read_coco_keypoints(data, known, name=where, assume_names=assume_names)


def _counts(source: CocoKeypoints, target: CocoKeypoints, joined: Pairing) -> dict[str, int]:
    return {
        **joined.counts(),
        'source of another category': source.other_category,
        'target of another category': target.other_category,
        'source without keypoints': source.without_keypoints,
        'target without keypoints': target.without_keypoints,
    }


def _document(source: CocoKeypoints, target: CocoKeypoints, joined: Pairing) -> dict[str, Any]:
    sides = zip(
        joined.source.tolist(),
        joined.target.tolist(),
        _lists(source, joined.source),
        _lists(target, joined.target),
        np.count_nonzero(target.visible[joined.target], axis=1).tolist(),
        strict=True,
    )
    annotations = []
    for i, j, points, target_points, labelled in sides:
        own, other = source.annotations[i], dict(target.annotations[j])
        if 'keypoints_target' in own:
            raise LandmarkError(
                f'{source.name}: annotation {own["id"]}: has keypoints_target already; expected a '
                'file with one set of points'
            )
        other.pop('keypoints')
        number = other.pop('num_keypoints', labelled)
        annotations.append(
            {
                **own,
                'keypoints': points,
                'keypoints_target': target_points,
                'num_keypoints_target': number,
                **_beside(own, other),
            }
        )
    rest = {k: v for k, v in source.data.items() if k not in ('images', 'annotations')}
    return {
        **rest,
        'images': _images(source, target, joined),
        'annotations': annotations,
        'categories': _categories(source, target.schema),
    }


def _lists(side: CocoKeypoints, rows: np.ndarray) -> list[list]:
    """The keypoint lists of some annotations in schema order: their own where that is the same."""
    own = [side.annotations[i]['keypoints'] for i in rows.tolist()]
    if all(
        category.get('keypoints') in (None, [], list(side.schema.keypoints))
        for category in side.data['categories']
        if category['id'] in side.category_ids
    ):
        return own
    return coco_lists(side.points[rows], side.visible[rows], decimals=6)


def _beside(own: dict, other: dict) -> dict[str, Any]:
    """The fields of the target: under their own name where free, not again where equal."""
    added = {}
    for key, value in other.items():
        if key not in own:
            added[key] = value
        elif own[key] != value:
            added[f'target_{key}'] = value
    return added


def _images(source: CocoKeypoints, target: CocoKeypoints, joined: Pairing) -> list[dict]:
    target_images = {image['id']: image for image in target.data['images']}
    counterpart = dict(
        zip(
            source.image_ids[joined.source].tolist(),
            target.image_ids[joined.target].tolist(),
            strict=True,
        )
    )
    return [
        {**image, **_beside(image, target_images[counterpart[image['id']]])}
        for image in source.data['images']
        if image['id'] in counterpart
    ]


def _categories(source: CocoKeypoints, target: KeypointSchema) -> list[dict]:
    names = list(source.schema.keypoints)
    categories = []
    for category in source.data['categories']:
        if category['id'] not in source.category_ids:
            continue
        changed = {**category, 'keypoints': names}
        if category.get('keypoints') != names:
            # The links are positions in the list of names.
            changed['skeleton'] = source.schema.to_category()['skeleton']
        changed.update(keypoints_target=list(target.keypoints), target_name=target.name)
        categories.append(changed)
    return categories
