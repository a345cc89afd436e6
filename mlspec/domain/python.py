"""Python code as digests see it: the syntax tree without comments and docstrings, and the imports to follow."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Protocol

_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_TOP: Final = PurePosixPath()


@dataclass(frozen=True, slots=True)
class PythonCode:
    """A module as digests see it: its syntax tree's digest (no comments, no docstrings) and what it imports."""

    digest: str
    imports: tuple[str, ...]


class Modules(Protocol):
    """Where modules are looked for; paths are relative to the repository's top."""

    def blob(self, path: str) -> str | None:
        """What names the content of a file; None where there is none."""
        ...

    def python(self, path: str) -> PythonCode:
        """A Python file's syntax digest and imports."""
        ...


def python_code(source: bytes) -> PythonCode:
    """The code of one module; bytes that are no Python count as they are and import nothing."""
    try:
        tree = parse_code(source)
        imports = tuple(sorted(set(_imports(tree))))
        spelled = spell(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return PythonCode("bytes:" + hashlib.sha256(source).hexdigest(), ())
    return PythonCode("ast:" + hashlib.sha256(spelled.encode()).hexdigest(), imports)


def parse_code(source: bytes) -> ast.Module:
    """The syntax tree without docstrings. SyntaxError, ValueError, RecursionError for what is no Python."""
    with warnings.catch_warnings():  # what the compiler thinks of the user's strings is not our business
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return tree


def spell(value: object) -> str:
    """A node without its position. Empty fields are left out, for each Python adds some and `ast.dump` shows them."""
    if isinstance(value, ast.AST):
        fields = ((name, item) for name, item in ast.iter_fields(value) if name != "kind")
        inner = ",".join(f"{name}={spell(item)}" for name, item in fields if item is not None and item != [])
        return f"{type(value).__name__}({inner})"
    if isinstance(value, list):
        return f"[{','.join(map(spell, value))}]"
    return ascii(value)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names, relative ones with their leading dots; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            joint = "" if base.endswith(".") or not base else "."
            yield from (f"{base}{joint}{alias.name}" for alias in node.names)


def follow(tree: Modules, entries: Sequence[str]) -> tuple[str, ...]:
    """The entries and every first-party module that they import, directly or not, sorted.

    A name is first-party when the repository has a file for it beside the importing file, beside an entry, at the top,
    or under `src`: the places that Python may look at, depending on how it is started. Where several have one, all
    count: a training too many is better than one too few.
    """
    waiting = [path for path in entries if path.endswith(".py")]
    roots = {*(PurePosixPath(path).parent for path in waiting), _TOP, PurePosixPath("src")}
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in found or tree.blob(path) is None:
            continue
        found.add(path)
        waiting += _packages(tree, path)
        for name in tree.python(path).imports:
            waiting += [module for module in _modules(tree, path, name, roots) if module not in found]
    return tuple(sorted(found))


def _packages(tree: Modules, path: str) -> Iterator[str]:
    """The `__init__.py` of each package that a file is in: importing the file runs them."""
    for folder in PurePosixPath(path).parents:
        init = str(folder / "__init__.py")
        if tree.blob(init) is None:
            return
        yield init


def _modules(tree: Modules, path: str, name: str, roots: Iterable[PurePosixPath]) -> Iterator[str]:
    """The files that may be behind one import: the module and the packages on the way to it."""
    folder = PurePosixPath(path).parent
    dots = len(name) - len(name.lstrip("."))
    parts = [part for part in name.split(".") if part]
    for root in [_up(folder, dots - 1)] if dots else {folder, *roots}:
        for size in range(1, len(parts) + 1):
            yield from _candidates(tree, root, parts[:size])


def _up(folder: PurePosixPath, levels: int) -> PurePosixPath:
    return folder.parents[levels - 1] if 0 < levels <= len(folder.parents) else folder


def _candidates(tree: Modules, root: PurePosixPath, parts: Sequence[str]) -> list[str]:
    base = root.joinpath(*parts)
    return [str(hit) for hit in (base.with_name(base.name + ".py"), base / "__init__.py") if tree.blob(str(hit))]
