"""What scripts and notebooks call: convert arrays, annotations and files; find landmarks."""

from importlib import import_module
from typing import Any

from mmlandmark._stack import require_stack

require_stack('mmlandmark.apis')

from mmlandmark.apis.convert import convert_coco, convert_file  # noqa: E402
from mmlandmark.apis.inferencer import LandmarkConverterInferencer  # noqa: E402
from mmlandmark.apis.report import ConversionReport  # noqa: E402

# Imported when first asked for: they bring models, or MMDetection, with them.
_LAZY = {
    'ChannelInferencer': 'mmlandmark.apis.channel_inferencer',
    'FaceDetector': 'mmlandmark.apis.detection',
    'FaceLandmarkInferencer': 'mmlandmark.apis.face_inferencer',
}

__all__ = [
    'ChannelInferencer',
    'ConversionReport',
    'FaceDetector',
    'FaceLandmarkInferencer',
    'LandmarkConverterInferencer',
    'convert_coco',
    'convert_file',
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(_LAZY[name]), name)
