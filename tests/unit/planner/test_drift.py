"""Findings: false alarms are as rare as the spec says at every size, true shifts are found, and counts are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlspec.domain.drift import PREDICTION, DriftCheck, Finding, State
from mlspec.domain.traffic import Block, Column, Traffic
from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.registry import discover
from mlspec.planner.drift import holm, newest, run_check

MEASURES = discover("mlspec.kinds.drift", MeasureKind)
CHECK = DriftCheck(None, predictions=True, test="psi", max=0.2, window=1000, min_rows=100, significance=0.01, line=4)
COLUMNS = 10
BINS = 20
RUNS = 400


class Spec:
    """As much of a blueprint as findings look at."""

    monitoring = None

    def where(self, line: int) -> str:
        return f"specs/wine.yaml:{line}"


def traffic(reference: np.ndarray, live: np.ndarray) -> Traffic:
    """One block; the columns' counts, without missing values, stand in rows."""
    names = [f"c{index}" for index in range(len(reference))]
    columns = {name: Column("number", (*counts.tolist(), 0)) for name, counts in zip(names, reference, strict=True)}
    counts = {name: (*each.tolist(), 0) for name, each in zip(names, live, strict=True)}
    return Traffic("sha", "v0.1.0", columns, (Block(1.0, int(live[0].sum()), counts),), int(live[0].sum()))


def samples(random: np.random.Generator, trained: int, shares: np.ndarray, rows: int) -> Traffic:
    """Live rows of true shares, and the training's own rows in the bins that are its quantiles.

    A quantile bin has the same count always; its true share varies as a uniform spacing does.
    """
    spread = random.gamma(trained / BINS, size=shares.shape) * shares
    live = random.multinomial(rows, spread / spread.sum(axis=1, keepdims=True))
    return traffic(np.full(shares.shape, trained // BINS), live)


def drifted(seen: Traffic, check: DriftCheck) -> list[str]:
    found = run_check(Spec(), check, seen, MEASURES[check.test])  # type: ignore[arg-type]
    return [item.subject for item in found if item.state is State.DRIFT]


@pytest.mark.parametrize("test", list(MEASURES))
@pytest.mark.parametrize(("trained", "rows"), [(140, 100), (140, 1000), (5000, 100), (5000, 300), (5000, 3000)])
def test_false_alarms_are_as_rare_as_the_spec_says(test: str, trained: int, rows: int) -> None:
    random = np.random.default_rng(7)
    check = replace(CHECK, test=test, max=0.0, significance=0.05)  # nothing but chance decides
    same = np.ones((COLUMNS, BINS))
    alarms = sum(bool(drifted(samples(random, trained, same, rows), check)) for _ in range(RUNS))
    # Were the rate 5 %, more than 33 of 400 would come less than once in 1,000 times.
    assert alarms <= 33, f"{alarms} of {RUNS}"


@pytest.mark.parametrize("test", list(MEASURES))
@pytest.mark.parametrize(("rows", "tilt"), [(100, 5.0), (300, 3.0), (3000, 1.7)])
def test_true_shifts_are_found_and_only_these(test: str, rows: int, tilt: float) -> None:
    random = np.random.default_rng(3)
    shares = np.ones((COLUMNS, BINS))
    shares[[2, 5]] = np.exp(np.linspace(-tilt / 2, tilt / 2, BINS))
    check = replace(CHECK, test=test, max=0.05)
    hits = sum(drifted(samples(random, 2000, shares, rows), check) == ["c2", "c5"] for _ in range(20))
    assert hits >= 18


def test_a_fixed_threshold_alone_would_cry_wolf() -> None:
    """What the thresholds are for: with 100 rows, PSI is above 0.1 in most columns, and nothing has drifted."""
    random = np.random.default_rng(1)
    values = []
    for _ in range(20):
        seen = samples(random, 5000, np.ones((COLUMNS, BINS)), 100)
        live = seen.blocks[0].counts
        values += [MEASURES["psi"].measure(seen.columns[name].counts[:-1], live[name][:-1])[0] for name in live]
    assert np.mean(np.array(values) > 0.1) > 0.9


def one(column: Column, live: tuple[int, ...], **check: object) -> Finding:
    rows = sum(live)
    seen = Traffic("sha", "v1", {"a": column}, (Block(1.0, rows, {"a": live}),), rows)
    return next(run_check(Spec(), replace(CHECK, **check), seen, MEASURES[check.get("test", "psi")]))  # type: ignore


def test_missing_values_that_training_did_not_have_are_drift() -> None:
    column = Column("number", (*(50,) * 20, 0))
    assert one(column, (*(10,) * 20, 200)).state is State.DRIFT
    assert one(column, (*(10,) * 20, 1)).state is State.NONE


def test_a_constant_column_that_changes_is_drift() -> None:
    assert one(Column("number", (0, 500, 0, 0)), (0, 0, 200, 0)).state is State.DRIFT
    assert one(Column("number", (0, 500, 0, 0)), (0, 200, 0, 0)).state is State.NONE


def test_new_categories_are_drift() -> None:
    column = Column("category", (300, 200, 0, 0))  # two values, all others, missing
    assert one(column, (120, 80, 0, 0)).state is State.NONE
    assert one(column, (60, 40, 100, 0)).state is State.DRIFT


def test_what_cannot_be_compared_says_why() -> None:
    column = Column("category", (300, 200, 0, 0))
    assert one(column, (120, 80, 0, 0), test="ks").note == "ks compares numbers only"
    assert one(column, (20, 10, 0, 0)).state is State.TOO_FEW
    assert one(column, (120, 80, 0, 0), features=("b",)).note == "the model does not take it"
    assert one(Column("number", (100, 100, 0)), (0, 0, 200), test="ks").note == "no row has a value"


def test_a_value_above_its_limit_by_chance_is_no_drift_and_says_so() -> None:
    column = Column("category", (50, 50, 0, 0))
    found = one(column, (66, 34, 0, 0), max=0.05, significance=0.001)
    assert (found.state, found.note) == (State.NONE, "chance explains it with so few rows")


def test_the_newest_rows_of_all_workers_are_compared() -> None:
    blocks = [Block(float(time), 50, {}) for time in (4, 1, 3, 2)]
    assert [block.until for block in newest(blocks, 100)] == [4.0, 3.0]
    assert [block.until for block in newest(blocks, 101)] == [4.0, 3.0, 2.0]
    assert len(newest(blocks, 10_000)) == 4


def test_holm() -> None:
    """As R's p.adjust has it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_predictions_are_compared_where_the_check_wants_them() -> None:
    columns = {"a": Column("number", (100, 100, 0)), PREDICTION: Column("category", (100, 100, 0, 0))}
    counts = {"a": (100, 100, 0), PREDICTION: (190, 10, 0, 0)}
    seen = Traffic("sha", "v1", columns, (Block(1.0, 200, counts),), 200)
    assert drifted(seen, CHECK) == [PREDICTION]
    assert drifted(seen, replace(CHECK, predictions=False)) == []
    found = list(run_check(Spec(), replace(CHECK, features=()), seen, MEASURES["psi"]))  # type: ignore[arg-type]
    assert [(item.subject, item.where) for item in found] == [(PREDICTION, "specs/wine.yaml:4")]
