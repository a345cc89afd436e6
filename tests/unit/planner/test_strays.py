"""Version tags that hold no record, as the plan tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from fakes.wanted import actual, history, model, record

from mlspec.domain.version import Version
from mlspec.planner.strays import strays

TWO = Version(0, 2, 0)


def told(commits: Mapping[Version, str]) -> list[str]:
    known = history(record(model(), "v0.2.0"))
    return list(strays([model()], actual(replace(known, commits={**known.commits, **commits}))))


def test_a_tag_above_the_newest_version_is_told_with_what_removes_it() -> None:
    (words,) = told({Version(9, 0, 0): "elsewhere"})
    assert words.startswith("the tag wine@v9.0.0 holds no record, so that it is no version and is never deployed")
    assert words.endswith("git tag -d wine@v9.0.0, and git push origin :refs/tags/wine@v9.0.0")


def test_several_tags_are_one_sentence() -> None:
    (words,) = told({Version(9, 0, 0): "elsewhere", Version(10, 0, 0): "elsewhere"})
    assert "wine@v10.0.0 (and 1 more) holds no record" in words


def test_a_tag_where_a_version_stands_is_told_though_it_is_lower() -> None:
    assert told({Version(0, 1, 0): f"commit {TWO}"})


@pytest.mark.parametrize("commits", [{}, {Version(0, 1, 0): "elsewhere"}])
def test_tags_of_a_life_before_mislead_nobody(commits: Mapping[Version, str]) -> None:
    assert told(commits) == []
