"""Which columns a spec speaks of: those that requests have, or those that a features function makes of them."""

from __future__ import annotations

from mlspec.spec.model import ModelSpec


def makes_columns(spec: ModelSpec) -> bool:
    """Whether a function makes what the model takes; shared features may be one, which their document says."""
    return spec.features is not None and (spec.features.function is not None or spec.features.from_ is not None)


def sent_columns(spec: ModelSpec) -> tuple[str, ...] | None:
    """The columns that requests have; None where only the data says it."""
    training, validation = spec.training, spec.data.validation
    if not makes_columns(spec):
        if training.features:
            return training.features
        without = {training.target, *training.exclude}
    elif spec.features is None or spec.features.from_ is not None or spec.features.inputs:
        return spec.features.inputs if spec.features else None
    else:
        without = {training.target}
    if validation.extra_columns != "forbid":
        return None
    return tuple(name for name in validation.columns if name not in without)
