"""XML and CSV files, read strictly."""

from __future__ import annotations

import csv
import io
import math
import os
from pathlib import Path
from xml.etree import ElementTree

from mmlandmark.errors import LandmarkError


def read_text(path: str | os.PathLike) -> str:
    """Return the text of a file.

    Raises:
        LandmarkError: The file is missing, empty, or no UTF-8 text.
    """
    try:
        text = Path(path).read_bytes().decode('utf-8-sig')
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise LandmarkError(f'{path}: is no text; expected UTF-8') from None
    if not text.strip():
        raise LandmarkError(f'{path}: the file is empty')
    return text


def read_xml(path: str | os.PathLike) -> ElementTree.Element:
    """Return the root of an XML file.

    Raises:
        LandmarkError: The file is missing, empty, not XML, or declares entities, which could make
            it grow without bound.
    """
    text = read_text(path)
    if '<!DOCTYPE' in text or '<!ENTITY' in text:
        raise LandmarkError(f'{path}: declares a document type; expected plain XML')
    try:
        return ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        raise LandmarkError(f'{path}: not valid XML: {error}') from None


def xml_bytes(root: ElementTree.Element) -> bytes:
    """Return an indented XML file."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding='utf-8', xml_declaration=True) + b'\n'


def read_csv(path: str | os.PathLike) -> list[list[str]]:
    """Return the rows of a comma separated file, all of one length.

    Raises:
        LandmarkError: The file is missing, empty, not text, or a row has another length than the
            first.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(read_text(path)), strict=True) if row]
    except csv.Error as error:
        raise LandmarkError(f'{path}: not valid CSV: {error}') from None
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise LandmarkError(
                f'{path}: row {number} has {len(row)} cells; expected {len(rows[0])} as in the '
                'first row'
            )
    return rows


def csv_bytes(rows: list[list[str]]) -> bytes:
    """Return a comma separated file."""
    out = io.StringIO(newline='')
    csv.writer(out, lineterminator='\n').writerows(rows)
    return out.getvalue().encode()


def pair(x: str, y: str, where: str) -> tuple[float, float] | None:
    """Return the coordinates of two cells, None where both are empty or NaN.

    Args:
        x: A cell.
        y: A cell.
        where: File, entry and keypoint, for messages.

    Raises:
        LandmarkError: A cell is no finite number, or only one is empty.
    """
    across, down = _number(x, where), _number(y, where)
    if across is None and down is None:
        return None
    if across is None or down is None:
        raise LandmarkError(f'{where}: x is {x!r}, y is {y!r}; expected both or none')
    return across, down


def _number(cell: str, where: str) -> float | None:
    if cell.strip().lower() in ('', 'nan'):
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise LandmarkError(f'{where}: {cell!r:.40} is no finite number')
    return value


def spelled(value: float) -> str:
    """Return a number as text that reads back as the same number; empty for NaN."""
    return '' if math.isnan(value) else repr(value + 0.0)
