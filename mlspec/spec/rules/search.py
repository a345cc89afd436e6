"""Rules for `training.search:` a metric with its direction, and a space that can be searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, Final

from mlspec.domain.digest import canonical
from mlspec.domain.metrics import METRICS
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, one_of, suggest
from mlspec.spec.search import RANGE, SearchSpec

_AT: Final = ("training", "search")
_FORMS: Final = "write a list of values, or a range such as `{min: 1, max: 10}`"
_MOST: Final = 2000


def check_search(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of a search."""
    search = spec.training.search
    if search is None:
        return
    if spec.training.command:
        hint = "search in the command itself, or name an `estimator`"
        yield Fault(_AT, "`search` is for an `estimator`, not for a `command`", hint)
    yield from _metric(spec, search)
    if search.method == "grid" and search.trials is not None:
        yield Fault((*_AT, "trials"), "a grid tries all combinations", "remove `trials`, or use `method: random`")
    for name, values in search.space.items():
        at = (*_AT, "space", name)
        if name in spec.training.params:
            yield Fault(at, f"`{name}` is in `training.params` too", "keep one of them")
        yield from _values(search, name, values, at)
    if search.method == "grid" and (count := _combinations(search)) > _MOST:
        found = f"the grid has {count} combinations, more than {_MOST}"
        yield Fault((*_AT, "space"), found, "use `method: random`, or fewer values")


def _metric(spec: ModelSpec, search: SearchSpec) -> Iterator[Fault]:
    if search.maximize and search.minimize:
        yield Fault((*_AT, "minimize"), "`maximize` and `minimize` exclude each other", "keep one of them")
        return
    if not search.metric:
        metrics = [name for name in spec.evaluation.metrics if name in METRICS]
        wanted = "maximize" if not metrics or METRICS[metrics[0]].higher else "minimize"
        hint = f"such as `{wanted}: {metrics[0] if metrics else 'accuracy'}`"
        yield Fault(_AT, "the search does not say which metric decides", hint, missing=wanted)
        return
    field = "maximize" if search.maximize else "minimize"
    yield from _direction(spec, search.metric, field)


def _direction(spec: ModelSpec, name: str, field: str) -> Iterator[Fault]:
    at, metrics = (*_AT, field), spec.evaluation.metrics
    if name not in metrics:
        hint = suggest(name, metrics) or f"add it to `evaluation.metrics`, or choose {one_of(metrics)}"
        yield Fault(at, f"`{name}` is not measured", hint)
    elif name in METRICS and METRICS[name].higher != (field == "maximize"):
        better, other = ("higher", "maximize") if METRICS[name].higher else ("lower", "minimize")
        yield Fault(at, f"a {better} `{name}` is better", f"write `{other}: {name}`")


def _values(search: SearchSpec, name: str, values: object, at: Path) -> Iterator[Fault]:
    if isinstance(values, list):
        if not values:
            yield Fault(at, f"`{name}` has no values", _FORMS)
        spelled = [canonical(value).decode() for value in values]
        for index, value in enumerate(spelled):
            if value in spelled[:index]:
                yield Fault((*at, index), f"{value} is here twice", "keep one of them")
    elif isinstance(values, dict):
        yield from _range(search, name, values, at)
    else:
        yield Fault(at, f"`{name}` is neither a list nor a range", _FORMS)


def _range(search: SearchSpec, name: str, values: Mapping[str, Any], at: Path) -> Iterator[Fault]:
    found = [*_fields(values, at)]
    yield from found
    if found:
        return
    least, most = values["min"], values["max"]
    if least >= most:
        yield Fault((*at, "min"), f"`min` {least} is not less than `max` {most}", "a single value goes in a list")
    elif values.get("log") and least <= 0:
        yield Fault((*at, "min"), f"`log` needs a `min` greater than 0, found {least}")
    elif search.method == "grid" and "points" not in values and not _whole(values):
        yield Fault(at, f"a grid needs `points` for the fractions of `{name}`", "how many values to take")


def _fields(values: Mapping[str, Any], at: Path) -> Iterator[Fault]:
    known = RANGE["properties"]
    for field, value in values.items():
        if field not in known:
            hint = suggest(field, known) or f"a range has {one_of(known)}"
            yield Fault((*at, field), f"unknown field `{field}` of a range", hint)
        elif not _fits(field, value):
            wanted = {"log": "`true` or `false`", "points": "a whole number, 2 or more"}.get(field, "a number")
            yield Fault((*at, field), f"`{field}`: expected {wanted}, found `{value}`")
    for field in RANGE["required"]:
        if field not in values:
            yield Fault(at, f"`{field}` is missing in the range", _FORMS, missing=field)


def _fits(field: str, value: object) -> bool:
    if field == "log":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) and value >= 2 if field == "points" else isinstance(value, int | float)


def _whole(values: Mapping[str, Any]) -> bool:
    return all(isinstance(values[end], int) for end in ("min", "max"))


def _combinations(search: SearchSpec) -> int:
    return prod(map(_count, search.space.values()))


def _count(values: Any) -> int:
    """How many values a param has in a grid; what is wrong has been told already."""
    if isinstance(values, list):
        return max(1, len(values))
    if not isinstance(values, dict) or [*_fields(values, ())]:
        return 1
    return int(values.get("points") or (values["max"] - values["min"] + 1 if _whole(values) else 1))
