"""The number of a new version: what changed decides which part of it goes up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import DesiredModel
from mlspec.domain.digest import JSON, digest
from mlspec.domain.plan import Action
from mlspec.domain.reason import ONCE_MORE, ReasonKind
from mlspec.domain.record import ArtefactFile, Profile, Verdict, VersionRecord, artefact_digest
from mlspec.domain.version import Version
from mlspec.planner.judge import measuring, rules, rules_digest

_DATA_ONLY: Final = ONCE_MORE | {ReasonKind.DATA_CHANGED, ReasonKind.DRIFT_FOUND, ReasonKind.PERFORMANCE_LOW}


def signature_digest(signature: Mapping[str, Any]) -> str:
    """What callers of a model depend on: its inputs' and output's names and types, not the values seen in training."""
    if "files" in signature:  # a model that mlspec can't look into: who loads it finds its files by their names
        return digest(["files", sorted(signature["files"])])
    inputs: JSON = [[column["name"], column["type"]] for column in signature.get("inputs", ())]
    output = signature.get("output", {})
    return digest([signature.get("task"), inputs, output.get("name"), output.get("type")])


@dataclass(frozen=True, slots=True)
class Measured:
    """What a training left: the model's files, how it measured and was judged, its signature, and what was trained."""

    files: tuple[ArtefactFile, ...]
    metrics: Mapping[str, float]
    findings: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    signature: Mapping[str, Any]
    parent: str
    search: Mapping[str, JSON] = field(default_factory=dict)
    split: Mapping[str, JSON] = field(default_factory=dict)
    profile: ArtefactFile | None = None


def next_record(
    model: DesiredModel, history: ModelHistory | None, action: Action, measured: Measured
) -> tuple[VersionRecord, bool]:
    """The candidate's record, and whether a version with these very bytes exists (then it keeps its number)."""
    history = history or ModelHistory()
    same = _same_bytes(history, artefact_digest(measured.files))
    described = signature_digest(measured.signature or {"files": [file.path for file in measured.files]})
    version = same or _next(model, history, action, described)
    record = VersionRecord(
        model=model.name,
        version=str(version),
        train=model.train,
        evaluate=model.evaluate,
        rules=rules_digest(model.blueprint),
        describe=model.describe,
        inputs=model.inputs,
        artefact=measured.files,
        metrics=measured.metrics,
        verdicts=measured.verdicts,
        signature=described,
        packages=model.packages,
        parent=measured.parent,
        search=measured.search,
        findings=measured.findings,
        measuring=measuring(model.blueprint) | rules(model.blueprint),
        split=measured.split,
        profile=_profile(model, measured),
    )
    return record, same is not None


def _profile(model: DesiredModel, measured: Measured) -> Profile | None:
    monitoring = model.blueprint.monitoring
    return Profile(monitoring.profile, measured.profile) if monitoring and measured.profile else None


def _same_bytes(history: ModelHistory, artefact: str) -> Version | None:
    hits = (version for version, record in history.versions.items() if record.artefact_digest == artefact)
    return max(hits, default=None)


def _next(model: DesiredModel, history: ModelHistory, action: Action, signature: str) -> Version:
    """Major when callers would notice, patch when only data changed, minor otherwise; numbers never come twice."""
    last = max(history.versions, default=None)
    if history.highest is None:
        return Version.parse(model.blueprint.first)
    if last is None:
        return history.highest.bump("minor")
    if history.versions[last].signature != signature:
        return max(last, history.highest).bump("major")
    data_only = all(reason.kind in _DATA_ONLY for reason in action.because)
    return max(last, history.highest).bump("patch" if data_only else "minor")
