"""Evaluators for MMPose's ``EVALUATORS`` registry."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.evaluation.evaluators')

from mmlandmark.evaluation.evaluators.comparison import compare, render_comparison  # noqa: E402
from mmlandmark.evaluation.evaluators.converter_evaluator import ConverterEvaluator  # noqa: E402
from mmlandmark.evaluation.evaluators.dataset_report import render_report  # noqa: E402
from mmlandmark.evaluation.evaluators.per_dataset_evaluator import (  # noqa: E402
    PerDatasetEvaluator,
)

__all__ = [
    'ConverterEvaluator',
    'PerDatasetEvaluator',
    'compare',
    'render_comparison',
    'render_report',
]
