"""The ML Test Score of specs: what is covered, by which line, and what would cover the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.wanted import PROJECT, SPEC

from mlspec.compiler.score import ORDER, Finding, score, sections, totals
from mlspec.spec.load import load

SIMPLER = """\
  baseline: {estimator: sklearn.dummy.DummyClassifier}
  gates:
    - {metric: accuracy, against: baseline, min_gain: 0.01}
"""


def findings(spec: str = SPEC, project: str = PROJECT) -> dict[tuple[str, int], Finding]:
    """The findings of one spec, by section and number."""
    loaded = load({"specs/wine.yaml": spec.encode(), "specs/project.yaml": project.encode()}).sound()
    return {(item.section, item.number): item for item in score(loaded)}


def test_the_rubric_has_four_sections_of_seven_tests() -> None:
    assert [section.name for section in sections()] == list(ORDER)
    assert [len(section.practices) for section in sections()] == [7] * 4
    titles = [practice.title for section in sections() for practice in section.practices]
    assert len(set(titles)) == 28


def test_what_is_covered_names_its_line() -> None:
    found = findings()["infrastructure", 4]
    assert (found.points, found.where) == (0.5, "specs/wine.yaml:17")
    assert found.advice


def test_what_is_missing_has_advice_alone() -> None:
    found = findings()["model", 5]
    assert (found.points, found.evidence, found.where) == (0.0, "", "")
    assert "baseline" in found.advice


def test_a_field_that_covers_a_test_counts() -> None:
    found = findings(SPEC.replace("  gates:\n", SIMPLER))["model", 5]
    assert (found.points, found.where) == (1.0, "specs/wine.yaml:19")
    assert not found.advice


def test_a_section_that_is_left_out_covers_nothing() -> None:
    found = findings()
    assert found["infrastructure", 2].points == 0.5
    assert found["monitoring", 3].points == 0


def test_the_projects_lines_are_the_projects() -> None:
    found = findings(project=PROJECT + "ci:\n  providers: [github]\n")["model", 1]
    assert (found.points, found.where) == (1.0, "specs/project.yaml:7")


def test_the_score_is_the_least_of_the_sections() -> None:
    sums = totals(list(findings().values()))["wine"]
    assert sums["score"] == min(sums[name] for name in ORDER)
    assert all(0 <= sums[name] <= 7 for name in ORDER)


@pytest.mark.parametrize("names", [["wine"], ["other"]])
def test_models_are_chosen_by_name(names: list[str]) -> None:
    loaded = load({"specs/wine.yaml": SPEC.encode()}).sound()
    assert len(score(loaded, names)) == (28 if names == ["wine"] else 0)


def test_the_page_has_every_test() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ml-test-score.md").read_text(encoding="utf-8")
    for section in sections():
        rows = [f"| {number} | {item.title} | {item.advice} |" for number, item in enumerate(section.practices, 1)]
        assert "\n".join(rows) in page
