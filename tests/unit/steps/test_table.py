"""Cells are typed as they were declared, or as they look."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest

from mlspec.steps.table import read_table


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("1 2", "integer"),
        ("1 2.5", "number"),
        ("1 NA", "number"),
        ("True False", "boolean"),
        ("a b", "category"),
        ("1 b", "category"),
    ],
)
def test_types_are_inferred(cells: str, kind: str) -> None:
    assert read_table(StringIO("\n".join(["x", *cells.split()])), {}).types == {"x": kind}


def test_text_that_looks_like_numbers_or_nothing_stays_text() -> None:
    table = read_table(StringIO("x,y\n007,NA\n7,a\n"), {"x": "category"})
    assert list(table.frame["x"]) == ["007", "7"]
    assert list(table.frame["y"]) == ["NA", "a"]


def test_numbers_keep_their_last_digit() -> None:
    numbers = [0.1, 1 / 3, 1e-300, 2.2250738585072014e-308, 123456789.123456789]
    table = read_table(StringIO("\n".join(["x", *map(repr, numbers)])), {})
    assert list(table.frame["x"]) == numbers


def test_wrong_cells_are_marked_with_their_text() -> None:
    table = read_table(StringIO("x,y\n1,2\nbad,3.5\n,4\n"), {"x": "number", "y": "integer"})
    assert list(table.wrong["x"]) == [False, True, False]
    assert list(table.wrong["y"]) == [False, True, False]
    assert table.texts["x"][1] == "bad"
    assert np.isnan(table.frame["x"][1])


def test_a_text_that_was_just_written_is_read_from_its_start() -> None:
    written = StringIO()
    written.write("x,y\n1,a\n")
    assert read_table(written, {}, exact=True).frame.to_dict("list") == {"x": [1.0], "y": ["a"]}
