"""Values against the types of their columns."""

from __future__ import annotations

import re

import pytest

from mlspec.serving.columns import check_column, count_unseen
from mlspec.serving.errors import Refusal
from mlspec.serving.signature import Column

GOOD = [
    (Column("a", "number"), [1, 1.5, -0.0, 10**18]),
    (Column("a", "integer"), [1, 2.0, -(2**63), 2**63 - 1]),
    (Column("a", "boolean"), [True, False]),
    (Column("a", "string"), ["", "x"]),
    (Column("a", "category", ("x", "y")), ["x", "never seen"]),
    (Column("a", "category", (1, 2)), [1, 3, 2.0]),
    (Column("a", "number", nullable=True), [None, 1.0]),
    (Column("a", "category", ("", "x"), nullable=True), [None, "", "x"]),
]
BAD = [
    (Column("a", "number"), True, "expected a number, not true"),
    (Column("a", "number"), "1", 'expected a number, not "1"'),
    (Column("a", "number"), None, "expected a number, not null"),
    (Column("a", "integer"), 1.5, "expected a whole number, not 1.5"),
    (Column("a", "integer"), True, "expected a whole number, not true"),
    (Column("a", "integer"), 2.0**63, "expected a whole number"),
    (Column("a", "integer"), 2**63, "expected a whole number"),
    (Column("a", "boolean"), 1, "expected true or false, not 1"),
    (Column("a", "string"), 1, "expected a string, not 1"),
    (Column("a", "category", ("x",)), 1, 'expected a category such as "x", not 1'),
    (Column("a", "category", ("", "x")), None, 'expected a category such as "x", not null'),
    (Column("a", "category", (1, 2)), True, "expected a category such as 1, not true"),
    (Column("a", "number"), {"k": ["long"] * 50}, "…"),
]


@pytest.mark.parametrize(("column", "values"), GOOD, ids=lambda v: str(v)[:40])
def test_values_of_the_type_pass(column: Column, values: list[object]) -> None:
    check_column(column, values)


@pytest.mark.parametrize(("column", "value", "says"), BAD, ids=lambda v: str(v)[:40])
def test_other_values_are_refused_by_row_and_column(column: Column, value: object, says: str) -> None:
    good = column.example
    with pytest.raises(Refusal, match=rf"^row 2, column 'a': .*{re.escape(says)}") as caught:
        check_column(column, [good, good, value])
    assert caught.value.status == 400


def test_unseen_categories_are_counted() -> None:
    assert count_unseen(Column("a", "category", ("x", "y"), nullable=True), ["x", "z", None, "z"]) == 2
