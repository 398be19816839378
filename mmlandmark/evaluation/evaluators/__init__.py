"""Evaluators for MMPose's ``EVALUATORS`` registry."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.evaluation.evaluators')

from mmlandmark.evaluation.evaluators.comparison import compare, render_comparison  # noqa: E402
from mmlandmark.evaluation.evaluators.converter_evaluator import ConverterEvaluator  # noqa: E402

__all__ = ['ConverterEvaluator', 'compare', 'render_comparison']
