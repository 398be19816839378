"""What scripts and notebooks call: convert arrays, annotations and files."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.apis')

from mmlandmark.apis.convert import convert_coco, convert_file  # noqa: E402
from mmlandmark.apis.inferencer import LandmarkConverterInferencer  # noqa: E402
from mmlandmark.apis.report import ConversionReport  # noqa: E402

__all__ = ['ConversionReport', 'LandmarkConverterInferencer', 'convert_coco', 'convert_file']
