"""Judging: which verdicts a version has under the gates that are wanted now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mlspec.domain.desired import Blueprint, DesiredModel, Gate
from mlspec.domain.digest import JSON, canonical, digest
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict, VersionRecord
from mlspec.kinds.gate import GateKind

_NAMED = ("evaluation.metrics", "evaluation.gates.")
"""What a record tells by itself: it has the metrics, and gates are judged from them."""

_LARGE: Final = 10_000
"""From here on digits count more than an exponent."""


def judge(blueprint: Blueprint, kinds: Mapping[str, GateKind], evidence: Evidence) -> tuple[Verdict, ...]:
    """Every gate's verdict, with its place in the spec."""
    return tuple(
        replace(kinds[gate.kind].judge(gate, evidence), where=blueprint.where(gate.line)) for gate in blueprint.gates
    )


def judge_again(
    desired: DesiredModel, kinds: Mapping[str, GateKind], record: VersionRecord
) -> tuple[Verdict, ...] | None:
    """A registered version under today's gates, from its recorded metrics and findings alone.

    None where that can't be said without a run: a metric that was not measured, slices or a baseline that are new or
    others, a new gate against another version, or other rules for the data. Gates against a version, and those whose
    figures are of the moment, keep the verdict of their own time.
    """
    if record.evaluate == desired.evaluate:
        return record.verdicts
    blueprint = desired.blueprint
    if record.rules != rules_digest(blueprint) or not set(blueprint.metrics) <= set(record.metrics):
        return None
    if unmeasured(blueprint, record) or unjudged(blueprint, kinds, record):
        return None
    known = {verdict.gate: verdict for verdict in record.verdicts}
    return tuple(_again(blueprint, kinds, record, gate, known) for gate in blueprint.gates)


def rules(blueprint: Blueprint) -> dict[str, JSON]:
    """subject → value of the rules that data must pass, which only a run can check."""
    return {subject.name: subject.value for subject in blueprint.evaluate if subject.name.startswith("data.")}


def rules_digest(blueprint: Blueprint) -> str:
    """The digest of the rules that data must pass."""
    return digest(rules(blueprint))


def measuring(blueprint: Blueprint) -> dict[str, JSON]:
    """subject → value of how a version is measured, beyond the metrics' names."""
    return {
        subject.name: subject.value
        for subject in blueprint.evaluate
        if subject.name.startswith("evaluation.") and not subject.name.startswith(_NAMED)
    }


def unmeasured(blueprint: Blueprint, record: VersionRecord) -> list[str]:
    """The subjects by which a version was not measured, or otherwise; what is asked for no more is no matter."""
    known = record.measuring
    return [
        name for name, value in measuring(blueprint).items() if _plain(name, known.get(name)) != _plain(name, value)
    ]


def _plain(name: str, value: JSON) -> bytes:
    """A value as it counts; plots are drawn each by itself, in whatever order they are asked for."""
    if name == "evaluation.plots" and isinstance(value, Sequence):
        return canonical(sorted(map(str, value)))
    return canonical(value)


def unjudged(blueprint: Blueprint, kinds: Mapping[str, GateKind], record: VersionRecord) -> list[Gate]:
    """The gates of which a version's record neither has the verdict nor what it takes to judge."""
    known = {verdict.gate for verdict in record.verdicts}
    return [gate for gate in blueprint.gates if gate.words not in known and not _recorded(kinds, gate, record)]


def _recorded(kinds: Mapping[str, GateKind], gate: Gate, record: VersionRecord) -> bool:
    return kinds[gate.kind].recorded(gate, Evidence(record.metrics, record.findings))


def _again(
    blueprint: Blueprint,
    kinds: Mapping[str, GateKind],
    record: VersionRecord,
    gate: Gate,
    known: Mapping[str, Verdict],
) -> Verdict:
    where = blueprint.where(gate.line)
    if not _recorded(kinds, gate, record):
        return replace(known[gate.words], where=where)
    return replace(kinds[gate.kind].judge(gate, Evidence(record.metrics, record.findings)), where=where)


def failure_key(desired: DesiredModel, baselines: Mapping[str, str]) -> str:
    """What a failed training is remembered by: what was trained, how it was judged, and against what.

    `baselines` are the artefact digests of the versions that the gates compare with, by environment.
    """
    used = {gate.against for gate in desired.blueprint.gates if gate.against}
    return digest(
        {
            "train": desired.train,
            "evaluate": desired.evaluate,
            "baselines": {name: baselines[name] for name in sorted(used) if name in baselines},
        }
    )


def kept(verdicts: tuple[Verdict, ...], blueprint: Blueprint, kinds: Mapping[str, GateKind]) -> tuple[Verdict, ...]:
    """The verdicts as a record has them: without figures of the moment, which would make equal trainings differ."""
    return tuple(
        replace(verdict, value=None, limit=None, note="") if kinds[gate.kind].passing else verdict
        for gate, verdict in zip(blueprint.gates, verdicts, strict=True)
    )


def failures(verdicts: tuple[Verdict, ...]) -> str:
    """The failed gates in one line for people: what was measured, the limit, and where it is set."""
    return "; ".join(told(verdict) for verdict in verdicts if not verdict.passed)


def gate_lines(verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """A line for each gate: how it judged."""
    return tuple(f"{'passed' if verdict.passed else 'failed'}  {told(verdict)}" for verdict in verdicts)


def told(verdict: Verdict) -> str:
    """A verdict for people: `accuracy: min 0.9: measured 0.85, needs 0.9 (specs/wine.yaml:18)`."""
    unit = _unit(verdict)
    needs = f", needs {_number(verdict.limit, unit)}" if verdict.limit is not None or not verdict.passed else ""
    nothing = verdict.value is None and verdict.limit is None
    measured = "not measured" if nothing else f"measured {_number(verdict.value, unit)}{needs}"
    return (
        f"{verdict.gate}: {measured}"
        + (f" [{verdict.note}]" if verdict.note else "")
        + (f" ({verdict.where})" if verdict.where else "")
    )


def _unit(verdict: Verdict) -> str:
    """The unit of the metric, whose name a gate's words begin with."""
    name = verdict.gate.partition(":")[0].partition(" ")[0]
    return METRICS[name].unit if name in METRICS else ""


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "nothing"
    if unit == "s":  # answers take milliseconds, and limits are mostly given in them
        return f"{value * 1000:.4g}ms"
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"  # bytes are read as 402,591, not as 4.026e+05
