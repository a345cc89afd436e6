"""Judging a candidate: what its evaluation found, others on the same test rows, and figures of this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.digest import JSON
from mlspec.domain.plan import Action
from mlspec.domain.record import ArtefactFile, Verdict, VersionRecord
from mlspec.kinds.gate import GateKind
from mlspec.planner.judge import kept
from mlspec.reconciler.bench import Bench
from mlspec.reconciler.numbering import Measured, next_record
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained candidate: its record if all gates passed, and how they judged."""

    record: VersionRecord
    verdicts: tuple[Verdict, ...]
    known: bool
    """whether its bytes are those of a version that exists already"""
    measured: Mapping[str, float]
    """figures of the moment and of this machine, by name: logged, and no part of the record"""

    @property
    def passed(self) -> bool:
        """Whether it may become a version."""
        return all(verdict.passed for verdict in self.verdicts)


def judge_candidate(
    ports: Ports, world: World, model: DesiredModel, action: Action, kinds: Mapping[str, GateKind], seconds: float
) -> Trained:
    """Measure and judge what the stages made, against other versions where a gate says so.

    `seconds`: how long the training took; negative where it was not run.
    """
    bench = Bench(ports, world.actual.models.get(model.name, ModelHistory()), model, kinds)
    evidence, verdicts = bench.judged(seconds)
    measured = Measured(
        files=ports.pipeline.outputs(model.blueprint.bundle),
        metrics=evidence.metrics,
        findings=evidence.findings,
        verdicts=kept(verdicts, model.blueprint, kinds),
        signature=json.loads(ports.files.read(f"{model.blueprint.bundle}/signature.json") or b"{}"),
        parent=world.head.commit,
        search=_kept(ports, model.blueprint, "search.json"),
        split={name: value for name, value in _kept(ports, model.blueprint, "split.json").items() if name != "format"},
        profile=_profile(ports, model.blueprint),
    )
    record, known = next_record(model, bench.history, action, measured)
    return Trained(record, verdicts, known, evidence.measured)


def _kept(ports: Ports, blueprint: Blueprint, name: str) -> dict[str, JSON]:
    """What a stage tells beside the record, where the spec asks for it."""
    path = f"{blueprint.folder}/{name}"
    found: dict[str, JSON] = json.loads(ports.files.read(path) or b"{}") if path in blueprint.kept else {}
    return found


def _profile(ports: Ports, blueprint: Blueprint) -> ArtefactFile | None:
    """What the stage `profile` made, if the model has it."""
    return ports.pipeline.outputs(f"{blueprint.folder}/profile.json")[0] if blueprint.monitoring else None
