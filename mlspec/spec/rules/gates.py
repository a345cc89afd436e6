"""Rules for `evaluation.gates:` gates that can decide, and that a model can pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.domain.metrics import METRICS, source_of, under_load
from mlspec.spec.evaluation import GateSpec
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, suggest

_ABSOLUTE: Final = ("min", "max")
_RELATIVE: Final = ("max_drop", "min_gain")
_COSTS: Final = ("min_gain_per_ms", "min_gain_per_second")
_DECAY: Final = "max_decay"


def check_gate(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    """Faults of one gate whose metric is known and measured."""
    if under_load(gate.metric):
        yield from own_server(spec, (*at, "metric"), f"`{gate.metric}`")
    if gate.slice is not None:
        yield from _slice(spec, gate, at)
    elif gate.max_gap is not None:
        yield Fault(
            (*at, "max_gap"), "`max_gap` needs slices to compare", "add `slice` with one of `evaluation.slices`"
        )
        return
    if gate.confidence is not None:
        yield from _confidence(gate, at)
    yield from (_relative(spec, gate, at) if gate.against else _absolute(gate, at))


def own_server(spec: ModelSpec, at: Path, what: str) -> Iterator[Fault]:
    """A fault where something asks for mlspec's server, and the model comes with another."""
    if spec.serving.entrypoint is not None or spec.serving.image.dockerfile is not None:
        yield Fault(at, f"{what} is measured of mlspec's own server, and this model has another", "remove it")


def _absolute(gate: GateSpec, at: Path) -> Iterator[Fault]:
    for field in (*_RELATIVE, *_COSTS, _DECAY):
        if getattr(gate, field) is not None:
            hint = "add `against` with an environment, such as `production`"
            wanted = "staleness" if field == _DECAY else "baseline"
            hint = hint if field in _RELATIVE else f"add `against: {wanted}`"
            yield Fault((*at, field), f"`{field}` needs something to compare with", hint)
            return
    if gate.min is None and gate.max is None and gate.max_gap is None:
        hint = "add `min` or `max`, or `against` with `max_drop` or `min_gain`"
        yield Fault(at, "the gate has no limit", f"{hint}, or `max_gap`" if gate.slice else hint)
    elif gate.min is not None and gate.max is not None and gate.min > gate.max:
        yield Fault((*at, "min"), f"`min` {gate.min} is more than `max` {gate.max}: no model can pass")
    yield from _reachable(gate, at)


def _reachable(gate: GateSpec, at: Path) -> Iterator[Fault]:
    """A score is at most 1 and an error at least 0, so that some limits can't be kept by any model."""
    metric = METRICS.get(gate.metric)
    if metric is None or metric.source != "test":
        return
    if metric.higher and gate.min is not None and gate.min > 1:
        hint = f"write it as a share: `{gate.min / 100:g}`" if gate.min <= 100 else ""
        yield Fault((*at, "min"), f"`{gate.metric}` is at most 1: no model can pass", hint)
    if not metric.higher and gate.max is not None and gate.max < 0:
        yield Fault((*at, "max"), f"`{gate.metric}` is at least 0: no model can pass", "a greater limit, or `min`")


def _relative(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    for field in _ABSOLUTE:
        if getattr(gate, field) is not None:
            yield Fault((*at, field), f"`{field}` and `against` exclude each other", "write two gates")
    changes = [field for field in (*_RELATIVE, *_COSTS, _DECAY) if getattr(gate, field) is not None]
    if not changes:
        yield Fault(at, "the gate has no limit", "add `max_drop` or `min_gain`")
    elif len(changes) > 1:
        both = " and ".join(f"`{field}`" for field in changes[:2])
        yield Fault((*at, changes[0]), f"{both} exclude each other", "keep one of them")
    elif changes[0] in _COSTS and (gate.against != "baseline" or gate.slice or gate.confidence):
        hint = "with `against: baseline`, and neither `slice` nor `confidence`"
        yield Fault((*at, changes[0]), f"`{changes[0]}` is what the model gains over its baseline as a whole", hint)
    elif changes[0] == _DECAY and gate.against != "staleness":
        yield Fault((*at, _DECAY), "`max_decay` is how fast the model's versions age", "with `against: staleness`")
    yield from _other(spec, gate, (*at, "against"))


def _other(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    name = gate.against or ""
    if name == "baseline":
        yield from _baseline(spec, gate, at)
    elif name == "staleness":
        yield from _staleness(spec, gate, at)
    elif "." not in name and name not in spec.deploy:
        hint = suggest(name, spec.deploy) or f"add `{name}` to `deploy`, or compare with an environment that is there"
        yield Fault(at, f"the model is not deployed to `{name}`", hint)


def _baseline(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    if spec.evaluation.baseline is None:
        hint = "add `evaluation.baseline: {estimator: sklearn.dummy.DummyClassifier}`, or another simple one"
        yield Fault(at, "there is no baseline to compare with", hint)
    elif source_of(gate.metric) != "test":
        yield Fault(at, f"`{gate.metric}` is not measured of the baseline, which is not served", "compare a metric")


def _staleness(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    if spec.evaluation.staleness is None:
        yield Fault(at, "no versions are replayed", "add `evaluation.staleness: true`")
    elif source_of(gate.metric) != "test" or gate.slice or gate.confidence:
        what = "versions are replayed on the test rows as a whole"
        yield Fault(at, what, "a metric of `evaluation.metrics`, without `slice` and `confidence`")


def _slice(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    columns = [item.column for item in spec.evaluation.slices]
    if gate.slice not in columns:
        near = suggest(gate.slice or "", columns)
        hint = near or f"add `{{column: {gate.slice}}}` to `evaluation.slices`"
        yield Fault((*at, "slice"), f"there are no slices by `{gate.slice}`", hint)
    if source_of(gate.metric) != "test":
        yield Fault((*at, "metric"), f"`{gate.metric}` is not measured by slices", "remove `slice`")
    if gate.against and gate.max_gap is not None:
        yield Fault((*at, "max_gap"), "`max_gap` and `against` exclude each other", "write two gates")


def _confidence(gate: GateSpec, at: Path) -> Iterator[Fault]:
    if gate.slice is not None:
        hint = "raise `min_rows` of the slices in its place"
        yield Fault((*at, "confidence"), "`confidence` is not for slices", hint)
    elif source_of(gate.metric) != "test":
        yield Fault((*at, "confidence"), f"`{gate.metric}` is not measured on rows", "remove `confidence`")
    elif gate.min is not None and gate.max is not None:
        yield Fault((*at, "confidence"), "`confidence` with both `min` and `max` is unclear", "write two gates")
