"""A model's params.yaml as frozen values: all that a step knows besides its command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlspec.domain.digest import JSON
from mlspec.domain.moments import DATES
from mlspec.errors import MlspecError
from mlspec.steps.evaluation import Evaluation, read_evaluation


@dataclass(frozen=True, slots=True)
class Rule:
    """What a column must be; `None` means that nothing is asked."""

    type: str | None = None
    min: float | str | None = None
    max: float | str | None = None
    format: str | None = None
    values: tuple[JSON, ...] | None = None
    pattern: str | None = None
    nullable: bool = False
    unique: bool = False
    required: bool = True
    max_missing: float | None = None
    min_distinct: int | None = None
    max_distinct: int | None = None
    shares: Mapping[str, Mapping[str, float]] | None = None
    personal_data: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """The source and its rules; `rows` are the least and the greatest number of rows."""

    source: Path
    rules: Mapping[str, Rule]
    rows: tuple[int | None, int | None]
    extra_columns: bool
    unique: tuple[tuple[str, ...], ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    """name → expression"""
    personal_data: str = "allow"

    @property
    def types(self) -> dict[str, str]:
        """column → declared type, where one is declared; dates are text to all but the rules."""
        found = {name: rule.type for name, rule in self.rules.items() if rule.type}
        return {name: "string" if kind in DATES else kind for name, kind in found.items()}


@dataclass(frozen=True, slots=True)
class Split:
    """How the rows are parted; `test` is a fraction between 0 and 1."""

    test: float
    stratify: str | None
    seed: int
    time: tuple[str, float] | None = None
    """the column, and a share of the rows (below 1) or seconds"""
    group: str | None = None
    leakage: str = "warn"
    told: bool = False
    """whether the spec asks for more than a draw, so that how it went is written beside it"""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that decide which row is in which part."""
        named = (self.stratify, self.group, self.time[0] if self.time else None)
        return tuple(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True)
class Search:
    """A search for hyperparameters; `trials` is None in a grid, `space` is as the spec has it."""

    method: str
    trials: int | None
    folds: int
    seed: int
    metric: str
    space: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained: `estimator` is an import path, `model` the skops file that a custom command writes."""

    estimator: str | None
    command: str | None
    target: str
    features: tuple[str, ...] | None
    exclude: frozenset[str]
    params: Mapping[str, Any]
    model: Path | None
    trust: tuple[str, ...]
    outs: tuple[Path, ...] = ()
    """what is registered and served as it is, where that is no skops file"""
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Fineness:
    """How finely the training data is summarised: bins of a column of numbers, and categories counted one by one."""

    bins: int
    categories: int


@dataclass(frozen=True, slots=True)
class Features:
    """A function, `package.module:function`, and the raw columns that it takes (None: all but the target)."""

    function: str
    inputs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Params:
    """One model's params.yaml; `folder` is where it lies and where outputs go."""

    model: str
    folder: Path
    data: Data
    split: Split
    training: Training
    evaluation: Evaluation
    fineness: Fineness | None = None
    features: Features | None = None
    format: str = "skops"
    """of the file that is registered and served"""

    @property
    def bundle(self) -> Path:
        """The folder of what is registered and served."""
        return self.folder / ("model" if self.format == "skops" else self.format)


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's core, as the spec's loader and DVC read it: `1e-3` is a number, `on` and `yes` are strings."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 as the base has it


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


def load_params(path: Path) -> Params:
    """Read a params.yaml; MlspecError where it can't be read or lacks something."""
    hint = "run mlspec compile to write it again"
    try:
        raw = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 a CSafeLoader
        return _params(path.parent, raw)
    except OSError as error:
        raise MlspecError(f"cannot be read: {error.strerror}", where=str(path), hint=hint) from error
    except yaml.YAMLError as error:
        raise MlspecError(f"is not YAML: {error}", where=str(path), hint=hint) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MlspecError(f"is not a model's parameters: {error!r}", where=str(path), hint=hint) from error


def _params(folder: Path, raw: Mapping[str, Any]) -> Params:
    training = raw["training"]
    return Params(
        model=raw["model"],
        folder=folder,
        data=_data(raw["data"]),
        split=_split(raw["split"]),
        training=_training(training),
        evaluation=read_evaluation(raw["evaluation"]),
        fineness=Fineness(**raw["monitoring"]) if raw.get("monitoring") else None,
        features=_features(raw.get("features")),
        format=raw.get("serving", {}).get("format", "skops"),
    )


def _features(raw: Mapping[str, Any] | None) -> Features | None:
    return Features(raw["function"], tuple(raw["inputs"]) if raw.get("inputs") else None) if raw else None


def _data(raw: Mapping[str, Any]) -> Data:
    validation = raw.get("validation") or {}
    rows = validation.get("rows") or {}
    return Data(
        source=Path(raw["source"]),
        rules={name: _rule(rule or {}) for name, rule in (validation.get("columns") or {}).items()},
        rows=(rows.get("min"), rows.get("max")),
        extra_columns=validation.get("extra_columns", "allow") != "forbid",
        unique=tuple(map(tuple, validation.get("unique") or ())),
        checks={check["name"]: check["expression"] for check in validation.get("checks") or ()},
        personal_data=validation.get("personal_data", "allow"),
    )


def _split(raw: Mapping[str, Any]) -> Split:
    time = raw.get("time")
    return Split(
        test=float(raw["test"]),
        stratify=raw.get("stratify"),
        seed=int(raw.get("seed", 0)),
        time=(time["column"], float(time["test"])) if time else None,
        group=raw.get("group"),
        leakage=raw.get("leakage", "warn"),
        told=not {"time", "group", "leakage"}.isdisjoint(raw),
    )


def _rule(raw: Mapping[str, Any]) -> Rule:
    # a compiler may write null for what the spec leaves out
    given = {key: value for key, value in raw.items() if value is not None}
    if "values" in given:
        given["values"] = tuple(given["values"])
    return Rule(**given)


def _training(raw: Mapping[str, Any]) -> Training:
    features, model = raw.get("features"), raw.get("model")
    return Training(
        estimator=raw.get("estimator"),
        command=raw.get("command"),
        target=raw["target"],
        features=None if features is None else tuple(features),
        exclude=frozenset(raw.get("exclude") or ()),
        params=raw.get("params") or {},
        model=Path(model) if model else None,
        trust=tuple(raw.get("trust") or ()),
        outs=tuple(map(Path, raw.get("outs") or ())),
        search=Search(**raw["search"]) if raw.get("search") else None,
    )
