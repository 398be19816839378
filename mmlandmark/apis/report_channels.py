"""The sections of a report on channel keypoints: average precision, counts, and pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np

from mmlandmark.evaluation.functional.keypoint_ap_result import KeypointAPResult
from mmlandmark.evaluation.functional.keypoint_average_precision import MATCHINGS
from mmlandmark.evaluation.functional.keypoint_matching import ChannelPoints, find_candidates
from mmlandmark.evaluation.metrics.keypoint_average_precision import FOUND, PICTURES, TRUTH
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples
from mmlandmark.visualization.channel_panels import draw_both_points
from mmlandmark.visualization.distribution_figure import distribution_figure
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.ranking import worst_median_best
from mmlandmark.visualization.report import Section
from mmlandmark.visualization.report_blocks import (
    PICTURE_WIDTH,
    Case,
    ResultTable,
    case_blocks,
    figures_block,
    paragraph,
    table_block,
)


def channel_sections(
    samples: PackedSamples, result: KeypointAPResult | None, pictures: PictureFolders, each: int
) -> list[Section]:
    """Return what there is to see of detected keypoints beside the ground truth.

    Args:
        samples: As `pack_points` packs them.
        result: Average precision; None where it was not measured.
        pictures: Where pictures are looked for.
        each: Cases of each kind at most.
    """
    sections = [Section('Channels', [table_block(_channel_table(samples, result))])]
    threshold = max(result.thresholds) if result is not None else 4.0
    unit = result.unit if result is not None else 'pixel'
    missed = missed_shares(samples, threshold, unit)
    if np.isfinite(missed).any():
        label = f'{threshold:g} {"px" if unit == "pixel" else "of the diagonal"}'
        text = f'missed or false points, % (within {label})'
        figure = distribution_figure(100 * missed, text, of='pictures')
        sections.append(Section('Errors of pictures', [figures_block({'all channels': figure})]))
        sections.append(_cases(samples, missed, label, pictures, each))
    return [*sections, Section('Left out', [table_block(_left_out(samples, missed, result))])]


def channels_of(samples: PackedSamples) -> list[str]:
    """The names of the channels."""
    return json.loads(samples.tables[PICTURES].columns['channels'][0])


def missed_shares(samples: PackedSamples, threshold: float, unit: str) -> np.ndarray:
    """Return which part of the points of each picture is missed or false.

    Args:
        samples: N pictures, as `pack_points` packs them.
        threshold: Largest distance of a match.
        unit: ``pixel`` or ``diagonal``.

    Returns:
        (N,): 1 - matched / (true and detected points, matched ones once); NaN without any point.
    """
    found, truth = (_points(samples, name) for name in (FOUND, TRUTH))
    scores = samples.tables[FOUND].columns['scores']
    size = samples.tables[PICTURES].columns['size'].astype(np.float64)
    scale = np.hypot(*size.T) if unit == 'diagonal' else np.ones(len(size))
    limits = threshold * scale[found.images]
    channels = len(channels_of(samples))
    pairs, near = find_candidates(found, scores, truth, limits, channels).by_score()
    hits = near[MATCHINGS['nearest'](pairs, len(near), len(truth))]
    count = len(samples)
    matched = np.bincount(found.images[hits], minlength=count)
    total = sum(np.bincount(side.images, minlength=count) for side in (found, truth)) - matched
    return np.where(total > 0, 1 - matched / np.maximum(total, 1), np.nan)


def _channel_table(samples: PackedSamples, result: KeypointAPResult | None) -> ResultTable:
    names = channels_of(samples)
    true, detected = (
        np.bincount(samples.tables[side].columns['channels'], minlength=len(names))
        for side in (TRUTH, FOUND)
    )
    rows = []
    for index, name in enumerate(names):
        row = {'channel': name, 'ground truth': int(true[index])}
        row['detections'] = int(detected[index])
        for t, label in enumerate(result.labels if result is not None else ()):
            row[f'AP@{label}'] = float(result.ap[index, t])
            row[f'matched@{label}'] = int(result.matched[index, t])
        rows.append(row)
    if result is None:
        return ResultTable(rows, notes=['KeypointAveragePrecision was not among the metrics'])
    mean = {'channel': 'mean', 'ground truth': int(true.sum()), 'detections': int(detected.sum())}
    values = zip(result.labels, result.per_threshold.tolist(), strict=True)
    rows.append(mean | {f'AP@{label}': value for label, value in values})
    notes = [f'mAP {result.mean:.4f} over {result.num_images} pictures: the mean over thresholds']
    notes += [f'channel {name} has no ground truth: not in the mean' for name in result.excluded]
    return ResultTable(rows, notes=notes)


def _cases(
    samples: PackedSamples,
    missed: np.ndarray,
    within: str,
    pictures: PictureFolders,
    each: int,
) -> Section:
    if each < 1:
        return Section('Cases', [])
    columns, names = samples.tables[PICTURES].columns, channels_of(samples)
    cases = []
    chosen = worst_median_best(missed, each)
    if not len(chosen['best']):
        chosen = {'all': np.flatnonzero(np.isfinite(missed))}
    sides = [_points(samples, side) for side in (TRUTH, FOUND)]
    for kind, rows in chosen.items():
        for row in rows.tolist():
            name = columns['names'][row].decode()
            true, found = (_of_picture(side, row) for side in sides)
            picture, scale = _canvas(pictures.read(name), columns['size'][row])
            sides_drawn = [(scale * points, channels) for points, channels in (true, found)]
            drawn = draw_both_points(picture, *sides_drawn, names)
            caption = f'{name}: {len(true[0])} true, {len(found[0])} detected, '
            cases.append(Case(kind, f'{caption}{missed[row]:.0%} missed or false', drawn))
    note = (
        'White rings are the ground truth, crosses in the colours of the channels what was '
        f'detected; ranked by the share of points without a match within {within}. '
        f'{pictures.summary(len(cases))}.'
    )
    return Section('Cases', [paragraph(note), case_blocks(cases)])


def _canvas(picture: np.ndarray | None, size: np.ndarray) -> tuple[np.ndarray, float]:
    """A picture no larger than pages show it, or a blank canvas, and its scale."""
    scale = min(1.0, PICTURE_WIDTH / size.max())
    width, height = (max(1, round(scale * side)) for side in size.tolist())
    if picture is None:
        return np.full((height, width, 3), 244, np.uint8), scale
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), scale


def _left_out(
    samples: PackedSamples, missed: np.ndarray, result: KeypointAPResult | None
) -> ResultTable:
    dropped = int(samples.tables[PICTURES].columns['dropped'].sum())
    counts = {
        'points that had left their pictures': dropped,
        'pictures without any true or detected point': int(np.isnan(missed).sum()),
        'channels without ground truth': len(result.excluded) if result is not None else 0,
    }
    rows: Sequence[dict] = [{'what': what, 'number': n} for what, n in counts.items() if n]
    return ResultTable(rows or [{'what': 'nothing was left out', 'number': 0}])


def _points(samples: PackedSamples, side: str) -> ChannelPoints:
    table = samples.tables[side]
    images = np.repeat(np.arange(len(table.counts)), table.counts)
    return ChannelPoints(table.columns['points'], table.columns['channels'], images)


def _of_picture(points: ChannelPoints, picture: int) -> tuple[np.ndarray, np.ndarray]:
    own = points.images == picture
    return points.points[own], points.channels[own]
