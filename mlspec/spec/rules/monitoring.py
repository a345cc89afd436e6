"""Rules for `monitoring:` comparisons that can say something, of columns that there are."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.model import ModelSpec
from mlspec.spec.monitoring import DriftSpec
from mlspec.spec.problem import Fault, Path, suggest


def check_monitoring(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of what is watched."""
    if spec.monitoring is None:
        return
    for index, check in enumerate(spec.monitoring.drift):
        at = ("monitoring", "drift", index)
        if check.min_rows > check.window:
            hint = f"`window` is {check.window}, and no more rows are looked at"
            yield Fault((*at, "min_rows"), f"`min_rows` {check.min_rows} is more than `window`", hint)
        if not check.features and not check.predictions:
            yield Fault((*at, "features"), "the check compares nothing", "name columns, or `all`")
        yield from _columns(spec, check, at)
        yield from _same(spec.monitoring.drift[:index], check, at)


def _columns(spec: ModelSpec, check: DriftSpec, at: Path) -> Iterator[Fault]:
    """Columns that are named, as far as the spec knows which ones the model takes."""
    training = spec.training
    for index, name in enumerate(() if check.features == "all" else check.features):
        where = (*at, "features", index)
        if name in check.features[:index]:
            yield Fault(where, f"`{name}` is here twice", "keep one of them")
        elif name == training.target:
            yield Fault(where, f"`{name}` is the target, which requests don't have", "`predictions` compares answers")
        elif name in training.exclude or (training.features and name not in training.features):
            yield Fault(where, f"the model does not take `{name}`", suggest(name, training.features or ()))
        elif check.test == "ks" and _is_text(spec, name):
            yield Fault(where, f"`ks` compares numbers, and `{name}` has none", "`psi` and `chi_square` take both")


def _is_text(spec: ModelSpec, name: str) -> bool:
    rule = spec.data.validation.columns.get(name)
    return rule is not None and rule.type == "category"


def _same(before: tuple[DriftSpec, ...], check: DriftSpec, at: Path) -> Iterator[Fault]:
    if check in before:
        yield Fault(at, "this check is here twice", "keep one of them")
