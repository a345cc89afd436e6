"""The list of what steps import is what they import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import mlspec
from mlspec.domain.needs import ONNX, STEPS

NAMES = {"sklearn": "scikit-learn", "yaml": "pyyaml"}
BESIDE_MLSPEC = {"cost", "load", "parity", "served"}
"""Steps that measure the real server run where it does, not in the environment of a lock."""
BROUGHT = {"joblib", "threadpoolctl"}
"""Scikit-learn comes with these."""


def imported() -> Iterator[str]:
    """The top-level packages that steps import."""
    for path in (Path(mlspec.__file__).parent / "steps").rglob("*.py"):
        if path.stem in BESIDE_MLSPEC:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield (node.module or "").partition(".")[0]


def test_the_steps_needs_are_what_they_import() -> None:
    found = {NAMES.get(name, name) for name in imported() if name not in sys.stdlib_module_names} - {"mlspec"}
    assert found - BROUGHT == set(ONNX) > set(STEPS)
