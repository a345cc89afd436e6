"""What changed between two versions of a Python module: functions, classes and statements, by syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.domain.python import parse_code, spell

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Definition:
    """A part of a module under the name that people know it by; `body` is its spelling without its own name."""

    spelled: str
    body: str
    line: int


Definitions = Mapping[str, Definition]


def code_changes(path: str, old: bytes, new: bytes) -> tuple[str, ...]:
    """`train() changed (src/fit.py:12)`, one for each part; nothing where either is no Python that can be read."""
    try:
        before, after = definitions(old), definitions(new)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    renamed = _renamed(before, after)
    found = [*_changes(path, before, after, renamed)]
    if not found and [*before] != [*after]:
        return (f"the order of statements changed ({path})",)
    return tuple(found)


def definitions(source: bytes) -> Definitions:
    """The parts of a module in the order in which they stand. SyntaxError, ValueError for what is no Python."""
    found: dict[str, Definition] = {}
    for name, node, body in _parts(parse_code(source).body, ""):
        spelled = spell(node)
        if name in found:  # several statements of one name are one part
            first = found[name]
            found[name] = Definition(first.spelled + spelled, first.body + body, first.line)
        else:
            found[name] = Definition(spelled, body, getattr(node, "lineno", 1))
    return found


def _parts(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.AST, str]]:
    for node in body:
        if isinstance(node, _FUNCTIONS):
            yield f"{prefix}{node.name}()", node, _nameless(node)
        elif isinstance(node, ast.ClassDef):
            yield from _class(node, prefix)
        else:
            yield from ((f"{prefix}{name}", part, spell(part)) for name, part in _statement(node))


def _class(node: ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.AST, str]]:
    """The class by what stands above its body, then its methods and attributes."""
    head = ast.ClassDef(node.name, node.bases, node.keywords, [], node.decorator_list)
    head.lineno = node.lineno
    yield f"class {prefix}{node.name}", head, _nameless(node)
    yield from _parts(node.body, f"{prefix}{node.name}.")


def _nameless(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    return spell(node).replace(f"name={node.name!r}", "name=''", 1)


def _statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """What a statement is called: an import by what it brings, an assignment by its targets."""
    match node:
        case ast.Import():
            yield from ((f"import {_alias(alias)}", _at(alias, node)) for alias in node.names)
        case ast.ImportFrom():
            source = "." * node.level + (node.module or "")
            yield from ((f"import {_alias(alias)} from {source}", _at(alias, node)) for alias in node.names)
        case ast.Assign():
            yield ", ".join(ast.unparse(target) for target in node.targets), node
        case ast.AnnAssign() | ast.AugAssign():
            yield ast.unparse(node.target), node
        case ast.If():
            yield f"if {_short(ast.unparse(node.test))}", node
        case _:
            yield f"the statement {_short(ast.unparse(node))}", node


def _at(alias: ast.alias, node: ast.stmt) -> ast.alias:
    alias.lineno = node.lineno
    return alias


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return f"`{line if len(line) <= 40 else line[:39] + '…'}`"


def _renamed(before: Definitions, after: Definitions) -> dict[str, str]:
    """New name → old name, of functions and classes that only bear another one."""
    gone = {part.body: name for name, part in before.items() if name not in after}
    pairs = ((name, gone.get(part.body)) for name, part in after.items() if name not in before)
    return {name: old for name, old in pairs if old and name.endswith("()") == old.endswith("()")}


def _changes(path: str, before: Definitions, after: Definitions, renamed: Mapping[str, str]) -> Iterator[str]:
    for name, part in after.items():
        where = f"({path}:{part.line})"
        if name in renamed:
            yield f"{renamed[name]} renamed to {name} {where}"
        elif name not in before:
            yield f"{name} added {where}"
        elif before[name].spelled != part.spelled:
            yield f"{name} changed {where}"
    for name, part in before.items():
        if name not in after and name not in renamed.values():
            yield f"{name} removed (was {path}:{part.line})"
