"""Linear systems in graphs: ONNX has no operator for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from onnx import FunctionProto

DOMAIN = 'mmlandmark'
OPERATOR = 'SolvePositive'

# Gauss-Jordan elimination, one loop for the rows that are not those of the identity already. It
# needs no pivots, because the systems are symmetric and positive definite.
_FUNCTION = """
<domain: "mmlandmark", opset_import: ["" : 17]>
SolvePositive (matrix, right) => (solution) {
    first = Constant <value = int64[1] {0}> ()
    second = Constant <value = int64[1] {1}> ()
    third = Constant <value = int64[1] {2}> ()
    both = Constant <value = int64[2] {0, 1}> ()
    flat = Constant <value = int64[1] {-1}> ()
    sum = ReduceSum <keepdims = 0> (matrix, first)
    identity = EyeLike (sum)
    other = Sub (matrix, identity)
    size = Abs (other)
    total = ReduceSum <keepdims = 0> (size, both)
    touched = Cast <to = 9> (total)
    place = NonZero (touched)
    rows = Reshape (place, flat)
    shape = Shape (rows)
    trips = Squeeze (shape)
    always = Constant <value = bool {1}> ()
    reduced, solution = Loop (trips, always, matrix, right) <body = eliminate
        (int64 step, bool going, a, b) => (bool still, a_next, b_next) {
        still = Identity (going)
        k = Gather (rows, step)
        row = Gather <axis = 1> (a, k)
        column = Gather <axis = 2> (a, k)
        here = Gather <axis = 1> (row, k)
        value = Gather <axis = 1> (b, k)
        unit = Gather <axis = 0> (identity, k)
        pivot = Unsqueeze (here, second)
        rest = Sub (column, unit)
        factor = Div (rest, pivot)
        tall = Unsqueeze (factor, third)
        wide = Unsqueeze (row, second)
        values = Unsqueeze (value, second)
        a_part = Mul (tall, wide)
        b_part = Mul (tall, values)
        a_next = Sub (a, a_part)
        b_next = Sub (b, b_part)
    }>
}
"""


class _SolvePositive(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor, right: Tensor) -> Tensor:
        return torch.linalg.solve(matrix, right)

    @staticmethod
    def symbolic(graph: Any, matrix: Any, right: Any) -> Any:
        return graph.op(f'{DOMAIN}::{OPERATOR}', matrix, right).setType(right.type())


def solve_positive(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve symmetric positive definite systems.

    Args:
        matrix: (B, S, S).
        right: (B, S, R).

    Returns:
        (B, S, R); in an ONNX file a call of `solve_function`, which must be added to it.
    """
    if torch.onnx.is_in_onnx_export():
        return _SolvePositive.apply(matrix, right)
    return torch.linalg.solve(matrix, right)


def solve_function() -> FunctionProto:
    """Return what the operator of `solve_positive` does, in operators of ONNX."""
    from onnx import parser

    return parser.parse_function(_FUNCTION)
