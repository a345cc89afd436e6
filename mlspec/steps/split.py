"""Which rows are the test part: drawn by a seed, the same on every machine and in every Python."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from mlspec.errors import MlspecError


def draw_test_rows(rows: int, fraction: float, seed: int) -> set[int]:
    """Positions of the test part, a fraction of the rows rounded up as scikit-learn does."""
    size = _size(rows, fraction)
    return set(_shuffled(range(rows), seed)[:size])


def draw_stratified(labels: Sequence[str], fraction: float, seed: int) -> set[int]:
    """Positions of the test part, each class in it by its share; a class keeps at least one row on either side."""
    size = _size(len(labels), fraction)
    places: dict[str, list[int]] = defaultdict(list)
    for row in _shuffled(range(len(labels)), seed):
        places[labels[row]].append(row)
    _check_classes(places, size, len(labels) - size)
    quotas = _quotas({name: len(found) for name, found in places.items()}, size)
    return {row for name, found in places.items() for row in found[: quotas[name]]}


def draw_groups(groups: Sequence[str], fraction: float, seed: int) -> set[int]:
    """Positions of the test part: whole groups, drawn one by one while they fit into a fraction of the rows.

    The smallest group where none fits; MlspecError where there is only one.
    """
    size = _size(len(groups), fraction)
    places: dict[str, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        places[group].append(row)
    if len(places) < 2:
        raise MlspecError("split.group needs 2 groups, there is 1", hint="choose another column, or drop split.group")
    names = sorted(places)  # the order of the rows decides nothing
    drawn: list[str] = []
    for name in (names[position] for position in _shuffled(range(len(names)), seed)):
        if len(places[name]) + sum(len(places[each]) for each in drawn) <= size:
            drawn.append(name)
    drawn = drawn or [min(names, key=lambda name: (len(places[name]), name))]
    return {row for name in drawn for row in places[name]}


def draw_newest(moments: Sequence[float], test: float) -> set[int]:
    """Positions of the newest rows: a share of them where `test` is below 1, else those of the last so many seconds.

    Rows of one moment stay together: of a share, on the side of the test.
    """
    if test < 1:
        size = _size(len(moments), test)
        cut = sorted(moments)[len(moments) - size]
        found = {row for row, moment in enumerate(moments) if moment >= cut}
    else:
        newest = max(moments, default=0.0)
        found = {row for row, moment in enumerate(moments) if moment > newest - test}
    if not 0 < len(found) < len(moments):
        hint = "see the column's values, and choose another share or length"
        raise MlspecError("split.time leaves nothing to train on", hint=hint)
    return found


def _size(rows: int, fraction: float) -> int:
    size = math.ceil(rows * fraction)
    if not 0 < size < rows:
        raise MlspecError(f"split.test {fraction:g} of {rows} rows leaves nothing to train or to test on")
    return size


def _shuffled(rows: range, seed: int) -> list[int]:
    # of the random module, only random()'s sequence is promised to stay the same
    draw = random.Random(seed).random  # noqa: S311 nothing secret
    keys = [draw() for _ in rows]
    return sorted(rows, key=keys.__getitem__)


def _check_classes(places: Mapping[str, Sequence[int]], test: int, train: int) -> None:
    hint = "drop split.stratify, or give each class more rows; a column of numbers can't be stratified by"
    few = sorted(name for name, rows in places.items() if len(rows) < 2)
    if few:
        named = ", ".join(repr(name) for name in few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        raise MlspecError(f"split.stratify needs 2 rows of each class, there is 1 of {named}", hint=hint)
    if min(test, train) < len(places):
        found = f"split.stratify has {len(places)} classes, too many for parts of {train} and {test} rows"
        raise MlspecError(found, hint=hint)


def _quotas(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Test rows for each class: its exact share rounded down, then the largest remainders, never 0 and never all."""
    rows = sum(counts.values())
    exact = {name: count * size / rows for name, count in counts.items()}
    quotas = {name: max(1, math.floor(share)) for name, share in exact.items()}

    def owed(name: str) -> tuple[float, str]:
        return (exact[name] - quotas[name], name)

    while (missing := size - sum(quotas.values())) != 0:
        if missing > 0:
            quotas[max((name for name in counts if quotas[name] < counts[name] - 1), key=owed)] += 1
        else:
            quotas[min((name for name in counts if quotas[name] > 1), key=owed)] -= 1
    return quotas
