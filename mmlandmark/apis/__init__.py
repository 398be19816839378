"""What scripts and notebooks call: convert arrays, annotations and files; find landmarks.

Conversion by a mapping needs no MMPose; what does says so when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmlandmark._stack import require_stack

if TYPE_CHECKING:
    from mmlandmark.apis.channel_inferencer import ChannelInferencer as ChannelInferencer
    from mmlandmark.apis.convert import convert_coco as convert_coco
    from mmlandmark.apis.convert import convert_file as convert_file
    from mmlandmark.apis.detection import FaceDetector as FaceDetector
    from mmlandmark.apis.face_inferencer import FaceLandmarkInferencer as FaceLandmarkInferencer
    from mmlandmark.apis.inferencer import (
        LandmarkConverterInferencer as LandmarkConverterInferencer,
    )
    from mmlandmark.apis.report import ConversionReport as ConversionReport
    from mmlandmark.apis.topdown_inferencer import TopdownInferencer as TopdownInferencer

# Imported when first asked for: they bring models, or MMDetection, with them.
_LAZY = {
    'ChannelInferencer': 'mmlandmark.apis.channel_inferencer',
    'ConversionReport': 'mmlandmark.apis.report',
    'FaceDetector': 'mmlandmark.apis.detection',
    'FaceLandmarkInferencer': 'mmlandmark.apis.face_inferencer',
    'LandmarkConverterInferencer': 'mmlandmark.apis.inferencer',
    'TopdownInferencer': 'mmlandmark.apis.topdown_inferencer',
    'convert_coco': 'mmlandmark.apis.convert',
    'convert_file': 'mmlandmark.apis.convert',
}

__all__ = list(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    try:
        module = import_module(_LAZY[name])
    except ModuleNotFoundError:
        require_stack(f'mmlandmark.apis.{name}', mend=False)
        raise
    return getattr(module, name)
