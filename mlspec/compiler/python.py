"""Python code as digests see it: the syntax tree without comments and docstrings, and the imports to follow."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mlspec.ports.tree import PythonCode, Tree

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def python_code(source: bytes) -> PythonCode:
    """The code of one module; bytes that are no Python count as they are and import nothing."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return PythonCode("bytes:" + hashlib.sha256(source).hexdigest(), ())
    imports = tuple(sorted(set(_imports(tree))))
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    # The dump has no positions, so that moving code about changes nothing; the digest's name tells the grammar.
    return PythonCode("ast:" + hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports)


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


def follow(tree: Tree, entries: Sequence[str]) -> tuple[str, ...]:
    """The entries and every first-party module that they import, directly or not, sorted.

    A name is first-party when the repository has a file for it beside the importing file, at the top, or under `src`:
    the places that a script started at the top finds by itself.
    """
    found: set[str] = set()
    waiting = [path for path in entries if path.endswith(".py")]
    while waiting:
        path = waiting.pop()
        if path in found or tree.blob(path) is None:
            continue
        found.add(path)
        for name in tree.python(path).imports:
            waiting += [module for module in _modules(tree, path, name) if module not in found]
    return tuple(sorted(found))


def _modules(tree: Tree, path: str, name: str) -> Iterator[str]:
    """The files behind one import: the module and the packages on the way to it."""
    for root, dotted in _roots(path, name):
        parts = [part for part in dotted.split(".") if part]
        hits = [hit for size in range(1, len(parts) + 1) for hit in _candidates(tree, root, parts[:size])]
        if hits:
            yield from hits
            return


def _roots(path: str, name: str) -> Iterator[tuple[PurePosixPath, str]]:
    folder = PurePosixPath(path).parent
    dots = len(name) - len(name.lstrip("."))
    if dots:
        for _ in range(dots - 1):
            folder = folder.parent
        yield folder, name[dots:]
        return
    yield from ((root, name) for root in (folder, PurePosixPath(), PurePosixPath("src")))


def _candidates(tree: Tree, root: PurePosixPath, parts: Sequence[str]) -> list[str]:
    base = root.joinpath(*parts)
    return [str(hit) for hit in (base.with_name(base.name + ".py"), base / "__init__.py") if tree.blob(str(hit))]
