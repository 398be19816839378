"""An ONNX file that says what it is, opened by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.info import METADATA_KEY, Info, parse_info


class OnnxFile:
    """A session of onnxruntime and what its file says of itself.

    Args:
        path: The file.
        providers: Of onnxruntime, such as ``CUDAExecutionProvider``; the CPU by default.
        threads: How many to compute with; as onnxruntime thinks best by default.

    Raises:
        LandmarkError: onnxruntime is not installed, or the file is missing, damaged or not one of
            this package.
    """

    def __init__(
        self, path: str | Path, providers: Sequence[str] | None = None, threads: int | None = None
    ) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise LandmarkError(
                f'{path}: onnxruntime is needed to run it; install with: pip install onnxruntime'
            ) from error
        path = Path(path)
        if not path.is_file():
            raise LandmarkError(f'{path}: no such file')
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=list(providers or ['CPUExecutionProvider'])
            )
        except Exception as error:  # onnxruntime has an exception for each way to fail
            reason = ' '.join(str(error).split())[:200]
            raise LandmarkError(f'{path}: onnxruntime cannot open it: {reason}') from error
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.info: Info = parse_info(metadata.get(METADATA_KEY), str(path))
        self._outputs = [output.name for output in self.session.get_outputs()]

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Return the outputs by name."""
        return dict(zip(self._outputs, self.session.run(None, dict(inputs)), strict=True))
