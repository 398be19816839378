"""Evaluators for MMPose's ``EVALUATORS`` registry."""

from mmlandmark.evaluation.evaluators.comparison import compare, render_comparison
from mmlandmark.evaluation.evaluators.converter_evaluator import ConverterEvaluator

__all__ = ['ConverterEvaluator', 'compare', 'render_comparison']
