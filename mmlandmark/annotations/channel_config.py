"""Which named keypoints feed which channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mmlandmark.errors import LandmarkError, nearest

_EXPECTED = "expected dict(corner=['c1', 'c2'], flap=['f1']), or 'c1=c2:f1' without names"

ChannelConfig = Mapping[str, str | Sequence[str]] | Sequence[str | Sequence[str]] | str


def parse_channels(config: ChannelConfig) -> dict[str, tuple[str, ...]]:
    """Return the keypoints of each channel, in the order of the configuration.

    A channel that is given without a name is called by its keypoints, joined by ``=``.

    Args:
        config: ``dict(corner=['c1', 'c2'], flap=['f1'])``; or without names ``'c1=c2:f1'``, in
            which ``:`` stands between channels and ``=`` between keypoints of one, the form of
            tlpss/keypoint-detection; or ``[['c1', 'c2'], ['f1']]`` or ``['c1=c2', 'f1']``. The
            text of a JSON object is taken for that object. A keypoint may feed several channels.

    Raises:
        LandmarkError: Another form, a channel without keypoints or with one of them twice, or two
            channels of one name.
    """
    if isinstance(config, str):
        config = _from_text(config)
    if isinstance(config, Mapping):
        named = [(name, _keypoints(value)) for name, value in config.items()]
    elif isinstance(config, Sequence):
        groups = [_keypoints(value) for value in config]
        named = [('='.join(group), group) for group in groups]
    else:
        raise LandmarkError(f'channels are {config!r:.60}; {_EXPECTED}')
    if not named:
        raise LandmarkError(f'channels are empty; {_EXPECTED}')
    channels: dict[str, tuple[str, ...]] = {}
    for name, keypoints in named:
        if not isinstance(name, str) or not name:
            raise LandmarkError(f'channels: a channel is called {name!r:.60}; expected a name')
        if name in channels:
            raise LandmarkError(f'channels: {name!r} is there twice; expected every channel once')
        twice = [keypoint for keypoint in keypoints if keypoints.count(keypoint) > 1]
        if twice:
            raise LandmarkError(f'channels: channel {name!r} lists {twice[0]!r} more than once')
        channels[name] = keypoints
    return channels


def resolve_channels(
    config: ChannelConfig | None, known: Sequence[str], where: str
) -> dict[str, tuple[str, ...]]:
    """Return the keypoints of each channel, all of them known.

    Args:
        config: See ``parse_channels``; None: every known keypoint is a channel of its own.
        known: The keypoints that the file names.
        where: File name, for messages.

    Raises:
        LandmarkError: A keypoint that the file does not name; the message suggests one.
    """
    if config is None:
        return {name: (name,) for name in known}
    channels = parse_channels(config)
    for channel, keypoints in channels.items():
        for keypoint in keypoints:
            if keypoint not in known:
                raise LandmarkError(
                    f'{where}: channel {channel!r}: there is no keypoint {keypoint!r}'
                    f'{nearest(keypoint, known)}; the file names {_listed(known)}'
                )
    return channels


def check_flip_channels(
    pairs: Sequence[Sequence[str]], channels: Sequence[str], where: str
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of channels that swap in a mirror image, checked.

    Args:
        pairs: Pairs of channel names.
        channels: The channels.
        where: Data set, for messages.

    Raises:
        LandmarkError: Not pairs, an unknown channel, or a channel in two pairs.
    """
    checked: list[tuple[str, str]] = []
    seen: set[str] = set()
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise LandmarkError(
                f'{where}: flip_channels: {pair!r:.60}; expected pairs of two channels'
            )
        for name in pair:
            if name not in channels:
                raise LandmarkError(
                    f'{where}: flip_channels: no channel {name!r}{nearest(name, channels)}; there '
                    f'are {_listed(channels)}'
                )
            if name in seen:
                raise LandmarkError(f'{where}: flip_channels: {name!r} is in two pairs')
            seen.add(name)
        checked.append((pair[0], pair[1]))
    return tuple(checked)


def _from_text(text: str) -> Any:
    if not text.lstrip().startswith('{'):
        return text.split(':')
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise LandmarkError(f'channels {text!r:.60}: not valid JSON: {error}') from None


def _keypoints(value: Any) -> tuple[str, ...]:
    names = value.split('=') if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise LandmarkError(f'channels: {value!r:.60} are not names of keypoints; {_EXPECTED}')
    stripped = tuple(name.strip() for name in names)
    if not stripped or not all(stripped):
        raise LandmarkError(f'channels: {value!r:.60} lacks the name of a keypoint; {_EXPECTED}')
    if isinstance(value, str) and ':' in value:
        raise LandmarkError(f"channels: {value!r:.60} holds ':', which stands between channels")
    return stripped


def _listed(names: Sequence[str]) -> str:
    return ', '.join(names[:8]) + (f' and {len(names) - 8} more' if len(names) > 8 else '')
