"""The folds of a search: parted as the spec parts training from test, so that a fold's score means the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from mlspec.errors import MlspecError
from mlspec.steps.moments import read_moments
from mlspec.steps.params import Search, Split
from mlspec.steps.records import read_records
from mlspec.steps.signature import Task


def make_folds(search: Search, task: Task, target: Any, split: Split, rows: Path) -> Any:
    """What scikit-learn takes as `cv`. MlspecError where there are too few rows, groups or rows of a class.

    By time each fold is judged on rows newer than those it is trained on; groups stay whole; else rows are shuffled,
    and classes keep their shares.
    """
    count = len(target)
    if count < 2 * search.folds:
        raise MlspecError(f"training.search: {count} training rows are too few for {search.folds} folds")
    if split.time is not None:
        return _by_time(search, split.time[0], rows)
    if split.group is not None:
        return _by_group(search, task, target, split.group, rows)
    if task == "regression":
        return KFold(search.folds, shuffle=True, random_state=search.seed)
    _refuse_rare(target, search)
    return StratifiedKFold(search.folds, shuffle=True, random_state=search.seed)


def _by_time(search: Search, column: str, path: Path) -> list[tuple[Any, Any]]:
    records = read_records(path, pick=(column,))
    moments = read_moments(records.picked[column], records.lines, column)
    known, at = np.unique(np.asarray(moments), return_inverse=True)
    if (found := len(known)) <= search.folds:
        are = "moment is" if found == 1 else "moments are"
        raise MlspecError(f"training.search: {found} {are} too few for {search.folds} folds by time")
    order = np.argsort(at, kind="stable")

    def rows(moments: Any) -> Any:
        """Rows of one moment stay together, or some would be judged on what is as old as they are."""
        return order[np.isin(at[order], moments)]

    return [(rows(train), rows(test)) for train, test in TimeSeriesSplit(search.folds).split(known)]


def _by_group(search: Search, task: Task, target: Any, column: str, path: Path) -> list[tuple[Any, Any]]:
    groups = np.asarray(read_records(path, pick=(column,)).picked[column])
    if (found := len(np.unique(groups))) < search.folds:
        hint = "fewer training.search.folds"
        raise MlspecError(f"training.search: {found} groups are too few for {search.folds} folds", hint=hint)
    kind = StratifiedGroupKFold if task == "classification" else GroupKFold
    folds = kind(search.folds, shuffle=True, random_state=search.seed)
    return list(folds.split(np.zeros(len(target)), target, groups))


def _refuse_rare(target: Any, search: Search) -> None:
    names, counts = np.unique(target, return_counts=True)
    if counts.min() < search.folds:
        rare = names[counts.argmin()]
        found = f"training.search: class {rare} has {counts.min()} training rows, too few for {search.folds} folds"
        raise MlspecError(found, hint="fewer training.search.folds")
