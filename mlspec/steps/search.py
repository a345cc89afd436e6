"""The search for hyperparameters: scikit-learn's own searches on the training rows, every trial written down."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import joblib  # type: ignore[import-untyped]
import numpy as np
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - the import is the switch
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mlspec.domain.metrics import METRICS
from mlspec.errors import MlspecError
from mlspec.steps.files import write_json
from mlspec.steps.params import Search
from mlspec.steps.scores import measure
from mlspec.steps.signature import Task
from mlspec.steps.space import count_combinations, read_space
from mlspec.steps.trial import Trial

RESULT: Final = "search.json"
TABLE: Final = "trials.csv"
_PREFIX: Final = "model__"
"""the estimator's name in the pipeline"""


@dataclass(frozen=True, slots=True)
class Score:
    """A metric as scikit-learn asks for it: greater is better. At the top of a module, so that processes can get it."""

    metric: str
    task: Task

    @property
    def sign(self) -> float:
        """1 where more is better."""
        return 1.0 if METRICS[self.metric].higher else -1.0

    def __call__(self, model: Any, rows: Any, truth: Any) -> float:
        """The metric on the rows that a fold leaves out."""
        return self.sign * measure(self.metric, Trial(model, rows, truth), self.task)


def find_best(
    model: Any, data: tuple[Any, Any], search: Search, score: Score, folds: Any
) -> tuple[dict[str, Any], list[Row]]:
    """The params of the best trial, the first of equals, and all trials. MlspecError where none can be scored.

    `data` are the rows and their targets, `folds` is what scikit-learn takes as `cv`.

    The model is a pipeline, so that scaling is fitted on each fold's own rows; test rows are never seen.
    """
    searcher = _searcher(_one_thread(model), search, score, folds)
    with _told() as failures, _workers():
        try:
            searcher.fit(*data)
        except ValueError as error:
            raise _failed(str(error)) from error
    rows = _rows(searcher.cv_results_, score.sign)
    _refuse_blind(rows, failures)
    best = rows[int(searcher.best_index_)]
    if not math.isfinite(best.score):
        raise _failed(failures[0] if failures else "")
    return dict(best.params), rows


@dataclass(frozen=True, slots=True)
class Row:
    """One trial: its params, its mean score and their spread over the folds, the folds' own scores.

    `iteration` and `rows` are those of a successive halving: how many rows the trial was given.
    """

    params: Mapping[str, Any]
    score: float
    std: float
    folds: tuple[float, ...]
    rank: int
    iteration: int | None = None
    rows: int | None = None


def write_trials(folder: Path, search: Search, best: Mapping[str, Any], rows: list[Row]) -> None:
    """Write search.json (the winner) and trials.csv (all trials in the order of their draw)."""
    won = (row for row in rows if row.params == best and math.isfinite(row.score))
    # of a halving's rows the one of the last iteration decided, whatever luck the same params had on fewer rows
    winner = min(won, key=lambda row: (-(row.iteration or 0), row.rank))
    failed = sum(not math.isfinite(row.score) for row in rows)
    write_json(
        folder / RESULT,
        {
            "metric": search.metric,
            "score": winner.score,
            "std": winner.std,
            "trials": sum(not row.iteration for row in rows),
            "failed": failed,
            "best": dict(best),
        },
    )
    (folder / TABLE).write_bytes(_table(rows).encode())


def _searcher(model: Any, search: Search, score: Score, folds: Any) -> Any:
    space = read_space(search.space, grid=search.method == "grid")
    drawn = {_PREFIX + name: values for name, values in space.items()}
    common: dict[str, Any] = {"scoring": score, "refit": False, "cv": folds, "error_score": np.nan}
    if search.method == "grid":
        return GridSearchCV(model, drawn, **common)
    trials = min(search.trials or 1, count_combinations(space) or sys.maxsize)
    common["random_state"] = search.seed
    if search.method == "halving":
        # the last round sees about all rows; the default would begin with the fewest that folds can be made of
        common |= {"n_candidates": trials, "min_resources": "exhaust", "return_train_score": False}
        return HalvingRandomSearchCV(model, drawn, **common)
    return RandomizedSearchCV(model, drawn, n_iter=trials, **common)


def _one_thread(model: Any) -> Any:
    """Trials run side by side, and threads would add up in an order of their own: each trial gets one."""
    jobs = {name: 1 for name in model.get_params() if name.rpartition("__")[2] == "n_jobs"}
    return clone(model).set_params(**jobs)


@contextmanager
def _workers() -> Iterator[None]:
    """Processes for as many trials as may run at a time; numeric libraries get one thread each, so that the number
    of processes changes no bit."""
    count = int(os.environ.get("MLSPEC_TRIALS", "1"))
    if count == 1:
        with threadpool_limits(1):
            yield
        return
    with joblib.parallel_config("loky", n_jobs=count, inner_max_num_threads=1):
        yield


@contextmanager
def _told() -> Iterator[list[str]]:
    """Why trials failed goes to the log; what single fits warn of would be said a hundred times."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", FitFailedWarning)
        warnings.filterwarnings("always", message="Scoring failed")
        yield said
    said += dict.fromkeys(str(item.message).strip() for item in caught)
    for text in said:
        sys.stderr.write(f"{text}\n")


def _refuse_blind(rows: list[Row], failures: list[str]) -> None:
    """MlspecError where no trial of a halving's round has a score: those that go on would be anybody's guess."""
    for number in sorted({row.iteration for row in rows if row.iteration is not None}):
        part = [row for row in rows if row.iteration == number]
        if not any(math.isfinite(row.score) for row in part):
            raise _failed(failures[0] if failures else "", f" on the {part[0].rows} rows of round {number + 1}")


def _failed(text: str, where: str = "") -> MlspecError:
    """The last line of what scikit-learn says is the fit's own error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no score is a finite number"]
    hint = "fewer trials get more rows each, and with `method: random` each gets all" if where else ""
    return MlspecError(f"training.search: no trial could be trained and scored{where}: {lines[-1]}", hint=hint)


def _rows(results: Mapping[str, Any], sign: float) -> list[Row]:
    folds = sorted((name for name in results if name.startswith("split") and name.endswith("_test_score")), key=_number)

    def row(index: int) -> Row:
        params = {name.removeprefix(_PREFIX): value for name, value in results["params"][index].items()}
        return Row(
            params=params,
            score=sign * float(results["mean_test_score"][index]),
            std=float(results["std_test_score"][index]),
            folds=tuple(sign * float(results[name][index]) for name in folds),
            rank=int(results["rank_test_score"][index]),
            iteration=int(results["iter"][index]) if "iter" in results else None,
            rows=int(results["n_resources"][index]) if "n_resources" in results else None,
        )

    return [row(index) for index in range(len(results["params"]))]


def _number(name: str) -> int:
    return int(name.removeprefix("split").removesuffix("_test_score"))


def _table(rows: list[Row]) -> str:
    """CSV: a trial that failed has no score; lists and the like are spelled as JSON."""
    names, halving = list(rows[0].params), rows[0].iteration is not None
    folds = [f"fold_{index}" for index in range(1, len(rows[0].folds) + 1)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["trial", *names, *(["iteration", "rows"] if halving else []), "score", "std", "rank", *folds])
    for number, row in enumerate(rows, 1):
        more = [row.iteration, row.rows] if halving else []
        values = [_spelled(row.params[name]) for name in names]
        scores = [_plain(value) for value in (row.score, row.std)]
        writer.writerow([number, *values, *more, *scores, row.rank, *map(_plain, row.folds)])
    return out.getvalue()


def _plain(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
