"""What a version is judged by, of a spec's text: what is measured and how, gates, rules for the data; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlspec.domain.desired import FileRef, Gate, Subject
from mlspec.domain.digest import JSON
from mlspec.domain.evidence import REPLAYED
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.kinds.trigger import Lines
from mlspec.kinds.trigger.code import entries
from mlspec.spec.evaluation import ChecksSpec
from mlspec.spec.model import ModelSpec


def evaluated(spec: ModelSpec, line: Lines) -> Iterator[Subject]:
    """Metrics, gates and rules for the data: what a version is judged by, not what it is made of."""
    kind = ReasonKind.EVALUATION_CHANGED
    yield Subject("evaluation.metrics", kind, list(spec.evaluation.metrics), line("evaluation", "metrics"))
    for index, gate in enumerate(spec.evaluation.gates):
        value: JSON = gate.model_dump(mode="json", exclude_none=True)
        yield Subject(f"evaluation.gates.{index}", kind, value, line("evaluation", "gates", index))
    yield from _measuring(spec, line)
    validation = spec.data.validation
    for name, rule in validation.columns.items():
        value = rule.model_dump(mode="json", exclude_defaults=True)
        yield Subject(f"data.validation.columns.{name}", kind, value, line("data", "validation", "columns", name))
    rest: JSON = validation.model_dump(mode="json", exclude={"columns"}, exclude_defaults=True)
    if rest:
        yield Subject("data.validation", kind, rest, line("data", "validation"))
    if spec.data.split.leakage != "warn":
        where = line("data", "split", "leakage")
        yield Subject("data.split.leakage", kind, spec.data.split.leakage, where)


def ruled(spec: ModelSpec, line: Lines) -> Iterator[tuple[str, int]]:
    """Where the rules of all data stand that are one subject, part by part: what a plan says of them needs a line."""
    at, validation = ("data", "validation"), spec.data.validation
    for name in sorted(validation.model_fields_set - {"columns"}):
        yield ".".join((*at, name)), line(*at, name)
    for name in sorted(validation.rows.model_fields_set):
        yield ".".join((*at, "rows", name)), line(*at, "rows", name)
    for index, check in enumerate(validation.checks or ()):
        yield ".".join((*at, "checks", check.name)), line(*at, "checks", index)


def _measuring(spec: ModelSpec, line: Lines) -> Iterator[Subject]:
    """What is measured beyond metrics; parts that are left out are not named, so that new ones change no digest."""
    kind, evaluation = ReasonKind.EVALUATION_CHANGED, spec.evaluation
    if evaluation.command is not None:
        yield Subject("evaluation.command", kind, evaluation.command, line("evaluation", "command"))
    for index, item in enumerate(evaluation.slices):
        value: JSON = item.model_dump(mode="json", exclude_none=True)
        yield Subject(f"evaluation.slices.{item.column}", kind, value, line("evaluation", "slices", index))
    if evaluation.baseline is not None:
        value = evaluation.baseline.model_dump(mode="json")
        yield Subject("evaluation.baseline", kind, value, line("evaluation", "baseline"))
    if evaluation.staleness is not None:
        value = evaluation.staleness.model_dump(mode="json")
        yield Subject(REPLAYED, kind, value, line("evaluation", "staleness"))
    if evaluation.plots:
        yield Subject("evaluation.plots", kind, list(evaluation.plots), line("evaluation", "plots"))
    yield from _checked(evaluation.checks, line)


def _checked(checks: ChecksSpec, line: Lines) -> Iterator[Subject]:
    """What is run counts as measuring; the limits count as those of gates do."""
    kind = ReasonKind.EVALUATION_CHANGED
    limits = {"overfit_one_batch": {"min"}, "label_shuffle": {"max"}}
    for name, value in checks.model_dump(mode="json", exclude_defaults=True).items():
        where = line("evaluation", "checks", name)
        rest = getattr(checks, name).model_dump(mode="json", exclude=limits[name]) if name in limits else value
        yield Subject(f"evaluation.checks.{name}", kind, rest, where)
        if isinstance(value, dict) and value.keys() & limits.get(name, set()):
            yield Subject(f"evaluation.gates.{name}", kind, value, where)


def judged_by(spec: ModelSpec, line: Lines) -> Iterator[FileRef]:
    """The code of an evaluation of the user's own: another one measures again, and trains nothing."""
    kind, deps = ReasonKind.EVALUATION_CHANGED, spec.evaluation.deps
    for index, path in enumerate(deps):
        yield FileRef(path, kind, line("evaluation", "deps", index), follow=True)
    for path, optional in entries(spec.evaluation.command or ""):
        if path not in deps:
            yield FileRef(path, kind, line("evaluation", "command"), follow=True, optional=optional)


def gates(spec: ModelSpec, line: Lines) -> Iterator[Gate]:
    """Each gate is read by the one kind that knows it; the spec's check has seen that there is one."""
    kinds = discover("mlspec.kinds.gate", GateKind)
    for index, gate in enumerate(spec.evaluation.gates):
        where = line("evaluation", "gates", index)
        found = next(item for kind in kinds.values() if (item := kind.read(gate, where)) is not None)
        yield replace(found, higher=spec.evaluation.higher(gate.metric))
    for kind in kinds.values():
        yield from kind.implied(spec, line)
