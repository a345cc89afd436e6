"""A model's params.yaml as frozen values: all that a step knows besides its command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError


@dataclass(frozen=True, slots=True)
class Rule:
    """What a column must be; `None` means that nothing is asked."""

    type: str | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[JSON, ...] | None = None
    pattern: str | None = None
    nullable: bool = False
    unique: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Data:
    """The source and its rules; `rows` are the least and the greatest number of rows."""

    source: Path
    rules: Mapping[str, Rule]
    rows: tuple[int | None, int | None]
    extra_columns: bool

    @property
    def types(self) -> dict[str, str]:
        """column → declared type, where one is declared."""
        return {name: rule.type for name, rule in self.rules.items() if rule.type}


@dataclass(frozen=True, slots=True)
class Split:
    """How the rows are parted; `test` is a fraction between 0 and 1."""

    test: float
    stratify: str | None
    seed: int


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained: `estimator` is an import path, `model` the skops file that a custom command writes."""

    estimator: str | None
    target: str
    features: tuple[str, ...] | None
    exclude: frozenset[str]
    params: Mapping[str, Any]
    model: Path | None
    trust: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Params:
    """One model's params.yaml; `folder` is where it lies and where outputs go."""

    model: str
    folder: Path
    data: Data
    split: Split
    training: Training
    metrics: tuple[str, ...]


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
    split, training = raw["split"], raw["training"]
    return Params(
        model=raw["model"],
        folder=folder,
        data=_data(raw["data"]),
        split=Split(float(split["test"]), split.get("stratify"), int(split.get("seed", 0))),
        training=_training(training),
        metrics=tuple(raw["evaluation"]["metrics"]),
    )


def _data(raw: Mapping[str, Any]) -> Data:
    validation = raw.get("validation") or {}
    rows = validation.get("rows") or {}
    return Data(
        source=Path(raw["source"]),
        rules={name: _rule(rule or {}) for name, rule in (validation.get("columns") or {}).items()},
        rows=(rows.get("min"), rows.get("max")),
        extra_columns=validation.get("extra_columns", "allow") != "forbid",
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
        target=raw["target"],
        features=None if features is None else tuple(features),
        exclude=frozenset(raw.get("exclude") or ()),
        params=raw.get("params") or {},
        model=Path(model) if model else None,
        trust=tuple(raw.get("trust") or ()),
    )
