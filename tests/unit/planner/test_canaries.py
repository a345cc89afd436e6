"""Answers of two versions to other requests each: how far apart, and whether chance explains it."""

from __future__ import annotations

import random

import pytest

from mlspec.planner.canaries import SIGNIFICANCE, shift


def classes(count: int, share: float, seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["x" if chance.random() < share else "y" for _ in range(count)]


def test_equal_shares_of_classes_are_no_shift() -> None:
    value, chance = shift(["x", "y"] * 100, ["x", "y"] * 30, numbers=False)
    assert (value, chance) == (0.0, 1.0)


def test_without_a_shift_chance_is_hardly_ever_below_the_limit() -> None:
    looks = [shift(classes(300, 0.3, seed), classes(50, 0.3, seed + 1000), numbers=False)[1] for seed in range(300)]
    assert sum(chance < SIGNIFICANCE for chance in looks) <= 3
    assert sum(chance < 0.5 for chance in looks) == pytest.approx(150, abs=40)


def test_a_shift_of_classes_is_seen() -> None:
    value, chance = shift(classes(500, 0.5, 1), classes(100, 0.1, 2), numbers=None)
    assert value > 0.3
    assert chance < SIGNIFICANCE


def test_numbers_are_compared_over_common_bins() -> None:
    chance = random.Random(3)
    before, alike, moved = ([chance.gauss(mean, 1) for _ in range(200)] for mean in (0, 0, 2))
    assert shift(before, alike, numbers=True)[1] > SIGNIFICANCE
    value, unlikely = shift(before, moved, numbers=None)
    assert value > 0.4
    assert unlikely < SIGNIFICANCE


def test_numbers_that_are_all_the_same() -> None:
    assert shift([1.5] * 100, [1.5] * 60, numbers=True) == (0.0, 1.0)
    value, chance = shift([1.5] * 100, [2.5] * 60, numbers=True)
    assert value == pytest.approx(1.0)
    assert chance < SIGNIFICANCE


def test_what_is_no_number_is_a_class() -> None:
    value, chance = shift([1.5] * 100, [None] * 100, numbers=True)
    assert (value, chance < SIGNIFICANCE) == (pytest.approx(1.0), True)
