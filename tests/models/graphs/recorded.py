"""Modules recorded as ONNX and run again, for tests."""

from __future__ import annotations

import numpy as np
import torch

from mmlandmark.apis.export_formats import write_onnx
from mmlandmark.apis.export_graphs import Graph, package_versions
from mmlandmark.exported.info import DetectorInfo
from mmlandmark.schemas import get_schema

INFO = DetectorInfo(
    'test', get_schema('coco17'), (8, 8), 'input', 1.25, False, False, (), (), package_versions()
)


class Inputs(torch.nn.Module):
    """Gives a module the inputs that it is recorded with."""

    def __init__(self, module: torch.nn.Module, *inputs: torch.Tensor) -> None:
        super().__init__()
        self.module, self.inputs = module, inputs
        self.output_names = getattr(module, 'output_names', ('points', 'scores'))
        self.input_names = [f'input_{number}' for number in range(len(inputs))]

    def example(self, batch: int) -> tuple[torch.Tensor, ...]:
        return tuple(part[:batch] for part in self.inputs)

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.module(*inputs)


def run_onnx(module: torch.nn.Module, *inputs: torch.Tensor) -> list[tuple[np.ndarray, ...]]:
    """Return what a module, recorded with 3 instances, gives for one of them and for all."""
    own = Inputs(module, *inputs).eval()
    written = write_onnx(Graph(own, INFO), 17)
    found = []
    for batch in (1, len(inputs[0])):
        example = {n: e.numpy() for n, e in zip(own.input_names, own.example(batch), strict=True)}
        found.append(tuple(written.run(example).values()))
    return found
