"""Two versions' answers to the same rows: what differs, and whether that is too much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mlspec.domain.replay import Answer, Comparison, Recorded, Replay
from mlspec.kinds.drift.jensen_shannon import KIND
from mlspec.planner.replays import breaches, compare

ASKED = Replay(200, 20, 0.1, None, 0.1, 0.0, None, {"max_error_rate": 1, "max_changed": 2, "max_prediction_shift": 3})


def compared(old: list[Any], new: list[Any], asked: Replay = ASKED) -> Comparison:
    rows = [Recorded({"a": index}, value) for index, value in enumerate(old)]
    return compare(rows, [value if isinstance(value, Answer) else Answer(value) for value in new], asked, KIND)


def lines(found: Comparison, **changes: Any) -> list[int]:
    return [line for _, line in breaches(found, replace(ASKED, **changes))]


def test_equal_answers_differ_in_nothing() -> None:
    found = compared(["x", "y"] * 10, ["x", "y"] * 10)
    assert (found.changed, found.shift, found.largest) == (0, 0.0, None)
    assert lines(found, changed=0.0, shift=0.0) == []
    assert found.words == "20 recorded requests: 0 answers changed (0.0%), shift 0"


def test_classes_that_change_places_shift_nothing() -> None:
    found = compared(["x", "y"] * 10, ["y", "x"] * 10)
    assert (found.changed, found.shift) == (20, 0.0)
    assert lines(found) == []
    assert lines(found, changed=0.99) == [2]


def test_a_class_that_goes_away_is_a_shift() -> None:
    found = compared(["x", "y"] * 10, ["x"] * 20)
    assert found.changed == 10
    assert found.shift == pytest.approx(0.5579, abs=1e-3)
    assert lines(found) == [3]


def test_a_limit_that_is_reached_is_kept() -> None:
    found = compared(["x"] * 20, ["x"] * 18 + ["y"] * 2)
    assert lines(found, changed=0.1, shift=1.0) == []
    assert lines(found, changed=0.0999, shift=1.0) == [2]


def test_classes_that_nobody_answered_before_are_told_apart_from_none() -> None:
    assert compared([0, 1] * 10, [0, 2] * 10).changed == 10
    assert compared([True] * 20, [1] * 20).changed == 20


def test_numbers_are_binned_and_small_differences_do_not_count() -> None:
    old = [float(index) for index in range(100)]
    near = compared(old, [value + 0.1 for value in old], replace(ASKED, numbers=True))
    assert (near.changed, near.largest) == (0, pytest.approx(0.1))
    far = compared(old, [value + 30 for value in old], replace(ASKED, numbers=True))
    assert (far.changed, far.largest) == (100, 30.0)
    assert far.shift > 0.4
    assert "the largest by 30" in far.words


def test_numbers_without_spread() -> None:
    found = compared([1.5] * 20, [1.5] * 19 + [1.6], replace(ASKED, numbers=True))
    assert (found.changed, found.shift > 0) == (1, True)


def test_a_value_that_is_answered_often_may_move_a_little() -> None:
    old, new = [1.0, 2.0, 4.0] * 10, [1.01, 2.01, 4.01] * 10
    found = compared(old, new, replace(ASKED, numbers=True))
    assert (found.changed, found.shift) == (0, 0.0)
    exact = compared(old, new, replace(ASKED, numbers=True, tolerance=0.0))
    assert (exact.changed, exact.shift) == (30, pytest.approx(1.0))


def test_without_a_word_of_the_spec_fractions_are_numbers() -> None:
    assert compared([1, 2] * 10, [1, 2] * 10).largest is None
    assert compared([1.5, 2] * 10, [1.5, 2] * 10).largest == 0


def test_numbers_that_became_something_else_are_compared_as_they_are() -> None:
    assert compared([1.5] * 20, [None] * 20, replace(ASKED, numbers=True)).changed == 20


def test_what_fails_is_counted_and_told() -> None:
    found = compared(["x"] * 20, ["x"] * 19 + [Answer(error="400: no column b")])
    assert (found.failed, found.answered, found.changed) == (1, 19, 0)
    ((words, line),) = breaches(found, ASKED)
    assert line == 1
    assert words == "1 of 20 recorded requests failed (5.0%), 0.0% may; the first: 400: no column b"
    assert lines(found, errors=0.05) == []


def test_when_nothing_is_answered_that_is_all_there_is() -> None:
    found = compared(["x"] * 20, [Answer(error="500: broken")] * 20)
    assert lines(found, changed=0.0) == [1]
