"""From one format to another, with a report of what the second does not hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from mmlandmark.annotations.formats import coco, cvat, deeplabcut, label_studio, sleap
from mmlandmark.annotations.formats.cvat_labels import cvat_labels
from mmlandmark.annotations.formats.label_studio_config import label_studio_config
from mmlandmark.annotations.formats.labels import Labels, with_sizes
from mmlandmark.annotations.formats.text_files import read_csv
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.writer import check_output, write_bytes
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, get_schema


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: How options call it.
        ending: Of its files.
        read: ``read(path, schema=, category=) -> Labels``.
        write: ``write(path, labels, overwrite=) -> notes``.
        setup: From schema, category and whether there are boxes to what the tool is set up with.
    """

    name: str
    ending: str
    read: Callable[..., Labels]
    write: Callable[..., list[str]]
    setup: Callable[[KeypointSchema, str, bool], bytes] | None = None


def _cvat_setup(schema: KeypointSchema, category: str, boxes: bool) -> bytes:
    labels = cvat_labels(schema, category, boxes=boxes)
    return orjson.dumps(labels, option=orjson.OPT_INDENT_2) + b'\n'


def _label_studio_setup(schema: KeypointSchema, category: str, boxes: bool) -> bytes:
    return label_studio_config(schema, category).encode()


FORMATS = {
    format_.name: format_
    for format_ in (
        Format('coco', '.json', coco.read_coco_labels, coco.write_coco_labels),
        Format('fiftyone', '.json', coco.read_coco_labels, coco.write_fiftyone),
        Format('cvat', '.xml', cvat.read_cvat, cvat.write_cvat, _cvat_setup),
        Format(
            'label-studio',
            '.json',
            label_studio.read_label_studio,
            label_studio.write_label_studio,
            _label_studio_setup,
        ),
        Format('deeplabcut', '.csv', deeplabcut.read_deeplabcut, deeplabcut.write_deeplabcut),
        Format('sleap', '.csv', sleap.read_sleap, sleap.write_sleap),
    )
}


@dataclass(frozen=True)
class FormatReport:
    """What a conversion did.

    Attributes:
        labels: What was read.
        source: Name of the source's format.
        target: Name of the written format.
        written: The files.
        notes: What was left out, made up or lost.
    """

    labels: Labels
    source: str
    target: str
    written: tuple[Path, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """Return the report for a terminal: two lines."""
        labels = self.labels
        seen, hidden = ((labels.visible == v).sum() for v in (2, 1))
        unlabelled = (labels.visible == 0).sum()
        counts = (
            f'{self.source} to {self.target}: {len(labels)} instances of {labels.category!r} in '
            f'{len(labels.files)} pictures, {labels.schema.num_keypoints} keypoints: {seen} seen, '
            f'{hidden} hidden, {unlabelled} not labelled; wrote '
            f'{", ".join(str(path) for path in self.written)}'
        )
        return f'{counts}\nnot kept as it was: {"; ".join(self.notes) or "nothing"}'


def convert_format(
    source: str | os.PathLike,
    out: str | os.PathLike,
    *,
    source_format: str | None = None,
    out_format: str | None = None,
    schema: str | Path | KeypointSchema | None = None,
    category: str | None = None,
    root: str | os.PathLike | None = None,
    like: str | os.PathLike | None = None,
    prefix: str = '',
    strip_prefix: str = '',
    setup: str | os.PathLike | None = None,
    overwrite: bool = False,
    **options: Any,
) -> FormatReport:
    """Convert annotations from one format to another, points by name.

    Args:
        source: The file.
        out: The file to write.
        source_format: One of ``FORMATS``; by default as the content of the file is.
        out_format: One of ``FORMATS``; by default by the ending, where only one has it.
        schema: The schema of the points; by default names (and links, where the format has them)
            are those of the file.
        category: Which category or label, where a file has several; and what instances are called
            in formats that do not say.
        root: Folder of the pictures, to read their sizes.
        like: A file of any of the formats whose pictures are the frames of a SLEAP CSV, or that
            has the sizes of pictures of the same names.
        prefix: Is put before every name of a picture.
        strip_prefix: Is taken from the front of every name of a picture, before ``prefix``.
        setup: Also write what the other tool is set up with: CVAT's labels (JSON), Label Studio's
            labelling interface (XML).
        overwrite: Replace files that exist.
        options: Of the writer: ``scorer`` and ``individuals`` of DeepLabCut.

    Raises:
        LandmarkError: Anything wrong with the input; nothing is written then.
    """
    target = _format(out_format or format_of_ending(out))
    check_output(out, overwrite=overwrite)
    if setup is not None:
        if target.setup is None:
            raise LandmarkError(f'format {target.name!r} has nothing to set up; leave setup out')
        check_output(setup, overwrite=overwrite)
    labels, found = read_labels(
        source,
        source_format,
        schema=schema,
        category=category,
        like=like,
        strip_prefix=strip_prefix,
    )
    labels = _renamed(labels if root is None else with_sizes(labels, root), '', prefix)
    notes = target.write(out, labels, overwrite=overwrite, **options)
    written = [Path(out)]
    if setup is not None and target.setup is not None:
        boxes = bool((~np.isnan(labels.boxes).any(axis=1)).any())
        write_bytes(setup, target.setup(labels.schema, labels.category, boxes))
        written.append(Path(setup))
    return FormatReport(labels, found, target.name, tuple(written), (*labels.notes, *notes))


def read_labels(
    path: str | os.PathLike,
    format_name: str | None = None,
    *,
    schema: str | Path | KeypointSchema | None = None,
    category: str | None = None,
    like: str | os.PathLike | None = None,
    strip_prefix: str = '',
) -> tuple[Labels, str]:
    """Read a file of any format.

    Args:
        path: The file.
        format_name: One of ``FORMATS``; by default as the content is.
        schema: See ``convert_format``.
        category: See ``convert_format``.
        like: See ``convert_format``.
        strip_prefix: Taken from the front of the names of pictures, before ``like`` is asked.

    Returns:
        The labels, and the name of their format.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    source = _format(format_name or format_of_content(path))
    options: dict[str, Any] = {'schema': None if schema is None else get_schema(schema)}
    pictures = None if like is None else read_labels(like)[0]
    if source.name == 'sleap':
        labels = source.read(path, category=category, like=pictures, **options)
        return _renamed(labels, strip_prefix, ''), source.name
    labels = _renamed(source.read(path, category=category, **options), strip_prefix, '')
    return (labels if pictures is None else _sized(labels, pictures)), source.name


def format_of_content(path: str | os.PathLike) -> str:
    """Return the name of the format that a file is in.

    Raises:
        LandmarkError: It is in none of them.
    """
    ending = Path(path).suffix.lower()
    if ending == '.xml':
        return 'cvat'
    if ending == '.csv':
        head = read_csv(path)[0]
        if head[0] == 'scorer':
            return 'deeplabcut'
        if 'frame_idx' in head:
            return 'sleap'
    if ending == '.json':
        content = read_json(path)
        if isinstance(content, list):
            return 'label-studio'
        if coco.is_coco(content):
            return 'coco'
    raise LandmarkError(f'{path}: is in none of the formats {", ".join(FORMATS)}, or say which')


def format_of_ending(path: str | os.PathLike) -> str:
    """Return the name of the only format with the ending of a file.

    Raises:
        LandmarkError: No format or several have it.
    """
    ending = Path(path).suffix.lower()
    names = [name for name, format_ in FORMATS.items() if format_.ending == ending]
    if len(names) != 1:
        raise LandmarkError(
            f'{path}: the ending does not say which format to write; say one of '
            f'{", ".join(names or FORMATS)}'
        )
    return names[0]


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise LandmarkError(
            f'there is no format {name!r}{nearest(name, FORMATS)}; there are {", ".join(FORMATS)}'
        )
    return FORMATS[name]


def _renamed(labels: Labels, strip: str, prefix: str) -> Labels:
    other = next((file for file in labels.files if not file.startswith(strip)), None)
    if other is not None:
        raise LandmarkError(f'{labels.name}: picture {other} does not begin with {strip!r}')
    return replace(labels, files=[prefix + file[len(strip) :] for file in labels.files])


def _sized(labels: Labels, like: Labels) -> Labels:
    known = dict(zip(like.files, like.sizes.tolist(), strict=True))
    sizes = labels.sizes.copy()
    for index, file in enumerate(labels.files):
        if file not in known:
            raise LandmarkError(
                f'{labels.name}: picture {file} is not in {like.name}{nearest(file, known)}'
            )
        if not sizes[index].all():
            sizes[index] = known[file]
    return replace(labels, sizes=sizes)
