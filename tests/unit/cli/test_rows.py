"""Rows from text: CSV typed by what the model takes, JSON left as it is, mistakes named by line."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.cli.rows import csv_rows, is_json, json_body
from mlspec.errors import MlspecError

TYPES = {"size": "FP64", "count": "INT64", "new": "BOOL", "name": "BYTES"}


def rows(text: str) -> list[dict[str, object]]:
    """The rows of a CSV for TYPES."""
    return csv_rows(text, TYPES, "rows.csv")[0]


def test_cells_get_the_types_of_the_model() -> None:
    found = rows("name,new,count,size\nx,true,3.0,2\n007,0,-4,1e3\n")
    assert found == [
        {"name": "x", "new": True, "count": 3, "size": 2.0},
        {"name": "007", "new": False, "count": -4, "size": 1000.0},
    ]
    assert [type(value) for value in found[0].values()] == [str, bool, int, float]


def test_missing_is_null_in_numbers_and_text_in_text() -> None:
    assert rows("name,new,count,size\n,,NA,nan\nNA,1,1,1\n") == [
        {"name": "", "new": None, "count": None, "size": None},
        {"name": "NA", "new": True, "count": 1, "size": 1.0},
    ]


def test_quotes_line_ends_and_blank_lines() -> None:
    assert rows('name,new,count,size\r\n"a, ""b""\r\nc",1,1,1\r\n\r\n')[0]["name"] == 'a, "b"\r\nc'


def test_columns_that_the_model_does_not_take_are_told() -> None:
    found, others = csv_rows("y,count,z\n1,2,3\n", {"count": "INT64"}, "f")
    assert (found, others) == ([{"count": 2}], ["y", "z"])


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "f:1", "not there: size, count, new, name"),
        ("size,count,new,name\n", "f", "no rows"),
        ("size,count,new,name\n1,1,1\n", "f:2", "3 cells under 4 columns"),
        ("size,count,new,name\n1,1,1,x\nbig,1,1,x\n", "f:3", "column size: expected a number, not 'big'"),
        ("size,count,new,name\ninf,1,1,x\n", "f:2", "expected a number"),
        ("size,count,new,name\n1_0,1,1,x\n", "f:2", "expected a number"),
        ("size,count,new,name\n1,1.5,1,x\n", "f:2", "column count: expected a whole number, not '1.5'"),
        ("size,count,new,name\n1,1,maybe,x\n", "f:2", "column new: expected true or false"),
        ("size,size,count,new,name\n1,1,1,1,x\n", "f:1", "size is there twice"),
        ('size,count,new,name\n1,1,1,"x\n', "f:2", "no CSV"),
    ],
)
def test_a_mistake_is_named_by_its_line(text: str, where: str, message: str) -> None:
    with pytest.raises(MlspecError, match=message) as caught:
        csv_rows(text, TYPES, "f")
    assert caught.value.where == where


def test_a_misspelt_column_is_suggested() -> None:
    with pytest.raises(MlspecError) as caught:
        rows("size,cuont,new,name\n1,1,1,x\n")
    assert caught.value.hint == "did you mean `count`?"


@given(st.text())
def test_any_text_is_finite_rows_or_an_error(text: str) -> None:
    found: list[dict[str, float | None]] = []
    with suppress(MlspecError):
        found = csv_rows(text, {"0": "FP64"}, "f")[0]
    assert all(value is None or math.isfinite(value) for row in found for value in row.values())


def test_json_is_left_as_it_is() -> None:
    body = b' {"rows": [{"id": 12345678901234567890, "x": 1.10}]}'
    assert is_json(body)
    assert json_body(body, "f") is body


@pytest.mark.parametrize("body", [b"[1,", b'{"a": \xff}', b"[" * 100_000])
def test_what_is_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(MlspecError, match="no JSON") as caught:
        json_body(body, "f")
    assert caught.value.where.startswith("f")
