"""Trained models as files that other programs run: ONNX, JSON, TorchScript, torch.export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlandmark.annotations.writer import check_output, write_bytes
from mmlandmark.apis.export_check import Difference, compare, require_equal
from mmlandmark.apis.export_formats import FORMATS
from mmlandmark.apis.export_graphs import Graph, model_graph
from mmlandmark.errors import LandmarkError
from mmlandmark.exported.info import Info
from mmlandmark.schemas import Mapping


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Args:
        path: The file.
        format: ``onnx``, ``json``, ``torchscript`` or ``torch.export``.
        info: What the file says of itself.
        size: Bytes.
        difference: From PyTorch, of each output; None where it was not checked.
    """

    path: Path
    format: str
    info: Info
    size: int
    difference: Difference | None

    def __str__(self) -> str:
        told = f'{self.path}: {self.info.kind} {self.info.name}, {self.format}, {self.size:,} bytes'
        if getattr(self.info, 'flip_test', False):
            told += ', with the flip test'
        if self.difference is None:
            return f'{told}; not compared with PyTorch'
        return f'{told}; {self.difference}'


def export_model(
    out: str | os.PathLike,
    *,
    config: Any = None,
    checkpoint: str | os.PathLike | None = None,
    mapping: str | os.PathLike | Mapping | None = None,
    schema: str | None = None,
    frame: str | None = None,
    flip_test: bool | None = None,
    input_size: Sequence[int] | None = None,
    top_k: int | None = None,
    opset: int = 17,
    check: bool = True,
    overwrite: bool = False,
) -> ExportReport:
    """Export a converter, a mapping, a top-down model or a detector of channel keypoints.

    The graph takes pixels or points and gives points: normalisation, flip test and decoding are
    inside. The number of instances is free.

    Args:
        out: File to write; its ending says how: ``.onnx``, ``.json`` (a converter, for numpy
            alone), ``.pt`` (TorchScript) or ``.pt2`` (torch.export).
        config: Config of the model; a converter needs none.
        checkpoint: Its weights.
        mapping: A fixed mapping in place of the two: its name, path, or itself.
        schema: For a model of several schemas: which it shall predict.
        frame: ``input`` (default): points of a top-down model in pixels of the crop.
            ``picture``: in pixels of the picture, given each crop's affine map as second input.
        flip_test: Average with the mirrored input; None: as the config says.
        input_size: Width and height of the pictures of a detector of channel keypoints, where its
            pipeline does not say.
        top_k: The most points of a channel; by default as the config says.
        opset: Of ONNX.
        check: Compare the file with PyTorch, at one and at three instances.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: The model cannot be exported so, a package is missing, or the file is not
            equal to PyTorch to 1e-3 pixels; nothing is written then.
    """
    path = check_output(out, overwrite=overwrite)
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise LandmarkError(f'{path}: expected a file ending in {", ".join(FORMATS)}')
    options = dict(
        schema=schema, frame=frame, flip_test=flip_test, input_size=input_size, top_k=top_k
    )
    graph = model_graph(config, checkpoint, mapping, **options)
    _require_finite(graph, str(checkpoint or mapping))
    written = write(graph, opset)
    difference = None
    if check:
        difference = compare(graph, written.run, batches=(1, 3))
        require_equal(difference, written.format)
    write_bytes(path, written.content)
    return ExportReport(path, written.format, graph.info, len(written.content), difference)


def _require_finite(graph: Graph, where: str) -> None:
    # a comparison with PyTorch cannot tell: both give the same nonsense
    for name, weight in graph.module.named_parameters():
        if not weight.isfinite().all():
            raise LandmarkError(f'{where}: weight {name} is not finite; expected a trained model')
