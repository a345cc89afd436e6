"""The split has the properties of scikit-learn's, at a hundredth of its import."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from mlspec.errors import MlspecError
from mlspec.steps.split import draw_groups, draw_newest, draw_stratified, draw_test_rows

FRACTIONS = st.floats(0.01, 0.99)
COUNTS = st.lists(st.integers(2, 40), min_size=2, max_size=6)


@given(rows=st.integers(2, 300), fraction=FRACTIONS, seed=st.integers(0, 2**32))
def test_a_random_split_is_as_large_as_scikit_learns(rows: int, fraction: float, seed: int) -> None:
    size = math.ceil(rows * fraction)
    if size == rows:
        with pytest.raises(MlspecError):
            draw_test_rows(rows, fraction, seed)
        return
    test = draw_test_rows(rows, fraction, seed)
    assert test <= set(range(rows))
    assert len(test) == size == len(train_test_split(range(rows), test_size=fraction)[1])


@given(counts=COUNTS, fraction=FRACTIONS, seed=st.integers(0, 1000))
def test_a_stratified_split_keeps_shares(counts: list[int], fraction: float, seed: int) -> None:
    labels = [str(number) for number, count in enumerate(counts) for _ in range(count)]
    size = math.ceil(len(labels) * fraction)
    if not len(counts) <= size <= len(labels) - len(counts):
        with pytest.raises(MlspecError):
            draw_stratified(labels, fraction, seed)
        return
    test = draw_stratified(labels, fraction, seed)
    drawn = Counter(labels[row] for row in test)
    assert len(test) == size
    for number, count in enumerate(counts):
        assert 1 <= drawn[str(number)] <= count - 1
    if all(1 <= count * size / len(labels) <= count - 1 for count in counts):
        _, theirs = train_test_split(labels, test_size=fraction, stratify=labels, random_state=seed)
        assert all(abs(drawn[label] - count) <= 1 for label, count in Counter(theirs).items())
        assert all(abs(drawn[str(n)] - c * size / len(labels)) < 1 for n, c in enumerate(counts))


def test_every_row_is_as_likely_as_any_other() -> None:
    hits = Counter(row for seed in range(2000) for row in draw_test_rows(10, 0.2, seed))
    assert all(330 < hits[row] < 470 for row in range(10))  # 400, five standard deviations are 89


def test_seeds_differ_and_stay_what_they_were() -> None:
    assert draw_test_rows(20, 0.2, 7) == {3, 6, 8, 10}
    assert draw_test_rows(20, 0.2, 8) != {3, 6, 8, 10}
    assert draw_stratified(["a", "b"] * 10, 0.2, 7) == {3, 6, 8, 11}


def test_a_class_with_one_row_is_named() -> None:
    with pytest.raises(MlspecError, match="there is 1 of 'c'"):
        draw_stratified(["a", "a", "b", "b", "c"], 0.5, 0)


def test_many_lonely_classes_are_cut_short() -> None:
    with pytest.raises(MlspecError, match="and 15 more"):
        draw_stratified([f"{number:02}" for number in range(20)], 0.5, 0)


@given(sizes=st.lists(st.integers(1, 30), min_size=2, max_size=12), fraction=FRACTIONS, seed=st.integers(0, 1000))
def test_a_group_is_in_one_part_whatever_the_order_of_rows(sizes: list[int], fraction: float, seed: int) -> None:
    groups = [f"g{number}" for number, size in enumerate(sizes) for _ in range(size)]
    if math.ceil(len(groups) * fraction) >= len(groups):
        return
    test = draw_groups(groups, fraction, seed)
    drawn = {groups[row] for row in test}
    assert test == {row for row, group in enumerate(groups) if group in drawn}
    assert 0 < len(test) < len(groups)
    assert len(test) <= max(math.ceil(len(groups) * fraction), min(sizes))
    turned = groups[::-1]
    assert {turned[row] for row in draw_groups(turned, fraction, seed)} == drawn


def test_one_group_can_not_be_parted() -> None:
    with pytest.raises(MlspecError, match="2 groups"):
        draw_groups(["a"] * 10, 0.2, 1)


@given(moments=st.lists(st.integers(0, 50), min_size=2, max_size=60), fraction=FRACTIONS)
def test_no_row_to_train_on_is_as_new_as_one_to_test_on(moments: list[float], fraction: float) -> None:
    try:
        test = draw_newest(moments, fraction)
    except MlspecError:
        return
    train = [moment for row, moment in enumerate(moments) if row not in test]
    assert max(train) < min(moments[row] for row in test)
    assert len(test) >= math.ceil(len(moments) * fraction)


def test_the_newest_days_are_for_testing() -> None:
    day = 86400.0
    moments = [0, 1 * day, 9 * day, 10 * day, 5 * day]
    assert draw_newest(moments, 2 * day) == {2, 3}
    with pytest.raises(MlspecError, match="nothing to train on"):
        draw_newest(moments, 100 * day)
    with pytest.raises(MlspecError, match="nothing to train on"):
        draw_newest([3.0] * 5, 0.2)


@pytest.mark.parametrize("seed", range(5))
def test_rows_at_the_end_hardly_change_the_draw(seed: int) -> None:
    """So that a version in production has learned few rows that a newer one is tested on."""
    few, many = draw_test_rows(1000, 0.2, seed), draw_test_rows(1500, 0.2, seed)
    assert len({row for row in many if row < 1000} - few) <= 50
    labels = ["a" if row % 3 else "b" for row in range(1500)]
    few, many = draw_stratified(labels[:1000], 0.2, seed), draw_stratified(labels, 0.2, seed)
    assert len({row for row in many if row < 1000} - few) <= 50
