"""Read a ``dataset_info`` file as data: its Python is parsed, never run.

Understood are assignments of literals (numbers, strings, ``None``, ``True``, ``False``, lists,
tuples, dicts, ``dict(key=value)``), names assigned earlier in the file, ``name['key']``, unary
signs, ``list * int`` and ``list + list``: everything that the files of MMPose use.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError

# A repeated list longer than this is no keypoint definition but a way to fill the memory.
MAX_REPEATED = 100_000


def read_literals(path: str | Path) -> dict[str, Any]:
    """Return the module-level names of a Python file of literals, with their values.

    Args:
        path: A ``.py`` file, UTF-8.

    Raises:
        LandmarkError: The file cannot be read, is not Python, or holds more than literals.
    """
    path = Path(path)
    try:
        tree = ast.parse(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError) as error:
        raise LandmarkError(f'{path}: cannot be read: {error}') from error
    except (SyntaxError, ValueError, RecursionError) as error:
        raise LandmarkError(f'{path}: not a Python file of literals: {error}') from error
    names: dict[str, Any] = {}
    for statement in tree.body:
        try:
            _read_statement(statement, names)
        except _NotLiteral as error:
            node = error.node
            raise LandmarkError(
                f'{path}, line {node.lineno}: {error.reason}; only literals are read, '
                f'no code is run: {" ".join(ast.unparse(node).split())[:60]}'
            ) from None
    return names


class _NotLiteral(Exception):
    def __init__(self, node: ast.stmt | ast.expr, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason


def _read_statement(statement: ast.stmt, names: dict[str, Any]) -> None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return  # a docstring
    if isinstance(statement, ast.Assign):
        targets = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        if len(targets) == len(statement.targets):
            names.update(dict.fromkeys(targets, _evaluate(statement.value, names)))
            return
    raise _NotLiteral(statement, 'this is not an assignment of a literal to a name')


def _evaluate(node: ast.expr, names: dict[str, Any]) -> Any:
    reader = _READERS.get(type(node))
    if reader is None:
        raise _NotLiteral(node, 'this is not a literal')
    return reader(node, names)


def _constant(node: ast.Constant, names: dict[str, Any]) -> Any:
    if node.value is None or isinstance(node.value, bool | int | float | str):
        return node.value
    raise _NotLiteral(node, 'a constant of this kind is not expected')


def _list(node: ast.List, names: dict[str, Any]) -> list[Any]:
    return [_evaluate(element, names) for element in node.elts]


def _tuple(node: ast.Tuple, names: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_evaluate(element, names) for element in node.elts)


def _dict(node: ast.Dict, names: dict[str, Any]) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if not isinstance(key_node, ast.Constant):
            raise _NotLiteral(key_node or node, 'a key must be a plain number or string')
        key = _constant(key_node, names)
        if key in result:
            raise _NotLiteral(key_node, f'the key {key!r} appears twice')
        result[key] = _evaluate(value_node, names)
    return result


def _call(node: ast.Call, names: dict[str, Any]) -> dict[str, Any]:
    is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
    if not is_dict or node.args or any(keyword.arg is None for keyword in node.keywords):
        raise _NotLiteral(node, 'the only call that is read is dict(key=value, ...)')
    return {str(keyword.arg): _evaluate(keyword.value, names) for keyword in node.keywords}


def _name(node: ast.Name, names: dict[str, Any]) -> Any:
    if node.id not in names:
        raise _NotLiteral(node, f'the name {node.id!r} has no value yet')
    return names[node.id]


def _subscript(node: ast.Subscript, names: dict[str, Any]) -> Any:
    container, key = _evaluate(node.value, names), _evaluate(node.slice, names)
    try:
        return container[key]
    except (KeyError, IndexError, TypeError):
        raise _NotLiteral(node, f'there is no entry {key!r}') from None


def _unary(node: ast.UnaryOp, names: dict[str, Any]) -> Any:
    value = _evaluate(node.operand, names)
    if isinstance(value, int | float) and isinstance(node.op, ast.USub | ast.UAdd):
        return -value if isinstance(node.op, ast.USub) else value
    raise _NotLiteral(node, 'this is not a signed number')


def _binary(node: ast.BinOp, names: dict[str, Any]) -> Any:
    left, right = _evaluate(node.left, names), _evaluate(node.right, names)
    if (
        isinstance(node.op, ast.Add)
        and type(left) is type(right)
        and isinstance(left, list | tuple)
    ):
        return left + right
    if isinstance(node.op, ast.Mult):
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, list | tuple) and isinstance(right, int):
            if len(left) * right > MAX_REPEATED:
                raise _NotLiteral(node, f'a list of more than {MAX_REPEATED} entries')
            return left * right
    raise _NotLiteral(node, 'only list * int and list + list are read')


_READERS: dict[type[ast.expr], Callable[[Any, dict[str, Any]], Any]] = {
    ast.Constant: _constant,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Dict: _dict,
    ast.Call: _call,
    ast.Name: _name,
    ast.Subscript: _subscript,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
}
