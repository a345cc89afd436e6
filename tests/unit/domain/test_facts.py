"""Facts that two clones wrote at the same time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.domain.facts import decode, encode, merge

OBJECTS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "found"),
    [
        ({}, {"a": 1}, {"b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}),
        ({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1}, {"a": 1, "b": 2}, {}, {"b": 2}),
        ({"a": 1}, {}, {"a": 2}, {}),
    ],
)
def test_what_one_side_changed_is_as_that_side_has_it(base: Any, ours: Any, theirs: Any, found: Any) -> None:
    assert merge(base, ours, theirs) == found


def test_a_suspension_outlives_a_training_that_was_under_way() -> None:
    base = {"tried": 1.0, "trainings": [1], "crash": {"time": 1}}
    ours = {"tried": 2.0, "trainings": [1, 2]}
    assert merge(base, ours, {**base, "suspended": "by Ada"}) == {**ours, "suspended": "by Ada"}


def test_collections_keep_what_each_side_added_and_ours_comes_last() -> None:
    base = {"failed": {"k": "old"}}
    found = merge(base, {"failed": {"k": "old", "ours": "x"}}, {"failed": {"k": "old", "theirs": "y"}})
    assert list(found["failed"].items()) == [("k", "old"), ("theirs", "y"), ("ours", "x")]


def test_what_is_dated_is_one_event_s_word() -> None:
    ours, theirs = {"time": 2, "version": "v2"}, {"time": 3, "version": "v3", "detail": "x"}
    assert merge({"rollout": {"time": 1}}, {"rollout": ours}, {"rollout": theirs}) == {"rollout": ours}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "found"),
    [
        ([1], [1, 2], [1, 3], [1, 3, 2]),
        ([1, 2], [2, 3], [1, 2, 4], [2, 4, 3]),
        (["v1", "v2"], ["v2", "v1"], ["v1", "v2", "v3"], ["v3", "v2", "v1"]),
        ([1, 2], [1, 2, 3], [2], [2, 3]),
        ([], [1, 2], [2], [1, 2]),
    ],
)
def test_lists(base: Any, ours: Any, theirs: Any, found: Any) -> None:
    assert merge({"x": base}, {"x": ours}, {"x": theirs}) == {"x": found}


@given(OBJECTS, OBJECTS)
def test_where_one_side_changed_nothing_the_other_is_kept(base: Any, other: Any) -> None:
    assert merge(base, other, base) == merge(base, base, other) == merge(base, other, other) == other


def test_facts_are_written_and_read() -> None:
    assert decode(encode({"b": "ü", "a": 1.5})) == {"b": "ü", "a": 1.5}
    assert (decode(b"[1]"), decode(b"{"), decode(b"\xff")) == ({}, {}, {})
