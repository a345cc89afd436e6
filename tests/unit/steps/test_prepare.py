"""prepare parts the rows, and nothing but the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Project = Any


def test_each_row_is_in_one_part_as_it_was(project: Project, flower_csv: Callable[[int], str]) -> None:
    project.run("prepare")
    header, *rows = flower_csv(120).splitlines(keepends=True)
    train = (project.model / "prepared/train.csv").read_text().splitlines(keepends=True)
    test = (project.model / "prepared/test.csv").read_text().splitlines(keepends=True)
    assert train[0] == test[0] == header
    assert sorted(train[1:] + test[1:]) == sorted(rows)
    assert len(test) == 31
    assert train[1:] == [row for row in rows if row in set(train)]  # in their old order


def test_numbers_and_quotes_are_not_reformatted(project: Project) -> None:
    rows = ['1.10,"a\nb",x\n', '1.1000,"c, d",x\n', "007,e,x\n", "1e5,,x\n"]
    project.source("width,note,kind\n" + "".join(rows))
    project.params["split"] = {"test": 0.25, "stratify": None, "seed": 1}
    project.run("prepare")
    both = b"".join((project.model / "prepared" / name).read_bytes() for name in ("train.csv", "test.csv")).decode()
    assert all(row in both for row in rows)


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"stratify": "kinds"}, "did you mean kind?"),
        ({"stratify": "width"}, "needs 2 rows of each class"),
        ({"stratify": None, "test": 0.999}, "leaves nothing"),
    ],
)
def test_an_impossible_split_is_told(project: Project, split: dict[str, object], told: str) -> None:
    project.params["split"] |= split
    assert told in project.fail("prepare")
    assert not (project.model / "prepared").exists()


def test_a_missing_target_is_told(project: Project) -> None:
    project.params["training"]["target"] = "sort"
    assert "training.target: there is no column sort" in project.fail("prepare")


def test_a_column_that_is_not_there_is_told_with_the_field_that_names_it(project: Project) -> None:
    project.params["split"]["stratify"] = "kindd"
    assert "data.csv: split.stratify: there is no column kindd (did you mean kind?)" in project.fail("prepare")
    project.params["training"]["target"] = "kindd"
    assert "data.csv: training.target: there is no column kindd (did you mean kind?)" in project.fail("prepare")


def test_rows_without_a_label_are_for_a_command_to_judge(project: Project) -> None:
    project.source("width,kind\n" + "1,a\n2,b\n3,\n" * 5)
    project.params["training"] |= {"estimator": None, "command": "true"}
    project.run("prepare")
