"""The best, the median and the worst cases of a test, drawn beside their labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pairs import Pairs, read_pairs
from mmlandmark.annotations.reader import read_coco
from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.schemas import KeypointSchema, get_schema
from mmlandmark.visualization.case_grid import case_grid
from mmlandmark.visualization.panels import Panel, draw_panels
from mmlandmark.visualization.pictures import PictureFolders, write_picture
from mmlandmark.visualization.ranking import instance_errors, worst_median_best

#: Kinds of cases from the top of the picture to its end.
KINDS = ('best', 'median', 'worst')
_SCALE = 0.5  # of the panels, which are large enough for faces of 478 points


@dataclass(frozen=True)
class Case:
    """One case of the picture.

    Attributes:
        kind: ``best``, ``median`` or ``worst``.
        id: Annotation id.
        file_name: The picture, as the file has it.
        error: Mean distance of its points as a share of the longer side of the box.
    """

    kind: str
    id: int
    file_name: str
    error: float


@dataclass(frozen=True)
class CaseReport:
    """What was drawn.

    Attributes:
        cases: By kind, the most telling first.
        instances: How many there were to choose from.
        without_error: How many had no labelled point that the model gives, or no box.
        pictures: One line on the pictures that were found.
    """

    cases: tuple[Case, ...]
    instances: int
    without_error: int
    pictures: str

    def text(self) -> str:
        """Return the cases and the counts for a terminal."""
        rows = [
            {'kind': c.kind, 'error (share of the box)': c.error, 'id': c.id, 'file': c.file_name}
            for c in self.cases
        ]
        counts = f'{self.instances} instances, {self.without_error} without an error to rank by'
        return f'{render_table(rows)}\n{counts}; {self.pictures}'


def show_cases(
    pairs_file: str | os.PathLike,
    out: str | os.PathLike,
    *,
    each: int = 4,
    schema: str | KeypointSchema | None = None,
    folders: Sequence[str | os.PathLike] | None = None,
    overwrite: bool = False,
) -> CaseReport:
    """Draw the best, median and worst cases of ``tools/test.py --dump-pairs``.

    Every case is two panels: the labels, and the prediction with a line from each of its points to
    the label.

    Args:
        pairs_file: The file.
        out: The picture to write, .png or .jpg.
        each: How many of each kind at most; a third of the instances where there are fewer.
        schema: Name or file; None: found by the names in the file.
        folders: Where pictures are looked for by their file names; by default beside the file.
        overwrite: Replace ``out``.

    Raises:
        LandmarkError: Anything wrong with the file or the place for the picture, or fewer than
            three instances to choose from.
    """
    check_output(out, overwrite=overwrite)
    data, where = read_coco(pairs_file)
    schema = schema_of_file(data, where) if schema is None else get_schema(schema)
    pairs = read_pairs(
        data, schema, schema, min_source_points=0, min_target_points=0, force=True, name=where
    )
    counted = (pairs.source_visible > 0) & (pairs.target_visible > 0)
    errors = instance_errors(pairs.source_points, pairs.target_points, counted, pairs.target_boxes)
    chosen = worst_median_best(errors, each)
    if not len(chosen['best']):
        raise LandmarkError(
            f'{where}: {int(np.isfinite(errors).sum())} of its {len(pairs)} instances have an '
            'error to rank by; expected 3 or more for best, median and worst'
        )
    pictures = PictureFolders.beside(where) if folders is None else PictureFolders(folders)
    rows = [[_draw(pairs, row, kind, errors, pictures) for row in chosen[kind]] for kind in KINDS]
    write_picture(out, case_grid(rows, _SCALE))
    cases = tuple(
        Case(kind, int(pairs.ids[row]), str(_file(pairs, row)), float(errors[row]))
        for kind in KINDS
        for row in chosen[kind]
    )
    return CaseReport(cases, len(pairs), int(np.isnan(errors).sum()), pictures.summary(len(cases)))


def _file(pairs: Pairs, row: int) -> str | None:
    return pairs.file_names.get(int(pairs.image_ids[row]))


def _draw(
    pairs: Pairs, row: int, kind: str, errors: np.ndarray, pictures: PictureFolders
) -> np.ndarray:
    labelled = pairs.target_visible[row] > 0
    panels = [
        Panel(
            f'{kind}: labels',
            pairs.target_points[row],
            pairs.target_visible[row],
            pairs.target_schema,
        ),
        Panel(
            f'prediction, off by {errors[row]:.1%} of the box',
            pairs.source_points[row],
            pairs.source_visible[row],
            pairs.source_schema,
            compared=np.where(labelled[:, None], pairs.target_points[row], np.nan),
        ),
    ]
    return draw_panels(pictures.read(_file(pairs, row)), panels)
