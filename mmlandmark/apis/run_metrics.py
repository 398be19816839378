"""The figures of a run, from the JSON files that testing and training write."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.direction import (
    higher_is_better,
    metric_direction,
    not_measured,
)

#: What MMEngine logs beside figures.
_BOOKKEEPING = {'step', 'iter', 'epoch', 'time', 'data_time', 'memory', 'eta', 'mode'}
#: Only a line of training has one of these.
_RATES = {'lr', 'base_lr'}
_TRAINING = _RATES | {'loss', 'grad_norm'}
#: Prefixes that MMPose's metrics put before their keys whatever the data set.
_METRIC_PREFIXES = ('coco', 'coco-wholebody', 'posetrack18')
#: What the metrics of covered keypoints put before their keys.
_COVERAGE = {'covered', 'coverage'}
_DATED = re.compile(r'\d{8}_\d{6}')

#: Data set (empty: none named) and metric.
Key = tuple[str, str]


@dataclass(frozen=True)
class RunMetrics:
    """The figures of one run.

    Attributes:
        name: Name of the run.
        figures: (data set, metric) -> figure; None where the file holds null or NaN.
        notes: What a reader should know of where the figures come from.
    """

    name: str
    figures: Mapping[Key, float | None]
    notes: tuple[str, ...] = ()


def read_runs(arguments: Sequence[str], *, best: str | None = None) -> list[RunMetrics]:
    """Read the runs of a command line.

    Args:
        arguments: ``FILE``, ``NAME=FILE`` or ``NAME@DATASET=FILE``. Files of one name are one
            run. DATASET says what a file was measured on whose keys name no data set.
        best: Of a log of validations take the one with the best figure under this key; by
            default the last one.

    Raises:
        LandmarkError: A file that cannot be read or holds no figures, a key that two files of one
            run give, or two files without names of their own.
    """
    runs: dict[str, list[tuple[str, RunMetrics]]] = {}
    for argument in arguments:
        name, dataset, path, stated = _parse(argument)
        if name in runs and not stated:
            raise LandmarkError(
                f'{path}: a second run called {name!r}; give it a name: NAME={path}'
            )
        run = read_run(path, name=name, dataset=dataset, best=best)
        runs.setdefault(name, []).append((path, run))
    return [_join(name, parts) for name, parts in runs.items()]


def read_run(
    path: str | os.PathLike,
    *,
    name: str | None = None,
    dataset: str | None = None,
    best: str | None = None,
) -> RunMetrics:
    """Read what ``tools/test.py --out`` wrote, or MMEngine's log of a test or a training.

    Args:
        path: One JSON object, or one per line; of these the last validation is taken.
        name: Name of the run; by default from the path.
        dataset: What the figures were measured on, where their keys do not say.
        best: Take the validation with the best figure under this key.

    Raises:
        LandmarkError: The file cannot be read, is no JSON, or holds no figures; names the file
            and the line.
    """
    records, notes = _records(Path(path))
    name = name or _name_from(Path(path))
    if len(records) > 1 or not _RATES.isdisjoint(records[0]):
        record, note = _choose(str(path), records, best)
        notes.append(f'{name}: {note}')
    else:
        record = records[0]
    figures, others = {}, []
    for key, value in record.items():
        if key in _BOOKKEEPING:
            continue
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            others.append(key)
            continue
        figures[_split(key, dataset)] = None if not_measured(key, value) else value
    if not figures:
        raise LandmarkError(f'{path}: holds no figures; expected metrics as {{"coco/AP": 0.7}}')
    if others:
        notes.append(f'{name}: {len(others)} entries are no numbers, the first is {others[0]!r}')
    return RunMetrics(name, figures, tuple(notes))


def _records(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The JSON objects of a file, one or one per line, NaN and infinities as None."""
    try:
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise LandmarkError(f'{path}: cannot be read: {reason}') from None
    try:
        content = _parse_json(text)
    except ValueError:
        return _lines(path, text)
    if not isinstance(content, dict):
        raise LandmarkError(f'{path}: holds a {type(content).__name__}; expected one JSON object')
    return [content], []


def _lines(path: Path, text: str) -> tuple[list[dict[str, Any]], list[str]]:
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    records, notes = [], []
    for number, line in lines:
        try:
            record = _parse_json(line)
        except ValueError as error:
            # a run that was killed, or still runs, may leave half a line at the end
            if number == lines[-1][0] and records:
                notes.append(f'{path}: line {number} is cut off and was left out')
                continue
            raise LandmarkError(f'{path}: line {number} is not JSON: {error}') from None
        if not isinstance(record, dict):
            raise LandmarkError(f'{path}: line {number} is no JSON object')
        records.append(record)
    if not records:
        raise LandmarkError(f'{path}: the file is empty; expected JSON')
    return records, notes


def _parse_json(text: str) -> Any:
    content = json.loads(text, parse_constant=lambda _: None)
    return _finite(content) if isinstance(content, dict) else content


def _finite(content: dict[str, Any]) -> dict[str, Any]:
    return {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in content.items()
    }


def _choose(
    path: str, records: list[dict[str, Any]], best: str | None
) -> tuple[dict[str, Any], str]:
    validations = [r for r in records if _TRAINING.isdisjoint(r) and not set(r) <= _BOOKKEEPING]
    if not validations:
        raise LandmarkError(f'{path}: holds lines of training only, no validation')
    chosen, how = validations[-1], 'the last'
    if best is not None:
        known = dict.fromkeys(key for record in validations for key in record)
        if best not in known:
            raise LandmarkError(f'{path}: no validation has {best!r}{nearest(best, known)}')
        larger = higher_is_better(best)
        if larger is None:
            raise LandmarkError(f'{best!r}: whether more is better is not known, so none is best')
        measured = [r for r in validations if r.get(best) is not None]
        if not measured:
            raise LandmarkError(f'{path}: {best!r} is never a number')
        chosen = (max if larger else min)(measured, key=lambda record: record[best])
        how = f'that with the best {best}'
    step = f', step {chosen["step"]}' if 'step' in chosen else ''
    return chosen, f'{how} of {len(validations)} validations{step}'


def _split(key: str, dataset: str | None) -> Key:
    first, _, rest = key.partition('/')
    if dataset is not None:
        return dataset, rest if rest and first in _METRIC_PREFIXES else key
    named = rest and first not in _COVERAGE and metric_direction(first) is None
    return (first, rest) if named else ('', key)


def _parse(argument: str) -> tuple[str, str | None, str, bool]:
    """Name, data set, path, and whether the name was stated."""
    before, sign, path = argument.partition('=')
    if not sign or '/' in before or os.sep in before:
        return _name_from(Path(argument)), None, argument, False
    name, _, dataset = before.partition('@')
    if not name or not path:
        raise LandmarkError(f'{argument!r}: expected FILE, NAME=FILE or NAME@DATASET=FILE')
    return name, dataset or None, path, True


def _name_from(path: Path) -> str:
    """The file's name, or that of its folder for the names that every run's log has."""
    for part in (path.stem, *reversed(path.parts[:-1])):
        if part not in ('scalars', 'vis_data') and not _DATED.fullmatch(part):
            return part
    return path.stem


def _join(name: str, parts: list[tuple[str, RunMetrics]]) -> RunMetrics:
    figures: dict[Key, float | None] = {}
    for path, part in parts:
        twice = next((key for key in part.figures if key in figures), None)
        if twice is not None:
            shown = '/'.join(filter(None, twice))
            raise LandmarkError(
                f'{path}: run {name!r} has {shown!r} from another file; name the data set: '
                f'{name}@DATASET={path}'
            )
        figures.update(part.figures)
    return RunMetrics(name, figures, tuple(note for _, part in parts for note in part.notes))
