"""Rules for `retrain:` events need what measures them."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault


def check_retrain(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of when a model is trained again."""
    if spec.retrain is None:
        return
    for index, trigger in enumerate(spec.retrain.when):
        if trigger in {"drift", "performance"} and not getattr(spec.monitoring, trigger, None):
            message = f"nothing measures {trigger}: there is no `monitoring.{trigger}`"
            yield Fault(("retrain", "when", index), message, f"add `monitoring.{trigger}`, or remove it here")
        if trigger in spec.retrain.when[:index]:
            yield Fault(("retrain", "when", index), f"`{trigger}` is named twice", "remove one")
