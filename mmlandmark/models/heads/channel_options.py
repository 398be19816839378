"""Options of channels, given by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.peaks import check_numbers, find_peaks

_NOT_OPTIONS = ('maps', 'mask')


def check_channels(channels: Sequence[str], where: str) -> tuple[str, ...]:
    """Return names of channels.

    Raises:
        LandmarkError: There is none, or one is no text, empty, twice there, or contains ``loss``.
    """
    names = () if isinstance(channels, str) else tuple(channels)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise LandmarkError(f'{where}: channels is {channels!r}, expected names, one or more')
    for name in names:
        if names.count(name) > 1:
            raise LandmarkError(f'{where}: channel {name!r} is there twice')
        if 'loss' in name:
            raise LandmarkError(
                f"{where}: channel {name!r} contains 'loss', and MMEngine adds every logged value "
                'of such a name to the loss; expected another name'
            )
    return names


def per_channel(
    value: float | Mapping[str, float], channels: Sequence[str], where: str
) -> tuple[float, ...]:
    """Return a number for each channel.

    Args:
        value: One for all, or channel -> its own.
        channels: All of them.
        where: Whose option it is, with its name, for the message.

    Raises:
        LandmarkError: A channel is unknown or missing, or a value is no finite number.
    """
    if not isinstance(value, Mapping):
        value = dict.fromkeys(channels, value)
    for name in value:
        if name not in channels:
            raise LandmarkError(
                f'{where}: unknown channel {name!r}{nearest(name, channels)}; known are '
                f'{", ".join(channels)}'
            )
    for name in channels:
        if name not in value:
            raise LandmarkError(f'{where}: channel {name!r} is missing')
        number = value[name]
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise LandmarkError(f'{where}: {number!r} for channel {name!r}, expected a number')
        if not math.isfinite(number):
            raise LandmarkError(f'{where}: {number!r} for channel {name!r}, expected it finite')
    return tuple(float(value[name]) for name in channels)


def peak_options(given: Mapping[str, Any], channels: Sequence[str], where: str) -> dict[str, Any]:
    """Return arguments of ``find_peaks``.

    Args:
        given: Its arguments; ``threshold`` may be channel -> value.
        channels: All of them.
        where: Whose options these are, for the message.

    Raises:
        LandmarkError: One is unknown, or a threshold or a number does not fit.
    """
    known = [name for name in signature(find_peaks).parameters if name not in _NOT_OPTIONS]
    for name in given:
        if name not in known:
            raise LandmarkError(
                f'{where}: unknown option {name!r} of peaks{nearest(name, known)}; expected some '
                f'of {", ".join(known)}'
            )
    options = dict(given)
    if 'threshold' in options:
        options['threshold'] = per_channel(
            options['threshold'], channels, f'{where}: threshold of peaks'
        )
    # when the model is built, not when the first epoch is evaluated
    numbers = {name: given[name] for name in ('min_distance', 'top_k') if name in given}
    try:
        check_numbers(**numbers)
    except LandmarkError as error:
        raise LandmarkError(f'{where}: peaks: {error}') from None
    return options


def swapped_channels(
    pairs: Sequence[Sequence[str]], channels: Sequence[str], where: str
) -> list[int]:
    """Return for each channel the position of the one that it is in a mirror image.

    Args:
        pairs: Names of channels that swap; the others stay.
        channels: All of them.
        where: Whose option it is, for the message.

    Raises:
        LandmarkError: A pair is no two known channels, or a channel is in several.
    """
    partners = list(range(len(channels)))
    for pair in pairs:
        for name in pair:
            if name not in channels:
                raise LandmarkError(
                    f'{where}: flip_channels names {name!r}{nearest(name, channels)}; known are '
                    f'{", ".join(channels)}'
                )
        positions = [channels.index(name) for name in pair]
        if len(set(positions)) != 2 or any(partners[p] != p for p in positions):
            raise LandmarkError(
                f'{where}: flip_channels has {tuple(pair)!r}; expected two channels, each in one '
                'pair'
            )
        partners[positions[0]], partners[positions[1]] = positions[1], positions[0]
    return partners
