"""What the page is told, made from a session; plain dicts and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, Mapping
from mmlandmark.version import __version__
from mmlandmark.viewer.listing import list_pictures
from mmlandmark.viewer.measures import Layer, Measure
from mmlandmark.viewer.requests import ListRequest, PictureRequest, View
from mmlandmark.viewer.session import ViewerSession

if TYPE_CHECKING:
    from mmlandmark.apis.convert import Converter


def start(session: ViewerSession) -> dict[str, Any]:
    """Return what the page needs first."""
    given = session.shelf.given
    return {
        'version': __version__,
        'run': session.run,
        'file': session.file.name,
        'pictures': len(session.file.data['images']),
        'imageFolder': str(session.pictures.root),
        'truth': session.truth.name if session.truth else None,
        'truthSchema': session.name_of(session.truth.schemas[0]) if session.truth else None,
        'output': str(session.output.folder) if session.output else None,
        'schemas': [_own_schema(session, schema) for schema in session.file.schemas],
        'targets': list(session.schemas),
        'converter': given[0].id if given else None,
        'schema': _first_schema(session),
    }


def converters(session: ViewerSession, schema: KeypointSchema) -> list[dict[str, Any]]:
    """Return the converters that take a schema; rules where they are fixed ones."""
    return [
        {
            'id': offered.id,
            'kind': offered.kind,
            'target': session.name_of(offered.converter.target_schema),
            'rules': _rules(offered.converter),
            'description': getattr(offered.converter, 'description', ''),
        }
        for offered in session.shelf.of_source(schema)
    ]


def listing(session: ViewerSession, asked: ListRequest) -> dict[str, Any]:
    """Return a part of the pictures that meet a filter, and what errors mean."""
    schema, converter, measure = _view(session, asked.view)
    source, converted = session.layers(schema, converter)
    layer = converted or source
    wanted = asked.filter()
    names = session.pictures.names
    found = list_pictures(
        names,
        session.picture_of(schema),
        layer,
        measure.distances if measure else None,
        wanted,
    )
    errors = found.instance_errors[np.isfinite(found.instance_errors)]
    part = found.order[asked.offset : asked.offset + asked.limit]
    return {
        'total': len(names),
        'matched': len(found.order),
        'offset': asked.offset,
        'pictures': [
            {
                'index': index,
                'name': _name(session, index),
                'instances': int(found.instances[index]),
                'missing': int(found.missing[index]),
                'inferred': int(found.inferred[index]),
                'error': float(found.errors[index]),
            }
            for index in part.tolist()
        ],
        'points': int((layer.visible > 0).sum()),
        'missing': int(layer.missing.sum()),
        'withoutRule': 0 if layer.covered is None else int((~layer.covered).sum()),
        'inferred': int(layer.inferred.sum()),
        'instances': len(layer.points),
        'measure': _measure(session, layer.schema, measure, errors, asked.keypoint),
    }


def picture(session: ViewerSession, asked: PictureRequest) -> dict[str, Any]:
    """Return the points of one picture: source, converted and true."""
    names = session.pictures.names
    if asked.index >= len(names):
        raise LandmarkError(f'there is no picture {asked.index}; the file lists {len(names)}')
    schema, converter, measure = _view(session, asked.view)
    source, converted = session.layers(schema, converter)
    layer, file = converted or source, session.file.read(schema)
    rows = np.flatnonzero(session.picture_of(schema) == asked.index)
    size, problem = _size(session, asked.index)
    return {
        'index': asked.index,
        'name': _name(session, asked.index),
        'size': size,
        'problem': problem,
        'target': session.name_of(converter.target_schema) if converter else None,
        'instances': [
            {
                'id': int(file.ids[row]),
                'box': file.bboxes[row],
                'source': _points(source, row),
                'converted': _points(converted, row) if converted else None,
                'error': float(measure.errors[row]) if measure else None,
                'distances': measure.distances[row] if measure else None,
                'truth': _true_id(session, layer.schema, measure, row) if measure else None,
            }
            for row in rows.tolist()
        ],
        'truth': _truth(session, converter.target_schema if converter else schema, asked.index),
    }


def _name(session: ViewerSession, index: int) -> str:
    return str(session.pictures.names[index] or f'(image {index + 1} without file_name)')


def _view(
    session: ViewerSession, view: View
) -> tuple[KeypointSchema, Converter | None, Measure | None]:
    schema = session.own_schema(view.schema_name)
    converter = session.converter(schema, view.chosen())
    if view.normalizer is None:
        return schema, converter, None
    names = session.normalizers(converter.target_schema if converter else schema)
    chosen = view.normalizer if view.normalizer in names else None
    return schema, converter, session.measured(schema, converter, chosen) if chosen else None


def _measure(
    session: ViewerSession,
    compared: KeypointSchema,
    measure: Measure | None,
    errors: np.ndarray,
    keypoint: str | None,
) -> dict[str, Any]:
    """What errors are, how many there are, and why the others have none."""
    names = session.normalizers(compared)
    if not names:
        reason = (
            'no ground truth was given'
            if session.truth is None
            else f'the ground truth has {session.truth.schemas[0].name}, not {compared.name}'
        )
        return {'normalizers': [], 'reason': reason}
    if measure is None:
        return {'normalizers': names, 'reason': 'choose what errors are divided by'}
    excluded = dict(measure.excluded)
    without = int(np.isfinite(measure.errors).sum()) - len(errors)  # of this keypoint alone
    if without:
        excluded[f'without {keypoint} in both'] = without
    return {
        'normalizers': names,
        'normalizer': measure.normalizer,
        'measured': len(errors),
        'excluded': excluded,
        'mean': float(errors.mean()) if len(errors) else None,
        'median': float(np.median(errors)) if len(errors) else None,
    }


def _truth(session: ViewerSession, compared: KeypointSchema, index: int) -> dict[str, Any] | None:
    truth = session.true_points(compared)
    if truth is None:
        return None
    rows = np.flatnonzero(session.pictures_of_truth(truth) == index)
    return {
        'schema': session.name_of(truth.schema),
        'instances': [
            {
                'id': int(truth.ids[row]),
                'points': _triples(truth.points[row], truth.visible[row]),
            }
            for row in rows.tolist()
        ],
    }


def _true_id(
    session: ViewerSession, compared: KeypointSchema, measure: Measure, row: int
) -> int | None:
    truth, at = session.true_points(compared), int(measure.truth_rows[row])
    return int(truth.ids[at]) if truth is not None and at >= 0 else None


def _points(layer: Layer, row: int) -> dict[str, Any]:
    return {
        'points': _triples(layer.points[row], layer.visible[row]),
        'inferred': np.flatnonzero(layer.inferred[row]),
        'sigma': None if layer.sigma is None else layer.sigma[row],
    }


def _triples(points: np.ndarray, visible: np.ndarray) -> Sequence[Any]:
    return np.column_stack([np.round(points, 3), visible]).tolist()


def _size(session: ViewerSession, index: int) -> tuple[list[float] | None, str | None]:
    """The size of the picture, or what the file says, and what is wrong with the picture."""
    image = session.file.data['images'][index]
    stated = [image.get(side) for side in ('width', 'height')]
    known = all(isinstance(side, int | float) and side > 0 for side in stated)
    try:
        size = list(session.pictures.size(index))
    except LandmarkError as error:
        return (stated if known else None), str(error)
    if known and size != stated:
        said = f'the picture is {size[0]} x {size[1]}, the file says {stated[0]} x {stated[1]}'
        return size, said
    return size, None


def _own_schema(session: ViewerSession, schema: KeypointSchema) -> dict[str, Any]:
    file = session.file.read(schema)
    return {
        'name': session.name_of(schema),
        'instances': len(file),
        'pictures': len(np.unique(file.image_ids)),
        'withoutKeypoints': file.without_keypoints,
    }


def _first_schema(session: ViewerSession) -> str:
    if session.shelf.given:
        names = set(session.shelf.given[0].converter.source_schema.keypoints)
        return session.name_of(next(s for s in session.file.schemas if set(s.keypoints) == names))
    return session.name_of(session.file.schemas[0])


def _rules(converter: Any) -> dict[str, dict[str, float]] | None:
    if not isinstance(converter, Mapping):
        return None
    return {target: dict(rule) for target, rule in converter.rules.items()}
