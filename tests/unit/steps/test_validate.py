"""validate names column, rule, count and lines, and writes only when all is well."""

from __future__ import annotations

from typing import Any

import pytest

Project = Any

PEOPLE = 'id,age,plan,member\n1,30,basic,true\n\n2,41,"ba\nsic",false\n3,,plus,1\n'


def test_the_report_holds_what_is_exact(project: Project) -> None:
    project.source("id,age,plan\n1,30,a\n2,,b\n3,41,a\n")
    project.rules(age={"type": "integer", "nullable": True})
    project.run("validate")
    assert project.read("validation.json") == {
        "format": 1,
        "source": "data.csv",
        "rows": 3,
        "columns": [
            {"name": "id", "type": "integer", "missing": 0, "distinct": 3, "min": 1, "max": 3},
            {"name": "age", "type": "integer", "missing": 1, "distinct": 2, "min": 30, "max": 41},
            {"name": "plan", "type": "category", "missing": 0, "distinct": 2},
        ],
    }


@pytest.mark.parametrize(
    ("cells", "rule", "told"),
    [
        ("1 2.5 3", {"type": "integer"}, "column x: type integer: 1 row (line 3: '2.5')"),
        ("1 a b", {"type": "number"}, "column x: type number: 2 rows (line 3: 'a', line 4: 'b')"),
        ("1 inf 2", {"type": "number"}, "column x: type number: 1 row (line 3: 'inf')"),
        ("true maybe 0", {"type": "boolean"}, "column x: type boolean: 1 row (line 3: 'maybe')"),
        ("0 1 2", {"type": "boolean"}, "column x: type boolean: 1 row (line 4: '2')"),
        ("1 -2 3", {"type": "number", "min": 0}, "column x: min 0: 1 row (line 3: -2)"),
        ("1 20 3", {"type": "integer", "max": 9.5}, "column x: max 9.5: 1 row (line 3: 20)"),
        ("0 1 7", {"type": "integer", "values": [0, 1]}, "column x: values 0, 1: 1 row (line 4: 7)"),
        ("a b z", {"type": "category", "values": ["a", "b"]}, "column x: values a, b: 1 row (line 4: 'z')"),
        ("1 2 3", {"type": "category", "values": [1, 2]}, "column x: values 1, 2: 1 row (line 4: '3')"),
        ("ab abc a", {"type": "string", "pattern": "a|ab"}, "column x: pattern a|ab: 1 row (line 3: 'abc')"),
        ("1 NA 3", {"type": "number"}, "column x: nullable: false: 1 row (line 3: empty)"),
        ('a "" c', {"type": "category"}, "column x: nullable: false: 1 row (line 3: empty)"),
        ("1 2 1", {"type": "integer", "unique": True}, "column x: unique: 2 rows (line 2: 1, line 4: 1)"),
        (
            "2024-01-31 31.1.2024 2024-02-30",
            {"type": "date"},
            "column x: type date: 2 rows (line 3: '31.1.2024', line 4: '2024-02-30')",
        ),
        ("2024-01-31 2024-01-31T10:00", {"type": "date"}, "column x: type date: 1 row (line 3: '2024-01-31T10:00')"),
        ("2024-01-31T10:00Z 25:00", {"type": "datetime"}, "column x: type datetime: 1 row (line 3: '25:00')"),
        (
            "31.01.2024 2024-01-31",
            {"type": "date", "format": "%d.%m.%Y"},
            "column x: type date, format %d.%m.%Y: 1 row (line 3: '2024-01-31')",
        ),
        (
            "2024-01-31 2023-12-31",
            {"type": "date", "min": "2024-01-01"},
            "column x: min 2024-01-01: 1 row (line 3: '2023-12-31')",
        ),
        (
            "2024-01-01T00:30+01:00 2024-01-01",
            {"type": "datetime", "min": "2024-01-01"},
            "column x: min 2024-01-01: 1 row (line 2: '2024-01-01T00:30+01:00')",
        ),
        (
            "31.12.2024 01.01.2025",
            {"type": "date", "format": "%d.%m.%Y", "max": "2024-12-31"},
            "column x: max 2024-12-31: 1 row (line 3: '01.01.2025')",
        ),
        ('2024-01-31 "" 2024-01-31', {"type": "date"}, "column x: nullable: false: 1 row (line 3: empty)"),
        (
            "2024-01-31 2024-02-01",
            {"type": "date", "values": ["2024-01-31"]},
            "column x: values 2024-01-31: 1 row (line 3: '2024-02-01')",
        ),
        ("1 2 3", {"type": "number", "min": 9}, "column x: min 9: 3 rows (line 2: 1, line 3: 2, line 4: 3)"),
    ],
)
def test_a_broken_rule_is_told_by_line(project: Project, cells: str, rule: dict[str, Any], told: str) -> None:
    project.source("x,y\n" + "".join(f"{cell},1\n" for cell in cells.split()))
    project.rules(x=rule)
    said = project.fail("validate").splitlines()
    assert said == ["data.csv: a rule in data.validation is broken", told]
    assert not (project.model / "validation.json").exists()


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ("1.0 2 3", {"type": "integer"}),
        ("true FALSE 1", {"type": "boolean"}),
        ("NA null None", {"type": "category"}),
        ("1 NA 1e3", {"type": "number", "nullable": True, "min": 0}),
        ("1 NA NaN", {"type": "number", "nullable": True, "unique": False}),
        ("007 7 07", {"type": "string", "unique": True}),
    ],
)
def test_what_keeps_the_rule_passes(project: Project, cells: str, rule: dict[str, Any]) -> None:
    project.source("x,y\n" + "".join(f"{cell},1\n" for cell in cells.split()))
    project.rules(x=rule)
    project.run("validate")
    assert (project.model / "validation.json").exists()


def test_lines_are_the_files_own_past_blank_ones_and_quoted_newlines(project: Project) -> None:
    project.source(PEOPLE)
    project.rules(age={"type": "integer"})
    assert "line 6: empty" in project.fail("validate")


def test_all_problems_come_at_once_and_long_lists_are_cut(project: Project) -> None:
    project.source("a,b\n" + "-1,x\n" * 7)
    project.rules(a={"type": "number", "min": 0}, b={"type": "number"}, c={"type": "number"}, d={"required": False})
    project.params["data"]["validation"] |= {"rows": {"min": 10, "max": 5}, "extra_columns": "forbid"}
    said = project.fail("validate").splitlines()
    assert said[0] == "data.csv: 5 of the rules in data.validation are broken"
    assert "7 rows (line 2: -1, line 3: -1, line 4: -1, line 5: -1, line 6: -1, …)" in said[1]
    assert said[2].startswith("column b: type number: 7 rows")
    assert said[3].startswith("column c: required, but the file has no such column")
    assert said[4:] == ["rows: at least 10, there are 7", "rows: at most 5, there are 7"]


def test_extra_columns_can_be_forbidden(project: Project) -> None:
    project.source("a,b\n1,2\n")
    project.rules(a={"type": "number"})
    project.params["data"]["validation"]["extra_columns"] = "forbid"
    assert "column b: extra_columns: forbid" in project.fail("validate")


def test_dates_are_kept_as_they_are_written(project: Project) -> None:
    project.source('day,y\n2024-01-31,1\n"",0\n2024-02-01,1\n')
    project.rules(day={"type": "date", "nullable": True, "min": "2024-01-31", "max": "2024-02-01", "unique": True})
    project.run("validate")
    assert project.read("validation.json")["columns"][0] == {"name": "day", "type": "date", "missing": 1, "distinct": 2}
