"""What leaks from one part to the other is counted, told by its lines, and stops a training where the spec says so."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_iris

Project = Any

VISITS = "visit,person,day,age,kind\n" + "".join(
    f"{visit},p{visit % 6},2024-01-{visit + 1:02},{20 + visit % 6},{visit % 2}\n" for visit in range(24)
)


def split(project: Project, **fields: Any) -> None:
    project.params["split"] = {"test": 0.25, "stratify": None, "seed": 3} | fields
    project.params["training"]["exclude"] = []


def test_iris_has_one_flower_twice(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    iris = load_iris(as_frame=True).frame.rename(columns={"target": "kind"})
    project.source(iris.to_csv(index=False))
    twins = [int(row) for row in iris.index[iris.duplicated(keep=False)]]
    seed = next(seed for seed in range(50) if _parted(project, twins, seed))
    capsys.readouterr()
    split(project, seed=seed)
    project.run("prepare")
    said = capsys.readouterr().err
    first, second = (row + 2 for row in twins)
    assert "warning: split.leakage: 1 of 38 test rows are in the training part, too: " in said
    assert f"line {first} is like line {second}" in said or f"line {second} is like line {first}" in said
    assert not (project.model / "split.json").exists()  # a plain split has no report
    split(project, seed=seed, leakage="fail")
    assert "1 of 38 test rows" in project.fail("prepare")
    split(project, seed=seed, leakage="ignore")
    project.run("prepare")
    assert capsys.readouterr().err == ""
    assert project.read("split.json")["leakage"] == {}


def _parted(project: Project, twins: list[int], seed: int) -> bool:
    split(project, seed=seed, leakage="warn")
    project.run("prepare")
    found = project.read("split.json")["leakage"]["identical_rows"] == 1
    (project.model / "split.json").unlink()
    return found and len(twins) == 2


def test_columns_that_the_model_must_not_see_make_no_row_another(project: Project) -> None:
    project.source(VISITS)
    split(project, leakage="warn")
    project.run("prepare")
    assert project.read("split.json")["leakage"] == {"identical_rows": 0}
    project.params["training"]["exclude"] = ["visit", "day"]
    project.run("prepare")
    assert project.read("split.json")["leakage"]["identical_rows"] > 0
    project.params["training"]["exclude"] = []
    project.params["training"]["features"] = ["age"]
    project.run("prepare")
    assert project.read("split.json")["leakage"]["identical_rows"] > 0


def test_groups_stay_together(project: Project) -> None:
    project.source(VISITS)
    split(project, group="person")
    project.run("prepare")
    assert project.read("split.json") == {
        "format": 1,
        "method": "group",
        "train_rows": 20,
        "test_rows": 4,
        "leakage": {"identical_rows": 0, "groups": 0},
    }
    project.source(VISITS.replace("p3", ""))
    assert "person is empty in 4 rows, the first in line 5" in project.fail("prepare")


def test_the_newest_are_tested_on_and_people_who_come_back_leak(project: Project) -> None:
    project.source(VISITS)
    split(project, time={"column": "day", "test": 7 * 86400.0}, group="person", leakage="warn")
    project.run("prepare")
    assert project.read("split.json") == {
        "format": 1,
        "method": "time",
        "train_until": "2024-01-17",
        "test_from": "2024-01-18",
        "train_rows": 17,
        "test_rows": 7,
        "leakage": {"identical_rows": 0, "groups": 6, "times": 0},
    }
    split(project, time={"column": "day", "test": 0.2}, group="person", leakage="fail")
    told = project.fail("prepare")
    assert "5 values of person are in both parts: 'p1', 'p2', 'p3', 'p4', 'p5'" in told
    assert not (project.model / "prepared").is_symlink()


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["2024-01-01", "", "2024-01-03"], "holds nothing in line 3, no time"),
        (["2024-01-01", "31.1.2024", "2024-01-03"], "holds '31.1.2024' in line 3, no time"),
        (["1", "2", "x"], "holds 'x' in line 4, no time"),
        (["2024-01-01T10:00:00Z", "2024-01-01T10:00:00"], "times with a zone (line 2) and times without"),
        (["2024-01-01T10:00:00", "2024-01-01"], None),
        (["1999", "2001.5", "2000"], None),
        (["20240101", "20240301", "20240201"], None),
        (["2024-01-01T10:00:00+02:00", "2024-01-01T09:30:00Z"], None),
    ],
)
def test_times_of_many_kinds(project: Project, times: list[str], told: str | None) -> None:
    project.source("when,kind\n" + "".join(f"{time},1\n" for time in times))
    split(project, time={"column": "when", "test": 0.3})
    if told:
        assert told in project.fail("prepare")
    else:
        project.run("prepare")
        assert project.read("split.json")["leakage"]["times"] == 0
