"""The search: what it draws, what it finds, what it writes down, and that processes change nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlspec.errors import MlspecError
from mlspec.steps.folds import make_folds
from mlspec.steps.params import Search, Split
from mlspec.steps.search import Row, Score, find_best, write_trials
from mlspec.steps.space import Range, count_combinations, read_space

ROWS, CULTIVARS = load_wine(return_X_y=True)
SCORE = Score("accuracy", "classification")


def tree(**params: Any) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("model", DecisionTreeClassifier(random_state=0, **params))])


def asked(method: str = "random", trials: int | None = 6, metric: str = "accuracy", **space: Any) -> Search:
    space = space or {"max_depth": {"min": 1, "max": 6}, "min_samples_leaf": [1, 5, 60]}
    return Search(method, trials, 3, 0, metric, space)


def found(model: Any, rows: Any, target: Any, search: Search, score: Score = SCORE) -> Any:
    """The search with its usual folds."""
    folds = make_folds(search, score.task, target, Split(0.2, None, 0), Path())
    return find_best(model, (rows, target), search, score, folds)


def test_the_best_trial_is_what_cross_validation_says() -> None:
    best, rows = found(tree(), ROWS, CULTIVARS, asked())
    assert len(rows) == 6
    winner = max(rows, key=lambda row: row.score)
    assert (winner.params, winner.rank) == (best, 1)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    for row in rows:
        expected = cross_val_score(tree(**row.params), ROWS, CULTIVARS, cv=folds)
        assert row.score == pytest.approx(expected.mean())
        assert row.std == pytest.approx(expected.std())
        assert row.folds == pytest.approx(tuple(expected))


def test_the_same_seed_gives_the_same_trials_and_another_gives_others() -> None:
    first, again = (found(tree(), ROWS, CULTIVARS, asked()) for _ in range(2))
    assert first == again
    other = Search("random", 6, 3, 1, "accuracy", asked().space)
    assert [row.params for row in found(tree(), ROWS, CULTIVARS, other)[1]] != [row.params for row in first[1]]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["random", "halving"])
def test_trials_side_by_side_give_the_same_bits(method: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(max_iter=500))])
    search = asked(method, metric="log_loss", C={"min": 0.01, "max": 10.0, "log": True})
    score = Score("log_loss", "classification")
    texts = []
    for count in ("1", "2"):
        monkeypatch.setenv("MLSPEC_TRIALS", count)
        best, rows = found(model, ROWS, CULTIVARS, search, score)
        write_trials(tmp_path, search, best, rows)
        texts.append((tmp_path / "trials.csv").read_text() + (tmp_path / "search.json").read_text())
    assert texts[0] == texts[1]


def test_a_grid_tries_all_combinations() -> None:
    search = asked("grid", None, max_depth={"min": 1, "max": 3}, criterion=["gini", "entropy"])
    _, rows = found(tree(), ROWS, CULTIVARS, search)
    tried = {(row.params["max_depth"], row.params["criterion"]) for row in rows}
    assert tried == {(depth, criterion) for depth in (1, 2, 3) for criterion in ("gini", "entropy")}


def test_halving_gives_more_rows_to_the_better(tmp_path: Path) -> None:
    search = asked("halving", 9)
    best, rows = found(tree(), ROWS, CULTIVARS, search)
    first = [row for row in rows if row.iteration == 0]
    last = [row for row in rows if row.iteration == max(row.iteration or 0 for row in rows)]
    assert len(last) < len(first) == 9
    assert min(row.rows or 0 for row in last) > max(row.rows or 0 for row in first)
    assert best in [row.params for row in last]
    write_trials(tmp_path, search, best, rows)
    written = json.loads((tmp_path / "search.json").read_text())
    assert written["score"] == max(row.score for row in last)


def test_the_last_round_of_a_halving_sees_about_all_rows() -> None:
    rows, target = np.random.RandomState(0).normal(size=(2, 3000, 1))
    model = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    search = asked("halving", 6, "r2", alpha={"min": 0.01, "max": 10.0})
    _, trials = found(model, rows, target[:, 0], search, Score("r2", "regression"))
    assert [row.rows for row in trials if row.iteration] == [3000, 3000]
    assert [row.rows for row in trials if not row.iteration] == [1000] * 6
    assert all(np.isfinite(row.score) for row in trials)


def test_a_round_of_a_halving_without_a_score_is_an_error() -> None:
    """Which of its trials went on would have been chance."""
    rows, target = load_diabetes(return_X_y=True)
    model = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    search = asked("halving", 200, "r2", alpha={"min": 0.01, "max": 10.0})
    with pytest.raises(MlspecError, match=r"scored on the 6 rows of round 1: .*r2 is not defined") as told:
        found(model, rows[:294], target[:294], search, Score("r2", "regression"))
    assert "fewer trials" in told.value.hint


def test_the_score_of_a_halving_is_that_on_the_most_rows(tmp_path: Path) -> None:
    few = [Row({"C": number}, score, 0.0, (score,), rank, 0, 20) for number, score, rank in ((1, 0.99, 1), (2, 0.5, 4))]
    more = Row({"C": 1}, 0.9, 0.1, (0.9,), 2, 1, 60)
    write_trials(tmp_path, asked("halving", 2), {"C": 1}, [*few, more])
    written = json.loads((tmp_path / "search.json").read_text())
    assert (written["score"], written["std"], written["trials"]) == (0.9, 0.1, 2)


def test_what_is_to_be_small_is_made_small() -> None:
    rows, target = load_diabetes(return_X_y=True)
    model = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    search = asked("grid", None, "mean_absolute_error", alpha=[0.1, 1e6])
    best, trials = found(model, rows, target, search, Score("mean_absolute_error", "regression"))
    assert best == {"alpha": 0.1}
    assert trials[0].score < trials[1].score
    assert min(row.score for row in trials) > 0, "a mean error is no negative number"


def test_a_trial_that_fails_is_written_down_and_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    search = asked("grid", None, max_depth=[3, -1])
    best, rows = found(tree(), ROWS, CULTIVARS, search)
    write_trials(tmp_path, search, best, rows)
    assert best == {"max_depth": 3}
    table = list(csv.DictReader((tmp_path / "trials.csv").read_text().splitlines()))
    assert [(row["max_depth"], row["score"] == "") for row in table] == [("3", False), ("-1", True)]
    assert json.loads((tmp_path / "search.json").read_text())["failed"] == 1
    assert "max_depth" in capsys.readouterr().err


def test_a_search_without_a_single_good_trial_is_an_error() -> None:
    with pytest.raises(MlspecError, match=r"no trial could be trained.*max_depth"):
        found(tree(), ROWS, CULTIVARS, asked("grid", None, max_depth=[-1, -2]))


def test_too_few_rows_of_a_class_are_an_error() -> None:
    keep = np.r_[0:40, np.flatnonzero(CULTIVARS == 2)[:2]]
    with pytest.raises(MlspecError, match="class 2 has 2 training rows, too few for 3 folds"):
        found(tree(), ROWS[keep], CULTIVARS[keep], asked())
    with pytest.raises(MlspecError, match="5 training rows are too few"):
        found(tree(), ROWS[:5], CULTIVARS[:5], asked())


def test_the_numbers_are_pythons_own() -> None:
    best, _ = found(tree(), ROWS, CULTIVARS, asked(max_depth={"min": 1, "max": 9}))
    assert type(best["max_depth"]) is int


@given(st.integers(1, 50), st.integers(1, 50), st.booleans(), st.integers(0, 2**31))
def test_whole_numbers_stay_in_their_range(low: int, width: int, log: bool, seed: int) -> None:
    state = np.random.RandomState(seed)
    drawn = [Range(low, low + width, log).rvs(random_state=state) for _ in range(20)]
    assert all(isinstance(value, int) and low <= value <= low + width for value in drawn)


def test_both_ends_are_drawn_as_often_as_the_rest() -> None:
    state = np.random.RandomState(0)
    drawn = [Range(1, 4).rvs(random_state=state) for _ in range(4000)]
    assert [drawn.count(value) for value in (1, 2, 3, 4)] == pytest.approx([1000] * 4, rel=0.1)


def test_a_logarithmic_range_gives_each_magnitude_its_share() -> None:
    state = np.random.RandomState(0)
    drawn = [Range(0.01, 100.0, log=True).rvs(random_state=state) for _ in range(4000)]
    assert sum(value < 1 for value in drawn) == pytest.approx(2000, rel=0.1)
    assert min(drawn) >= 0.01
    assert max(drawn) <= 100


def test_points_spread_over_a_range() -> None:
    assert read_space({"c": {"min": 0.01, "max": 100, "log": True, "points": 5}}, grid=True)["c"] == pytest.approx(
        [0.01, 0.1, 1, 10, 100]
    )
    assert read_space({"c": {"min": 1, "max": 3, "points": 9}}, grid=False) == {"c": [1, 2, 3]}
    assert read_space({"c": {"min": 1, "max": 3}}, grid=True) == {"c": [1, 2, 3]}


def test_combinations_of_lists_can_be_counted() -> None:
    assert count_combinations({"a": [1, 2], "b": [1, 2, 3]}) == 6
    assert count_combinations({"a": [1, 2], "b": Range(0.0, 1.0)}) is None


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    """Sixty rows of twelve people, by the day, in no order."""
    lines = [f"{(day * 7) % 60 + 1},{day % 12},{day % 2}" for day in range(60)]
    (tmp_path / "train.csv").write_text("\n".join(["day,person,y", *lines]) + "\n")
    return tmp_path / "train.csv"


def test_folds_by_time_are_judged_on_newer_rows(visits: Path) -> None:
    days = np.loadtxt(visits, delimiter=",", skiprows=1)[:, 0]
    folds = make_folds(asked(), "classification", np.zeros(60), Split(0.2, None, 0, time=("day", 0.2)), visits)
    assert len(folds) == 3
    assert all(days[train].max() < days[test].min() for train, test in folds)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_folds_by_group_keep_groups_whole(visits: Path, task: Any) -> None:
    people = np.loadtxt(visits, delimiter=",", skiprows=1)[:, 1]
    target = np.arange(60) % 2
    folds = make_folds(asked(), task, target, Split(0.2, None, 0, group="person"), visits)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(60))
    assert all(set(people[train]).isdisjoint(people[test]) for train, test in folds)


def test_too_few_groups_are_an_error(visits: Path) -> None:
    search = Search("random", 6, 13, 0, "accuracy", {"max_depth": [1]})
    with pytest.raises(MlspecError, match="12 groups are too few for 13 folds"):
        make_folds(search, "regression", np.zeros(60), Split(0.2, None, 0, group="person"), visits)


def test_folds_by_time_split_no_moment(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("day\n" + "".join(f"2024-01-{1 + row % 7:02}\n" for row in range(60)))
    split = Split(0.2, None, 0, time=("day", 0.2))
    for train, test in make_folds(asked(), "classification", np.zeros(60), split, path):
        assert max(train % 7) < min(test % 7)
    path.write_text("day\n" + "2024-01-01\n" * 60)
    with pytest.raises(MlspecError, match="1 moment is too few for"):
        make_folds(asked(), "classification", np.zeros(60), split, path)


@pytest.mark.parametrize("method", ["grid", "random", "halving"])
def test_every_method_takes_folds_by_time(visits: Path, method: str) -> None:
    search = asked(method, None if method == "grid" else 3, max_depth=[1, 2, 3])
    target = np.arange(60) % 2
    folds = make_folds(search, "classification", target, Split(0.2, None, 0, time=("day", 0.2)), visits)
    best, _ = find_best(tree(), (np.c_[target, target[::-1]], target), search, SCORE, folds)
    assert best["max_depth"] in {1, 2, 3}
