"""One call that opens any file of ``tools/export_onnx.py``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.channels import ExportedChannelDetector
from mmlandmark.exported.converter import ExportedConverter, OnnxConverter
from mmlandmark.exported.detector import ExportedDetector
from mmlandmark.exported.info import ChannelInfo, ConverterInfo
from mmlandmark.exported.numpy_converter import open_json_converter
from mmlandmark.exported.session import OnnxFile


def load_exported(
    path: str | Path, *, providers: Sequence[str] | None = None, threads: int | None = None
) -> ExportedConverter | ExportedDetector | ExportedChannelDetector:
    """Open an exported model.

    Args:
        path: A file of ``tools/export_onnx.py``, ``.onnx`` or ``.json``.
        providers: Of onnxruntime, such as ``CUDAExecutionProvider``; the CPU by default.
        threads: How many onnxruntime computes with.

    Returns:
        What the file says that it is: a converter (or mapping), a detector of one box's points,
        or a detector of channel keypoints.

    Raises:
        LandmarkError: The file is missing, damaged, or not an exported model.

    Example:
        >>> detector = load_exported('dogs.onnx')  # doctest: +SKIP
        >>> points, scores = detector(picture, boxes)  # doctest: +SKIP
    """
    suffix = Path(path).suffix.lower()
    if suffix == '.json':
        return open_json_converter(path)
    if suffix != '.onnx':
        raise LandmarkError(f'{path}: expected an .onnx or .json file of export_onnx.py')
    file = OnnxFile(path, providers, threads)
    if isinstance(file.info, ConverterInfo):
        return OnnxConverter(file)
    if isinstance(file.info, ChannelInfo):
        return ExportedChannelDetector(file)
    return ExportedDetector(file)
