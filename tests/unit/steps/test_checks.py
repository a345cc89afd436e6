"""Checks of several columns: which rows break them."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.domain.expression import ExpressionError, parse_expression
from mlspec.steps.checks import broken_rows, days
from mlspec.steps.table import read_table

TEXT = """a,b,name,member,start,end
1,2,ann,true,2024-01-01,2024-01-31
5,2,Bob,false,2024-03-01,2024-02-01
,2,,true,2024-01-01,
0,0,ann,false,2024-01-01,soon
"""
TABLE = read_table(StringIO(TEXT), {"name": "string", "member": "boolean", "start": "string", "end": "string"})


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a <= b", [1]),
        ("0 < a <= b", [1, 3]),
        ("a + b > 2 and not member", [0, 3]),
        ("a / b >= 0", [3]),  # 0 / 0 is no number, and not missing
        ("name == 'ann' or a == 5", []),
        ("lower(name) in ['bob', 'ann']", []),
        ("name not in ['ann']", [0, 3]),
        ("len(name) == 3 and upper(name) == name", [0, 1, 3]),
        ("missing(a) == missing(name)", []),
        ("not missing(a)", [2]),
        ("member or a > 1", [3]),
        ("end >= start", [1]),
        ("date(end) - date(start) <= 30", [3]),
        ("max(a, b, 3) < 5", [1]),
        ("abs(-a) == round(a) and -a <= +b", []),
        ("a in [0, 1]", [1]),
        ("a not in [0, 1] or b // 2 == 1 or b % 2 == 0", []),
    ],
)
def test_rows_that_break_a_check(text: str, rows: list[int]) -> None:
    assert broken_rows(parse_expression(text), TABLE).tolist() == rows


def test_a_missing_cell_is_seen_in_a_column_of_any_type() -> None:
    text = "flag,on,when\n,true,\ntrue,false,2024-01-01\n,true,2024-01-01\n"
    table = read_table(StringIO(text), {"flag": "boolean", "on": "boolean", "when": "string"})
    for expression, rows in {
        "not missing(flag)": [0, 2],
        "missing(flag)": [1],
        "missing(flag) == missing(when)": [2],
        "missing(`on`) or missing(date(when))": [1, 2],
    }.items():
        assert broken_rows(parse_expression(expression), table).tolist() == rows, expression


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name > 3", "compares a text with a number"),
        ("a + b", "gives a number"),
        ("a and b", "`a` is a number where a boolean is needed"),
        ("name + name == 'x'", "where a number is needed"),
        ("a in ['x']", "looked at for a number"),
        ("len(a) > 1", "where a text is needed"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        broken_rows(parse_expression(text), TABLE)


@given(st.datetimes())
def test_days_follow_the_calendar(moment: object) -> None:
    later = str(moment).replace(" ", "T")
    assert days(later) == pytest.approx(days(later[:10]), abs=1)


def test_days_count_from_1970() -> None:
    assert days("1970-01-02") == 1.0
    assert days("1970-01-01T12:00:00+00:00") == 0.5
    assert days("1970-01-01T01:00:00+01:00") == 0.0
    assert days("soon") != days("soon")
