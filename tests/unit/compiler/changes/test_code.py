"""What changed in code, by the names of its parts and never by its text."""

from __future__ import annotations

import pytest

from mlspec.compiler.changes.code import code_changes

CODE = '''\
"""Train it."""
import math
from os import path, sep

LIMIT: int = 3
a, b = 1, 2


def fit(rows):
    """Fit."""
    return rows  # as they are


class Model(dict):
    """A model."""

    size = 1

    def score(self):
        return self.size


if __name__ == "__main__":
    fit([])
'''


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("return rows  #", "return rows[1:]  #", ["fit() changed (a.py:9)"]),
        ("def fit(rows)", "def fit(rows, deep=False)", ["fit() changed (a.py:9)"]),
        ("    return self.size", "    return -self.size", ["Model.score() changed (a.py:19)"]),
        ("size = 1", "size = 2", ["Model.size changed (a.py:17)"]),
        ("Model(dict)", "Model(list)", ["class Model changed (a.py:14)"]),
        ("int = 3", "int = 4", ["LIMIT changed (a.py:5)"]),
        ("1, 2", "1, 3", ["(a, b) changed (a.py:6)"]),
        ("import math", "import cmath", ["import cmath added (a.py:2)", "import math removed (was a.py:2)"]),
        ("path, sep", "path", ["import sep from os removed (was a.py:3)"]),
        ("    fit([])", "    fit([1])", ["if `__name__ == '__main__'` changed (a.py:23)"]),
        ("\n\nclass", "\n\ndef new():\n    pass\n\n\nclass", ["new() added (a.py:14)"]),
        ("def fit(", "def train(", ["fit() renamed to train() (a.py:9)"]),
        ("LIMIT: int = 3\na, b = 1, 2\n", "a, b = 1, 2\nLIMIT: int = 3\n", ["the order of statements changed (a.py)"]),
        ("# as they are", "# untouched", []),
        ('"""Fit."""', '"""Fit it."""', []),
        ("\n\nclass", "\n\n\n\nclass", []),
    ],
)
def test_parts_are_told_by_their_names_and_lines(old: str, new: str, told: list[str]) -> None:
    assert old in CODE
    assert list(code_changes("a.py", CODE.encode(), CODE.replace(old, new).encode())) == told


@pytest.mark.parametrize("broken", [b"def (", b"\x00", b"\xff\xfe"])
def test_what_is_no_python_is_not_told(broken: bytes) -> None:
    assert code_changes("a.py", CODE.encode(), broken) == ()
    assert code_changes("a.py", broken, CODE.encode()) == ()


def test_statements_of_one_name_are_one_part() -> None:
    assert code_changes("a.py", b"x = 1\nx = 2\n", b"x = 1\nx = 3\n") == ("x changed (a.py:1)",)
