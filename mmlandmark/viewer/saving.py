"""Mappings and converted files, written below the output folder or handed to the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import Mapping
from mmlandmark.viewer.requests import Draft, SaveRequest
from mmlandmark.viewer.session import ViewerSession


def save_mapping(session: ViewerSession, asked: SaveRequest) -> tuple[dict[str, Any], bytes]:
    """Make the mapping that is being edited; written whole or not at all.

    Returns:
        What the page is told, and the content for a download.

    Raises:
        FileExists: It would replace a file, unconfirmed.
        LandmarkError: No point has a rule, weights that do not sum to 1, or the file cannot be
            written.
    """
    if not isinstance(asked.view.converter, Draft):
        raise LandmarkError('nothing is being edited; expected a draft')
    schema = session.own_schema(asked.view.schema_name)
    mapping = session.converter(schema, asked.view.chosen())
    if not isinstance(mapping, Mapping):
        raise LandmarkError('no target point has a source yet; a mapping needs at least one')
    if asked.download:
        text = json.dumps(mapping.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        return {}, (text + '\n').encode()
    path = _path(session, asked)
    try:
        mapping.save(path, overwrite=asked.overwrite)
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be written: {error.strerror or error}') from None
    id = session.shelf.add_mapping(mapping)
    return {'written': str(path), 'summary': mapping.coverage, 'converter': id}, b''


def export_file(session: ViewerSession, asked: SaveRequest) -> tuple[dict[str, Any], bytes]:
    """Convert the whole file, as ``convert_coco`` does.

    Returns:
        What the page is told, and the content for a download.

    Raises:
        FileExists: It would replace a file, unconfirmed.
        LandmarkError: Nothing converts, or the file cannot be converted or written.
    """
    from mmlandmark.annotations.writer import write_json
    from mmlandmark.apis.convert import convert_coco

    schema = session.own_schema(asked.view.schema_name)
    converter = session.converter(schema, asked.view.chosen())
    if converter is None:
        raise LandmarkError('nothing converts the points; choose a mapping or a converter first')
    path = None if asked.download else _path(session, asked)
    report, data = convert_coco(
        converter,
        session.file.data,
        keypoints_field=session.file.field,
        assume_names=session.file.assume_names,
    )
    if path is None:
        return {}, orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)
    write_json(path, data, overwrite=asked.overwrite)
    return {'written': str(path), 'summary': report.summary()}, b''


def _path(session: ViewerSession, asked: SaveRequest) -> Path:
    if session.output is None:
        raise LandmarkError('no output folder was named; start with --out FOLDER, or download')
    return session.output.path(asked.file_name, overwrite=asked.overwrite)
