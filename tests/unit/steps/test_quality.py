"""validate's rules for whole columns, for rows, and for what no cell may hold."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_diabetes, load_wine

Project = Any


def validation(project: Project, **rules: Any) -> None:
    project.params["data"]["validation"] = {"columns": {}, "rows": {}} | rules


@pytest.mark.parametrize(
    ("cells", "rule", "told"),
    [
        ("1 NA 3 NA", {"type": "number", "max_missing": 0.25}, "max_missing 0.25, it is 0.5: 2 rows (line 3, line 5)"),
        ('a "" a', {"type": "category", "max_missing": 0.1}, "max_missing 0.1, it is 0.3333: 1 row (line 3)"),
        ("1 1 1", {"type": "integer", "min_distinct": 2}, "min_distinct 2, there are 1"),
        ("a b c", {"type": "category", "max_distinct": 2}, "max_distinct 2, there are 3"),
        ("a a a b", {"type": "category", "shares": {"b": {"min": 0.3}}}, "shares b min 0.3, it is 0.25 (1 of 4 rows)"),
        ("a a a b", {"type": "category", "shares": {"a": {"max": 0.5}}}, "shares a max 0.5, it is 0.75 (3 of 4 rows)"),
        (
            '"" "" a',
            {"type": "category", "nullable": True, "shares": {"b": {"min": 0.1}}},
            "shares b min 0.1, it is 0 (0 of 1",
        ),
    ],
)
def test_what_breaks_a_columns_rule_is_told(project: Project, cells: str, rule: dict[str, Any], told: str) -> None:
    project.source("x,y\n" + "".join(f"{cell},1\n" for cell in cells.split()))
    project.rules(x=rule)
    assert f"column x: {told}" in project.fail("validate")


def test_what_keeps_them_passes(project: Project) -> None:
    project.source("x,y\na,1\na,NA\nb,3\n,4\n")
    shares = {"a": {"min": 0.6, "max": 0.7}, "c": {"max": 0.1}}
    project.rules(
        x={"type": "category", "max_missing": 0.25, "shares": shares, "min_distinct": 2, "max_distinct": 2},
        y={"type": "integer", "max_missing": 0.25, "unique": True},
    )
    project.run("validate")


def test_rows_that_are_there_twice_are_told(project: Project) -> None:
    project.source("store,day,sold\na,1,5\nb,1,6\na,1,7\na,2,8\n")
    validation(project, unique=[["store", "day"]])
    told = "unique store, day: 2 rows (line 2: store 'a', day 1, line 4: store 'a', day 1)"
    assert told in project.fail("validate")
    validation(project, unique=[["store", "day", "sold"]])
    project.run("validate")


ID = 9007199254740992  # 2 ** 53: the first whole number whose neighbour float64 does not know


@pytest.mark.parametrize("missing", ["", "NA,5\n"])
def test_long_ids_are_told_apart(project: Project, missing: str) -> None:
    project.source(f"x,y\n{missing}" + "".join(f"{ID + n},1.5\n" for n in range(3)))
    ids = {"values": [ID, ID + 1, ID + 2]}
    project.rules(x={"type": "integer", "nullable": True, "unique": True, "min_distinct": 3, "min": 1} | ids)
    project.params["data"]["validation"]["unique"] = [["x", "y"]]
    project.run("validate")
    assert project.read("validation.json")["columns"][0] == {
        "name": "x",
        "type": "integer",
        "missing": int(bool(missing)),
        "distinct": 3,
        "min": ID,
        "max": ID + 2,
    }


def test_long_ids_that_break_a_rule_are_told_as_they_stand(project: Project) -> None:
    project.source(f"x,y\n{ID + 1},1\n{ID + 1},1\n{ID},7.5\n{2**64 - 1},2\n")
    project.rules(x={"type": "integer", "unique": True, "values": [ID, 2**64 - 1]}, y={"type": "number", "max": 7})
    told = project.fail("validate")
    assert f"column x: unique: 2 rows (line 2: {ID + 1}, line 3: {ID + 1})" in told
    assert f"column x: values {ID}, {2**64 - 1}: 2 rows (line 2: {ID + 1}, line 3: {ID + 1})" in told
    assert "column y: max 7: 1 row (line 4: 7.5)" in told
    validation(project, unique=[["x", "y"]])
    assert f"2 rows (line 2: x {ID + 1}, y 1, line 3: x {ID + 1}, y 1)" in project.fail("validate")


def test_checks_between_columns_on_real_wines(project: Project) -> None:
    wine = load_wine(as_frame=True).frame.round(4)
    project.source(wine.to_csv(index=False))
    sound = {
        "name": "more phenols than flavanoids",
        "expression": "total_phenols > 0 and flavanoids < total_phenols * 3",
    }
    wrong = {"name": "strong", "expression": "`od280/od315_of_diluted_wines` > 1.3 or target == 2"}
    validation(project, checks=[sound])
    project.run("validate")
    validation(project, checks=[sound, wrong | {"expression": "alcohol > 12 or proline < 700"}])
    broken = wine[~((wine.alcohol > 12) | (wine.proline < 700))]
    told = project.fail("validate")
    assert f"check strong, alcohol > 12 or proline < 700: {len(broken)} row" in told
    assert f"line {broken.index[0] + 2}: alcohol {broken.alcohol.iloc[0]:g}, proline" in told
    validation(project, checks=[wrong])
    project.run("validate")


def test_a_column_that_a_check_does_not_find_is_told_with_the_nearest(project: Project) -> None:
    project.source(load_diabetes(as_frame=True).frame.to_csv(index=False))
    validation(project, checks=[{"name": "lean", "expression": "bmx < 1"}])
    assert "data.validation.checks: lean: there is no column bmx" in (told := project.fail("validate"))
    assert "did you mean bmi?" in told
    validation(project, unique=[["age", "sexx"]])
    assert "data.validation.unique: there is no column sexx" in project.fail("validate")
    validation(project, checks=[{"name": "lean", "expression": "bmi > 'x'"}])
    assert "compares a number with a text" in project.fail("validate")


PEOPLE = "id,note,contact,kind\n1,fine,ada@example.org,0\n2,call +49 171 2345678,bob@example.org,1\n3,,,0\n"


def test_personal_data_is_found_and_never_shown(project: Project) -> None:
    project.source(PEOPLE)
    validation(project, personal_data="forbid")
    told = project.fail("validate")
    words = "personal_data: forbid, but there is what looks like personal data,"
    assert f"column note: {words} phone number: 1 row (line 3)" in told
    assert f"column contact: {words} e-mail address: 2 rows (line 2, line 3)" in told
    assert "ada" not in told
    assert "171" not in told


def test_a_column_can_be_let_off_or_singled_out(project: Project) -> None:
    project.source(PEOPLE)
    columns: dict[str, Any] = {"contact": {"type": "string", "nullable": True, "personal_data": "allow"}}
    validation(project, personal_data="forbid", columns=columns)
    told = project.fail("validate")
    assert "column note" in told
    assert "contact" not in told
    validation(project, columns={"contact": columns["contact"] | {"personal_data": "forbid"}})
    assert "column contact: personal_data" in project.fail("validate")


def test_no_message_shows_personal_data_whatever_the_rule(project: Project) -> None:
    project.source(PEOPLE)
    validation(project, columns={"contact": {"type": "category", "values": ["none"], "nullable": True}})
    told = project.fail("validate")
    assert "line 2: '<e-mail address>'" in told
    assert "ada" not in told
    validation(project, checks=[{"name": "n", "expression": "contact == 'none'"}])
    assert "contact '<e-mail address>'" in project.fail("validate")


def test_a_long_id_that_is_missing_is_told_as_any_empty_cell(project: Project) -> None:
    project.source("x,y\n9007199254740993,1\n,2\n,2\n")
    project.rules(x={"type": "integer"})
    assert "line 3" in project.fail("validate")
    validation(project, columns={"x": {"type": "integer", "nullable": True}}, unique=[["x", "y"]])
    assert "empty" in project.fail("validate")


def test_the_first_rows_that_break_a_rule_are_told(project: Project) -> None:
    cells = [5, 11, *[12] * 20, 3, 2, 1, 9, 4]
    project.source("x,y\n" + "".join(f"{cell},1\n" for cell in cells))
    project.rules(x={"type": "integer", "min": 10})
    told = "column x: min 10: 6 rows (line 2: 5, line 24: 3, line 25: 2, line 26: 1, line 27: 9, …)"
    assert told in project.fail("validate")


@pytest.mark.parametrize(
    ("cell", "rule", "told"),
    [
        ("143.49989", {"min": 143.4999}, "min 143.4999: 1 row (line 2: 143.49989)"),
        ("2451545", {"max": 2451544}, "max 2451544: 1 row (line 2: 2451545)"),
        ("7.5", {"max": 7.0}, "max 7: 1 row (line 2: 7.5)"),
        ("0.1", {"max": -1e20}, "max -1e+20: 1 row (line 2: 0.1)"),
        ("NA", {"max_missing": 0.33333333}, "max_missing 0.33333333, it is 1"),
    ],
)
def test_numbers_are_told_as_they_stand(project: Project, cell: str, rule: dict[str, Any], told: str) -> None:
    project.source(f"x,y\n{cell},1\n")
    project.rules(x={"type": "number"} | rule)
    assert f"column x: {told}" in project.fail("validate")


def test_a_cell_that_makes_a_column_text_is_told_beside_all_other_rules(project: Project) -> None:
    project.source("net price,gross price,y\n1.5,2,1\n1,5x,1\n7,8,1\n3,4,99\n")
    checks = [
        {"name": "gross", "expression": "`net price` < `gross price`"},
        {"name": "paid", "expression": "`gross price` > 0"},
        {"name": "lean", "expression": "bmx < 1"},
        {"name": "small", "expression": "y < 50"},
    ]
    validation(project, checks=checks, columns={"y": {"type": "integer", "max": 60}}, unique=[["net price", "z"]])
    told = project.fail("validate").splitlines()
    assert told == [
        "data.csv: 7 of the rules in data.validation are broken",
        "column y: max 60: 1 row (line 5: 99)",
        "data.validation.unique: there is no column z (there are: net price, gross price, y)",
        (
            "data.validation.checks: gross: `net price < gross price` compares a number with a text "
            "(the expression is: `net price` < `gross price`)"
        ),
        (
            "column gross price: a column of texts, as it has no type in data.validation.columns and not every cell is "
            "a number: 1 row (line 3: '5x')"
        ),
        (
            "data.validation.checks: paid: `gross price > 0` compares a text with a number (the expression is: "
            "`gross price` > 0)"
        ),
        "data.validation.checks: lean: there is no column bmx (there are: net price, gross price, y)",
        "check small, y < 50: 1 row (line 5: y 99)",
    ]


def test_a_file_of_a_header_alone_is_told(project: Project) -> None:
    project.source("x,y\n")
    validation(project, checks=[{"name": "n", "expression": "x < 1"}], columns={"z": {}})
    told = project.fail("validate").splitlines()[1:]
    assert told == [
        "column z: required, but the file has no such column (there are: x, y)",
        "rows: there are none, only a header",
    ]


def test_a_pointer_of_lfs_is_no_data(project: Project) -> None:
    project.source("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    assert "data.csv: is a pointer of Git LFS, not the data (run git lfs pull)" in project.fail("validate")
