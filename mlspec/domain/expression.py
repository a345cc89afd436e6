"""Expressions over a row's columns, as `data.validation.checks` has them: a part of Python's grammar, never run.

Python's parser makes the tree; what is not in the lists below is refused, so that there is no attribute, no
subscript, no call of anything but a few functions, and nothing to evaluate but numbers, texts and columns.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

FUNCTIONS: Final = {
    "abs": (1, 1),
    "round": (1, 1),
    "min": (2, 20),
    "max": (2, 20),
    "len": (1, 1),
    "lower": (1, 1),
    "upper": (1, 1),
    "missing": (1, 1),
    "date": (1, 1),
}
"""name → least and greatest number of arguments"""

_LONGEST: Final = 1000
_PIECE: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|`([^`]*)`""")
_STAND_IN: Final = "column_in_backticks_"
_STOOD_IN: Final = re.compile(rf"{_STAND_IN}[0-9]+")
_PLAIN: Final = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Load),
)
_INSTEAD: Final = {
    ast.BitAnd: "`and`",
    ast.BitOr: "`or`",
    ast.Invert: "`not`",
    ast.Is: "`==`, or `missing(column)`",
    ast.IsNot: "`!=`, or `not missing(column)`",
    ast.Pow: "`*`",
}


class ExpressionError(ValueError):
    """Text that is no expression, and why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """`names` maps the tree's names to columns; `needed` are the columns without whose value the answer is unknown."""

    text: str
    tree: ast.expr
    names: dict[str, str]
    needed: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the expression looks at, in the order of the text."""
        return tuple(self.names.values())

    def told(self, error: ExpressionError) -> str:
        """What is wrong, with the names that the columns have in the file."""
        return _with_columns(str(error), self.names)


def parse_expression(text: str) -> Expression:
    """Read an expression such as ``end >= start and `alcohol content` < 20``; ExpressionError where it is none.

    Names are columns; those that are no Python names stand in backticks.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(f"it is longer than {_LONGEST} characters")
    plain, quoted = _without_backticks(text)
    try:
        return _parse(text, plain, quoted)
    except ExpressionError as error:
        raise ExpressionError(_with_columns(str(error), quoted)) from None


def _parse(text: str, plain: str, quoted: dict[str, str]) -> Expression:
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(_why(error)) from None
    for node in _walk(tree):
        _check(node)
    _check_lists(tree)
    found = dict.fromkeys(_columns(tree, inside_missing=True))
    names = {name: quoted.get(name, name) for name in found}
    if not names:
        raise ExpressionError("it names no column")
    needed = dict.fromkeys(names[name] for name in _columns(tree, inside_missing=False))
    return Expression(text, tree, names, tuple(needed))


def _without_backticks(text: str) -> tuple[str, dict[str, str]]:
    quoted: dict[str, str] = {}

    def stand_in(piece: re.Match[str]) -> str:
        if piece[1] is not None:
            return piece[1]
        name = f"{_STAND_IN}{len(quoted)}"
        quoted[name] = piece[2]
        return f" {name} "

    return _PIECE.sub(stand_in, text), quoted


def _with_columns(text: str, names: Mapping[str, str]) -> str:
    """A text in which columns have their own names again."""
    return _STOOD_IN.sub(lambda found: names.get(found[0], found[0]), text)


def _why(error: Exception) -> str:
    if not isinstance(error, SyntaxError):
        return "it can't be read"
    if "=" in re.sub("[=!<>]=", "", str(error.text)):
        return "one `=` compares nothing, write `==`"
    return f"{error.msg}" + (f" at character {error.offset}" if error.offset else "")


def _walk(tree: ast.expr) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Load):
            yield node


def _check(node: ast.AST) -> None:
    match node:
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            _check_call(name, len(given))
        case ast.Call():
            raise ExpressionError(f"only these can be called: {', '.join(FUNCTIONS)}")
        case ast.Constant(value=value):
            if not isinstance(value, bool | int | float | str):
                raise ExpressionError(f"`{_word(node)}` is no value that a column can have")
        case ast.Name() | ast.List() | ast.Tuple():
            return
        case _:
            if not isinstance(node, _PLAIN):
                hint = f", write {_INSTEAD[type(node)]}" if type(node) in _INSTEAD else ""
                raise ExpressionError(f"`{_word(node)}` is not allowed{hint}")


def _word(node: ast.AST) -> str:
    return ast.unparse(node)[:40] if isinstance(node, ast.expr) else type(node).__name__


def _check_call(name: str, count: int) -> None:
    if name not in FUNCTIONS:
        raise ExpressionError(f"there is no function `{name}`, only: {', '.join(FUNCTIONS)}")
    least, most = FUNCTIONS[name]
    if not least <= count <= most:
        raise ExpressionError(f"`{name}` takes {least if least == most else f'at least {least}'}, not {count}")


def _check_lists(tree: ast.expr) -> None:
    """A list stands behind `in` and holds plain values; nothing but a list stands there."""
    lists = {id(node) for node in ast.walk(tree) if isinstance(node, ast.List | ast.Tuple)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for operator, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(operator, ast.In | ast.NotIn):
                    _check_choices(right)
                    lists.discard(id(right))
    if lists:
        raise ExpressionError("a list can stand behind `in` only")


def _check_choices(node: ast.expr) -> None:
    if not isinstance(node, ast.List | ast.Tuple):
        raise ExpressionError("behind `in` stands a list, such as `[1, 2]`")
    if not all(isinstance(item, ast.Constant) for item in node.elts):
        raise ExpressionError("a list holds numbers or texts only")


def _columns(node: ast.AST, *, inside_missing: bool) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="missing")) if not inside_missing:
            return
        case ast.Call(args=given):
            for item in given:
                yield from _columns(item, inside_missing=inside_missing)
        case ast.Name(id=name):
            yield name
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _columns(child, inside_missing=inside_missing)
