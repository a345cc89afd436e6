"""params.yaml: what the steps read of a spec. Maps are sorted, so that moving lines in a spec changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from mlspec.domain.digest import JSON
from mlspec.kinds.stage import source_path
from mlspec.spec.model import ModelSpec


def params(model: ModelSpec) -> Mapping[str, JSON]:
    """The document; its sections are what dvc.yaml's stages name under `params`."""
    split = model.data.split
    return {
        "model": model.name,
        "data": {"source": source_path(model), "validation": _validation(model)},
        "split": {"test": split.test, "stratify": split.stratify, "seed": split.seed},
        "training": _training(model),
        "evaluation": {"metrics": list(model.evaluation.metrics)},
    }


def _validation(model: ModelSpec) -> JSON:
    rules = model.data.validation
    return {
        "columns": {name: rules.columns[name].model_dump(exclude_none=True) for name in sorted(rules.columns)},
        "rows": rules.rows.model_dump(exclude_none=True),
        "extra_columns": rules.extra_columns,
    }


def _training(model: ModelSpec) -> JSON:
    training = model.training
    return {
        "estimator": training.estimator,
        "command": training.command,
        "target": training.target,
        "features": None if training.features is None else list(training.features),
        "exclude": sorted(training.exclude),
        "params": _sorted(cast("JSON", training.params)),
        "model": training.outs[0] if training.command is not None else None,
        "trust": sorted(model.serving.trust),
    }


def _sorted(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
