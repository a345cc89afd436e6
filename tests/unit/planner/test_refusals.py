"""Refused requests of a candidate beside those of what runs."""

from __future__ import annotations

import pytest
from scipy.stats import hypergeom

from mlspec.domain.service import CanaryPolicy, Service, Split
from mlspec.planner.refusals import by_chance, refusals

POLICY = CanaryPolicy(0.1, 900, 0.01, None, None, 50, None, {"max_error_rate": 7})


def told(before: Service, after: Service) -> list[tuple[str, int]]:
    return list(refusals(POLICY, Split(after, before)))


@pytest.mark.parametrize(("refused", "of", "others", "of_others"), [(1, 50, 0, 10000), (9, 60, 70, 900), (0, 5, 0, 9)])
def test_the_chance_is_that_of_the_exact_test(refused: int, of: int, others: int, of_others: int) -> None:
    found = by_chance(Service("v2", of, 0, refused=refused), Service("v1", of_others, 0, refused=others))
    expected = hypergeom.sf(refused - 1, of + of_others, refused + others, of)
    assert found == pytest.approx(min(1.0, expected), rel=1e-6)


def test_one_that_refuses_what_the_other_answers_is_told_with_figures() -> None:
    [(figures, line)] = told(Service("v1", 900, 0, refused=9), Service("v2", 100, 0, refused=100))
    assert figures == "v2 refused 100 of 100 requests (100.0%), v1 1.0% of 900; 1.0% more are allowed"
    assert line == 7


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Service("v1", 900, 0, refused=450), Service("v2", 100, 0, refused=52)),
        (Service("v1", 10000, 0, refused=0), Service("v2", 50, 0, refused=1)),
        (Service("v1", 900, 0), Service("v2", 49, 0, refused=49)),
        (Service("v1", 0, 0), Service("v2", 100, 0, refused=100)),
        (Service("v1", unknown="silent"), Service("v2", 100, 0, refused=100)),
    ],
)
def test_faults_of_callers_and_chance_are_none_of_its_own(before: Service, after: Service) -> None:
    assert told(before, after) == []
