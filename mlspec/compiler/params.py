"""params.yaml: what the steps read of a spec. Maps are sorted, so that moving lines in a spec changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from mlspec.compiler.evaluation import evaluation_params
from mlspec.compiler.ordered import ordered
from mlspec.domain.digest import JSON
from mlspec.kinds.stage import source_path
from mlspec.spec.model import ColumnRule, ModelSpec
from mlspec.spec.search import SearchSpec


def params(model: ModelSpec) -> Mapping[str, JSON]:
    """The document; its sections are what dvc.yaml's stages name under `params`."""
    return {
        "model": model.name,
        "data": {"source": source_path(model), "validation": _validation(model)},
        "split": _split(model),
        "training": _training(model),
        "evaluation": evaluation_params(model.evaluation, model.training.deps),
    } | _late(model)


def _late(model: ModelSpec) -> dict[str, JSON]:
    """Sections that only some specs have."""
    found: dict[str, JSON] = {}
    if model.monitoring is not None:
        found["monitoring"] = model.monitoring.profile.model_dump()
    if model.serving.format != "skops":
        found["serving"] = {"format": model.serving.format}
    features = model.features
    if features is not None and features.function is not None:  # a command is the stage's own
        inputs: JSON = None if features.inputs is None else list(features.inputs)
        found["features"] = {"function": features.function, "inputs": inputs}
    return found


def _split(model: ModelSpec) -> JSON:
    split = model.data.split
    late = split.model_dump(mode="json", include={"time", "group", "leakage"}, exclude_defaults=True)
    return {"test": split.test, "stratify": split.stratify, "seed": split.seed} | late


def _validation(model: ModelSpec) -> JSON:
    """What is left at a default of a later release is left out, so that no release makes these files stale."""
    rules = model.data.validation
    late = rules.model_dump(mode="json", include={"unique", "checks", "personal_data"}, exclude_defaults=True)
    return {
        "columns": {name: _rule(rules.columns[name]) for name in sorted(rules.columns)},
        "rows": rules.rows.model_dump(exclude_none=True),
        "extra_columns": rules.extra_columns,
    } | late


def _rule(rule: ColumnRule) -> JSON:
    told: dict[str, JSON] = rule.model_dump(exclude_none=True)
    return told | {"shares": ordered(told["shares"])} if rule.shares else told


def _training(model: ModelSpec) -> JSON:
    training = model.training
    search = training.search
    files: dict[str, JSON] = {"outs": list(training.outs)} if training.format == "files" else {}
    return (
        files
        | ({} if search is None else {"search": _search(search)})
        | {
            "estimator": training.estimator,
            "command": training.command,
            "target": training.target,
            "features": None if training.features is None else list(training.features),
            "exclude": sorted(training.exclude),
            "params": ordered(cast("JSON", training.params)),
            "model": training.outs[0] if training.command is not None else None,
            "trust": sorted(model.serving.trust),
        }
    )


def _search(search: SearchSpec) -> JSON:
    return {
        "method": search.method,
        "trials": search.drawn,
        "folds": search.folds,
        "seed": search.seed,
        "metric": search.metric,
        "space": ordered(cast("JSON", search.space)),
    }
