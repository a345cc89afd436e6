"""Judging: which verdicts a version has under the gates that are wanted now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlspec.domain.desired import Blueprint, DesiredModel, Gate
from mlspec.domain.digest import digest
from mlspec.domain.record import Verdict, VersionRecord
from mlspec.kinds.gate import GateKind


def judge(
    blueprint: Blueprint,
    kinds: Mapping[str, GateKind],
    metrics: Mapping[str, float],
    baselines: Mapping[str, Mapping[str, float]],
) -> tuple[Verdict, ...]:
    """Every gate's verdict, with its place in the spec; `baselines` are metrics by environment."""
    return tuple(
        replace(kinds[gate.kind].judge(gate, metrics, baselines.get(gate.against)), where=blueprint.where(gate.line))
        for gate in blueprint.gates
    )


def judge_again(
    desired: DesiredModel, kinds: Mapping[str, GateKind], record: VersionRecord
) -> tuple[Verdict, ...] | None:
    """A registered version under today's gates, from its recorded metrics alone.

    None where that can't be said without a run: a metric that was not measured, a new gate against another version,
    or other rules for the data. Gates against a version keep the verdict of their own time.
    """
    if record.evaluate == desired.evaluate:
        return record.verdicts
    blueprint = desired.blueprint
    if record.rules != rules_digest(blueprint) or not set(blueprint.metrics) <= set(record.metrics):
        return None
    known = {verdict.gate: verdict for verdict in record.verdicts}
    if any(gate.against and gate.words not in known for gate in blueprint.gates):
        return None
    return tuple(_again(blueprint, kinds, record, gate, known) for gate in blueprint.gates)


def rules_digest(blueprint: Blueprint) -> str:
    """The digest of the rules that data must pass, which only a run can check."""
    return digest({subject.name: subject.value for subject in blueprint.evaluate if subject.name.startswith("data.")})


def _again(
    blueprint: Blueprint,
    kinds: Mapping[str, GateKind],
    record: VersionRecord,
    gate: Gate,
    known: Mapping[str, Verdict],
) -> Verdict:
    where = blueprint.where(gate.line)
    if gate.against:
        return replace(known[gate.words], where=where)
    return replace(kinds[gate.kind].judge(gate, record.metrics, None), where=where)


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


def failures(verdicts: tuple[Verdict, ...]) -> str:
    """The failed gates in one line for people: what was measured, the limit, and where it is set."""
    return "; ".join(
        f"{verdict.gate}: measured {_number(verdict.value)}, needs {_number(verdict.limit)}"
        + (f" [{verdict.note}]" if verdict.note else "")
        + (f" ({verdict.where})" if verdict.where else "")
        for verdict in verdicts
        if not verdict.passed
    )


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4g}"
