"""How a graph becomes the bytes of a file: one function for each ending."""

from __future__ import annotations

import inspect
import io
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from mmlandmark.apis.export_check import Run
from mmlandmark.apis.export_graphs import Graph
from mmlandmark.errors import LandmarkError
from mmlandmark.exported.info import METADATA_KEY
from mmlandmark.models.graphs.linear_solve import DOMAIN, solve_function

INFO_FILE = 'mmlandmark.json'
"""Where a TorchScript or torch.export file says of itself what it is."""
LARGEST = 2**31
"""Bytes; a message of protobuf cannot be longer."""


class Written(NamedTuple):
    """A file before it is written.

    Args:
        content: Its bytes.
        format: What it is called.
        run: What it gives for some inputs.
    """

    content: bytes
    format: str
    run: Run


def write_onnx(graph: Graph, opset: int) -> Written:
    """Return an ONNX file with what it is in its metadata.

    It is recorded by tracing, which torch has in all versions from 2.4 to 2.15 and which takes a
    tenth of the time of the newer way.

    Raises:
        LandmarkError: onnx or onnxruntime is missing, or the model has an operator that ONNX has
            not.
    """
    onnx, onnxruntime = _require('onnx'), _require('onnxruntime')
    module = graph.module
    names = [*module.input_names, *module.output_names]
    options: dict[str, Any] = {}
    if 'dynamo' in inspect.signature(torch.onnx.export).parameters:
        options['dynamo'] = False
    with tempfile.TemporaryDirectory() as folder, _recording(), _refused('ONNX'):
        path = Path(folder) / 'model.onnx'
        torch.onnx.export(
            module,
            module.example(3),
            str(path),
            input_names=list(module.input_names),
            output_names=list(module.output_names),
            dynamic_axes={name: {0: 'batch'} for name in names},
            opset_version=opset,
            **options,
        )
        model = onnx.load(str(path))
    if any(node.domain == DOMAIN for node in model.graph.node):
        model.functions.append(solve_function())
    text = json.dumps(graph.info.to_json(), ensure_ascii=False, allow_nan=False)
    model.metadata_props.add(key=METADATA_KEY, value=text)
    model.producer_name, model.producer_version = 'mmlandmark', graph.info.versions['mmlandmark']
    if model.ByteSize() >= LARGEST:
        raise LandmarkError('the model is larger than the 2 GiB of a single ONNX file')
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    session = onnxruntime.InferenceSession(content, settings, providers=['CPUExecutionProvider'])

    def run(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(module.output_names, session.run(None, inputs), strict=True))

    return Written(content, 'onnx', run)


def write_torchscript(graph: Graph, opset: int) -> Written:
    """Return a TorchScript file, for programs in C++ and for phones."""
    module = graph.module
    with _recording(), _refused('TorchScript'):
        traced = torch.jit.trace(module, module.example(3), check_trace=False)
    buffer, info = io.BytesIO(), json.dumps(graph.info.to_json())
    torch.jit.save(traced, buffer, _extra_files={INFO_FILE: info})
    return Written(buffer.getvalue(), 'torchscript', _runner(module, traced))


def write_torch_export(graph: Graph, opset: int) -> Written:
    """Return a file of ``torch.export``, for torch itself and its compilers."""
    module = graph.module
    batch = torch.export.Dim('batch', min=1, max=2**16)
    shapes = tuple({0: batch} for _ in module.input_names)
    with _recording(), _refused('torch.export'):
        # what is kept for later must not be a stand-in without numbers
        torch.jit.trace(module, module.example(3), check_trace=False)
        program = torch.export.export(
            module, module.example(3), dynamic_shapes=shapes, strict=False
        )
    buffer, info = io.BytesIO(), json.dumps(graph.info.to_json())
    torch.export.save(program, buffer, extra_files={INFO_FILE: info})
    return Written(buffer.getvalue(), 'torch.export', _runner(module, program.module()))


def write_json(graph: Graph, opset: int) -> Written:
    """Return a JSON file, which numpy alone can use.

    Raises:
        LandmarkError: It is no converter, or its network has no form in numpy.
    """
    from mmlandmark.exported.numpy_converter import NumpyConverter
    from mmlandmark.models.graphs.converter_json import converter_to_json

    if graph.converter is None:
        mapping = graph.info.kind == 'converter'
        kind = 'mapping, which is a JSON file already' if mapping else 'detector'
        raise LandmarkError(
            f'only a trained converter can be written as .json, found a {kind}; expected .onnx, '
            '.pt or .pt2'
        )
    content = json.dumps(converter_to_json(graph.converter, graph.info), allow_nan=False)
    reader = NumpyConverter(json.loads(content), 'the JSON file')

    def run(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = reader.convert(**inputs)
        values = (found.points, found.visible, found.inferred, found.sigma)
        return dict(zip(graph.module.output_names, values, strict=False))

    return Written(content.encode('utf-8'), 'json', run)


FORMATS: dict[str, Callable[[Graph, int], Written]] = {
    '.onnx': write_onnx,
    '.json': write_json,
    '.pt': write_torchscript,
    '.pt2': write_torch_export,
}


def _runner(module: Any, recorded: Any) -> Run:
    def run(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        with torch.no_grad():
            found = recorded(*map(torch.as_tensor, inputs.values()))
        return {k: v.numpy() for k, v in zip(module.output_names, found, strict=True)}

    return run


@contextmanager
def _recording() -> Iterator[None]:
    """Let nothing be computed by what cannot be recorded, and keep torch's hints to itself."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    # where it cannot export, torch prints the whole graph: thousands of lines before the reason
    log = getattr(torch._C, '_jit_onnx_log', None)
    if log is not None:
        torch._C._jit_onnx_log = lambda *_: None
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        if log is not None:
            torch._C._jit_onnx_log = log


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Say in one line what torch cannot record."""
    try:
        yield
    except LandmarkError:
        raise
    except Exception as error:  # torch has an exception for each way to fail
        reason = ' '.join(str(error).split())[:300] or type(error).__name__
        raise LandmarkError(f'the model cannot be recorded for {what}: {reason}') from error


def _require(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise LandmarkError(
            f"exporting to ONNX needs {name}; install with: pip install 'mmlandmark[export]'"
        ) from error
