"""Which registered version is the one that a spec wants, or what it takes to get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import DesiredModel
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.kinds.gate import GateKind
from mlspec.planner.judge import failure_key, failures, judge_again
from mlspec.planner.profiles import lacks_profile
from mlspec.planner.reasons import training_reasons


@dataclass(frozen=True, slots=True)
class Choice:
    """The version that environments should get (`record`, or one that an action will make), and how to get it."""

    record: VersionRecord | None = None
    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def version(self) -> str:
        """`v1.2.3`, `known after train`, or nothing while held."""
        if self.record is not None:
            return self.record.version
        return KNOWN_AFTER_TRAIN if self.actions else ""


def choose(desired: DesiredModel, history: ModelHistory, kinds: Mapping[str, GateKind]) -> Choice:
    """The newest version with the wanted digests that passes the wanted gates; else training, else held."""
    refused = ""
    for record in _matching(desired, history):
        verdicts = judge_again(desired, kinds, record)
        if verdicts is None or lacks_profile(desired.blueprint, record):
            continue
        if all(verdict.passed for verdict in verdicts):
            return _registered(desired, history, record)
        refused = refused or f"{record.version}: {failures(verdicts)}"
    refused = refused or history.failed.get(failure_key(desired, stage_artefacts(history)), "")
    if refused:
        return Choice(held=(Held(desired.name, "", HeldReason.GATE_FAILED, refused),))
    return trained_anew(desired, training_reasons(desired, last_trained(history)))


def stage_artefacts(history: ModelHistory) -> dict[str, str]:
    """environment → the artefact digest of the version that it should run."""
    return {
        name: history.versions[version].artefact_digest
        for name, version in history.stages.items()
        if version in history.versions
    }


def latest(history: ModelHistory) -> VersionRecord | None:
    """The newest registered version's record."""
    return history.versions[max(history.versions)] if history.versions else None


def last_trained(history: ModelHistory) -> VersionRecord | None:
    """What was trained last, as far as it is known: an equal of the newest version is newer than the version."""
    newest = latest(history)
    equals = [record for record in history.equivalent if newest and record.version == newest.version]
    return equals[-1] if equals else newest


def _matching(desired: DesiredModel, history: ModelHistory) -> Iterator[VersionRecord]:
    known = {str(version) for version in history.versions}
    unregistered = [history.unregistered] if history.unregistered is not None else []
    # One after the other: the first is nearly always the one, and decoding the others would take a plan's time.
    records = (history.versions[version] for version in sorted(history.versions, reverse=True))
    # Newest judgement first; an equal of a version that was taken back is as gone as the version.
    equals = [record for record in reversed(history.equivalent) if record.version in known]
    yield from (record for record in chain(equals, unregistered, records) if record.train == desired.train)


def _registered(desired: DesiredModel, history: ModelHistory, record: VersionRecord) -> Choice:
    name, blueprint = desired.name, desired.blueprint
    reasons = []
    if record is history.unregistered:
        reasons.append(
            Reason(ReasonKind.TAG_MISSING, f"{name}@{record.version}", where=blueprint.where(blueprint.line))
        )
    if desired.describe not in {history.described, record.describe if not history.described else ""}:
        changed = [subject for subject in blueprint.describe if subject.value]
        line = changed[0].line if changed else blueprint.line
        subject = " or ".join(subject.name for subject in blueprint.describe)
        reasons.append(Reason(ReasonKind.DESCRIPTION_CHANGED, subject, where=blueprint.where(line)))
    if history.renamed:
        where = blueprint.where(blueprint.line)
        reasons = [Reason(ReasonKind.RENAMED, "name", history.renamed, name, where), *reasons]
    if not reasons:
        return Choice(record)
    register = Action(ActionKind.REGISTER, name, version=record.version, because=tuple(reasons))
    return Choice(record, (register,))


def describes(action: Action) -> bool:
    """Whether an action records a description and owners, and nothing else."""
    return bool(action.because) and all(reason.kind is ReasonKind.DESCRIPTION_CHANGED for reason in action.because)


def trained_anew(desired: DesiredModel, reasons: tuple[Reason, ...]) -> Choice:
    """A version that is to be trained for these reasons."""
    train = Action(ActionKind.TRAIN, desired.name, version=KNOWN_AFTER_TRAIN, because=reasons)
    register = Action(ActionKind.REGISTER, desired.name, version=KNOWN_AFTER_TRAIN, depends_on=(train.id,))
    return Choice(None, (train, register))
