"""Data with faults by the real command line: what stops a training, what warns, and that nothing personal is told."""

from __future__ import annotations

import json
import random

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow


def visits(rows: int = 60) -> str:
    """Visits of ten people in two months; the class follows from one number."""
    chance = random.Random(3)
    lines = ["visit,person,mail,begin,end,a,y"]
    for visit in range(rows):
        a, day = round(chance.random(), 3), f"2024-{1 + visit // 30:02}-{1 + visit % 28:02}"
        lines.append(
            f"{visit},p{visit % 10},p{visit % 10}@example.org,{day}T08:00,{day}T09:{visit % 60:02},{a},{int(a > 0.5)}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def visited(project: Project) -> Project:
    """The toy on visits."""
    project.write("data/rows.csv", visits())
    project.edit("specs/toy.yaml", "      a: {type: number, min: 0, max: 1}\n", "      a: {type: number}\n")
    project.edit("specs/toy.yaml", "  target: y\n", "  target: y\n  features: [a]\n")
    return project


def fail(project: Project) -> str:
    """What an apply says that must train nothing; nothing is left behind."""
    project.mlspec("compile")
    project.commit()
    done = project.mlspec("apply", "--yes", code=1)
    assert project.tags == []
    assert project.status == ""
    return done.out + done.err


def test_broken_rules_stop_before_anything_is_trained(visited: Project) -> None:
    text = visited.read("data/rows.csv").replace("2024-01-03T09:02", "2024-01-02T09:02").replace("\n7,p7", "\n6,p7")
    visited.write("data/rows.csv", text.replace(",0.", ",", 4))
    rules = """\
    unique: [[visit, begin], [visit, y]]
    checks:
      - {name: order, expression: end > begin}
"""
    visited.edit("specs/toy.yaml", "    rows: {min: 20}\n", "    rows: {min: 20}\n" + rules)
    told = fail(visited)
    assert "check order, end > begin: 1 row (line 4: end '2024-01-02T09:02', begin '2024-01-03T08:00')" in told
    assert "rules in data.validation are broken" in told or "a rule in data.validation is broken" in told
    assert not (visited.root / "models/toy/prepared").exists()


def test_personal_data_is_neither_trained_on_nor_told(visited: Project) -> None:
    visited.edit("specs/toy.yaml", "    rows: {min: 20}\n", "    rows: {min: 20}\n    personal_data: forbid\n")
    told = fail(visited)
    assert (
        "column mail: personal_data: forbid, but there is what looks like personal data, e-mail address: 60 rows"
        in told
    )
    logs = "".join(path.read_text() for path in (visited.root / ".mlspec/logs").rglob("*.log"))
    assert "e-mail address" in logs
    assert "@example.org" not in told + logs


def test_a_split_by_time_warns_of_people_on_both_sides_and_keeps_its_report(visited: Project) -> None:
    split = "  split: {time: {column: begin, test: 14d}, group: person}\n"
    visited.edit("specs/toy.yaml", "  split: {test: 0.3, stratify: y, seed: 1}\n", split)
    visited.mlspec("compile")
    visited.commit()
    done = visited.mlspec("apply", "--yes", "--only", "train")
    assert "toy: warning: split.leakage: 10 values of person are in both parts: 'p0', 'p1', 'p2'" in done.out + done.err
    report = json.loads(visited.git("show", "toy@v0.1.0:models/toy/split.json"))
    assert report["method"] == "time"
    assert report["train_until"] < report["test_from"]
    assert report["leakage"] == {"groups": 10, "identical_rows": 2, "times": 0}
    record = json.loads(visited.read("models/toy/version.json"))
    assert record["split"] == {name: value for name, value in report.items() if name != "format"}
    status = visited.mlspec("status")
    assert "toy: leakage in v0.1.0, so that metrics may flatter: groups 10, identical_rows 2" in status.out
    assert json.loads(visited.mlspec("status", "--json").out)["models"][0]["leakage"] == {
        "groups": 10,
        "identical_rows": 2,
    }
    assert "Leakage: groups 10, identical_rows 2." in visited.mlspec("card", "toy").out
    assert visited.status == ""
    visited.edit("specs/toy.yaml", "group: person}", "group: person, leakage: fail}")
    assert {item["because"][0]["kind"] for item in visited.plan()["actions"] if item["action"] == "train"} == {
        "EvaluationChanged"
    }
