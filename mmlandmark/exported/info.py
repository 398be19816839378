"""What an exported file says of itself: nothing has to be typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

FORMAT = 1
"""Raised when a file of before could be misread."""
METADATA_KEY = 'mmlandmark'
"""Name of the entry in the metadata of an ONNX file."""


class Info:
    """The part that all kinds of files share: strict JSON, there and back."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, texts and numbers, schemas included."""
        content = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}
        return dict(format=FORMAT, kind=self.kind, **content)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Info:
        """Make it from the result of ``to_json``.

        Raises:
            LandmarkError: A field is missing, unknown or of another type.
        """
        content = {k: v for k, v in content.items() if k not in ('format', 'kind')}
        known = {f.name: f for f in fields(cls)}
        for name in content:
            if name not in known:
                raise LandmarkError(f'a {cls.kind} has no field {name!r}')
        for name in known:
            if name not in content:
                raise LandmarkError(f'a {cls.kind} needs the field {name!r}')
        return cls(**{name: _read(name, value, cls.kind) for name, value in content.items()})


@dataclass(frozen=True)
class ConverterInfo(Info):
    """Of a converter or a mapping.

    Args:
        name: ``source-to-target_network``, or that of the mapping.
        source_schema: Of the points that come in.
        target_schema: Of the points that go out.
        normalizer: ``similarity``, ``bbox``, or None of a mapping.
        min_source_points: Instances with fewer labelled points are not converted.
        has_sigma: Whether it says an expected error.
        versions: Package -> version that it was written with.
    """

    kind: ClassVar[str] = 'converter'
    name: str
    source_schema: KeypointSchema
    target_schema: KeypointSchema
    normalizer: str | None
    min_source_points: int
    has_sigma: bool
    versions: Mapping[str, str]


@dataclass(frozen=True)
class DetectorInfo(Info):
    """Of a top-down model.

    Args:
        name: Of its head and schema.
        schema: Of the points.
        input_size: Width and height of a crop, pixels.
        frame: ``input``: points are in pixels of the crop; ``picture``: in those of the picture,
            by the affine map that the graph takes.
        padding: The side of a crop over that of its box; None where the test pipeline cuts crops
            in another way.
        use_udp: Whether corners of a crop are middles of pixels (UDP).
        flip_test: Whether the graph averages with the mirrored crop.
        mean: Of the three channels in the order of the network, already in the graph.
        std: The same.
        versions: Package -> version that it was written with.
    """

    kind: ClassVar[str] = 'detector'
    name: str
    schema: KeypointSchema
    input_size: tuple[int, int]
    frame: str
    padding: float | None
    use_udp: bool
    flip_test: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class ChannelInfo(Info):
    """Of a detector of channel keypoints.

    Args:
        name: Of its head.
        channels: Their names, in the order of the outputs.
        input_size: Width and height of the input, pixels.
        top_k: The most points of a channel.
        threshold: Scores of points are above; one for each channel.
        mean: Of the three channels in the order of the network, already in the graph.
        std: The same.
        versions: Package -> version that it was written with.
    """

    kind: ClassVar[str] = 'channels'
    name: str
    channels: tuple[str, ...]
    input_size: tuple[int, int]
    top_k: int
    threshold: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


KINDS: dict[str, type[Info]] = {c.kind: c for c in (ConverterInfo, DetectorInfo, ChannelInfo)}
_TEXTS = ('name', 'frame')
_FLAGS = ('has_sigma', 'use_udp', 'flip_test')
_COUNTS = ('min_source_points', 'top_k')
_PAIRS = ('input_size',)
_LISTS = ('mean', 'std', 'threshold')


def parse_info(text: str | None, where: str) -> Info:
    """Return what a file says of itself.

    Args:
        text: The JSON of its metadata, None where it has none.
        where: The file, for messages.

    Raises:
        LandmarkError: It is not of this package, is of a newer format, or is damaged.
    """
    if text is None:
        raise LandmarkError(f'{where}: says nothing of itself; expected a file of export_onnx.py')
    try:
        content = json.loads(text)
    except ValueError as error:
        raise LandmarkError(f'{where}: what it says of itself is no JSON: {error}') from error
    return read_info(content, where)


def read_info(content: Any, where: str) -> Info:
    """The same from the parsed JSON."""
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        found = content.get('format') if isinstance(content, dict) else None
        raise LandmarkError(
            f'{where}: is of format {found!r}; this mmlandmark reads format {FORMAT}: export the '
            'model again'
        )
    kind = KINDS.get(content.get('kind'))
    if kind is None:
        raise LandmarkError(f'{where}: is a {content.get("kind")!r}; known are {", ".join(KINDS)}')
    try:
        return kind.from_json(content)
    except (LandmarkError, TypeError) as error:
        raise LandmarkError(f'{where}: {error}') from error


def _plain(value: Any) -> Any:
    if isinstance(value, KeypointSchema):
        return value.to_json()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _read(name: str, value: Any, kind: str) -> Any:
    if name.endswith('schema'):
        if not isinstance(value, dict):
            raise LandmarkError(f'{name} is {value!r}; expected a schema')
        return KeypointSchema.from_json(value)
    if not _fits(name, value):
        raise LandmarkError(f'the {name} of a {kind} cannot be {value!r}')
    return tuple(value) if isinstance(value, list) else value


def _fits(name: str, value: Any) -> bool:
    """Whether a value of JSON is of the type that a field has."""
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _FLAGS:
        return isinstance(value, bool)
    if name in _COUNTS:
        return _is_count(value)
    if name in _PAIRS:
        return isinstance(value, list) and len(value) == 2 and all(map(_is_count, value))
    if name in _LISTS:
        return isinstance(value, list) and all(map(_is_number, value))
    if name == 'channels':
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name == 'versions':
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if name == 'padding':
        return value is None or (_is_number(value) and value > 0)
    return value in (None, 'similarity', 'bbox')  # normalizer


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
