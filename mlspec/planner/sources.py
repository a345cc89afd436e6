"""Which sources are to be fetched again, and what models may expect of that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlspec.domain.actual import Actual
from mlspec.domain.desired import Desired, DesiredModel
from mlspec.domain.digest import JSON, short
from mlspec.domain.plan import KNOWN_AFTER_REFRESH, Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.sources import DesiredSource, NoAnswer, Probe, Snapshot
from mlspec.domain.words import duration


@dataclass(frozen=True, slots=True)
class Refreshes:
    """The refreshes of one plan, and what is held back of them, by the name of the source; sources by their path."""

    sources: Mapping[str, DesiredSource]
    actions: Mapping[str, Action]
    held: Mapping[str, Held]

    def before(self, model: DesiredModel) -> tuple[str, ...]:
        """The ids of the refreshes that a training of a model waits for."""
        return tuple(self.actions[source.name].id for source in self._of(model) if source.name in self.actions)

    def expected(self, model: DesiredModel) -> DesiredModel:
        """The model as it will be: what a refresh brings is known after it."""
        changing = {source.ref.path for source in self._of(model) if self._brings_news(source)}
        if not changing:
            return model
        lines = {ref.path: ref for ref in model.blueprint.files if ref.path in changing}
        return replace(
            model,
            inputs={**model.inputs, **dict.fromkeys(changing, KNOWN_AFTER_REFRESH)},
            sources={**model.sources, **{path: (ref.kind, ref.line) for path, ref in lines.items()}},
            missing=tuple(ref for ref in model.missing if ref.path not in changing),
        )

    def unseen(self, model: DesiredModel) -> Held | None:
        """What keeps a model from being trained: data that was never fetched, and can't be had now."""
        for source in self._of(model):
            if not source.content and source.name in self.held:
                message = f"its data was never fetched: {self.held[source.name].message}"
                return Held(model.name, "", HeldReason.NOT_OBSERVED, message)
        return None

    def _brings_news(self, source: DesiredSource) -> bool:
        """Whether other data is to be expected; a source that is merely old may well be the same."""
        if not source.content and source.name in self.held:
            return True
        action = self.actions.get(source.name)
        return action is not None and any(reason.kind is not ReasonKind.SOURCE_STALE for reason in action.because)

    def _of(self, model: DesiredModel) -> Iterator[DesiredSource]:
        paths = (ref.path for ref in model.blueprint.files) if self.sources else ()
        yield from (self.sources[path] for path in paths if path in self.sources)


def plan_refreshes(desired: Desired, actual: Actual, models: Sequence[DesiredModel]) -> Refreshes:
    """The refreshes that some models need, each once."""
    chosen = used_by(desired, models)
    readers = _readers(desired) if chosen else {}
    found = ((source.name, _step(source, readers[source.ref.path], actual)) for source in chosen)
    steps = {name: step for name, step in found if step is not None}
    return Refreshes(
        sources={source.ref.path: source for source in chosen},
        actions={name: step for name, step in steps.items() if isinstance(step, Action)},
        held={name: step for name, step in steps.items() if isinstance(step, Held)},
    )


def used_by(desired: Desired, models: Collection[DesiredModel]) -> list[DesiredSource]:
    """The fetched sources that some models read, also where only another model's spec says how they are had."""
    if not desired.sources:
        return []
    paths = {ref.path for model in models for ref in model.blueprint.files}
    return [source for source in desired.sources if source.ref.path in paths]


def users_of(desired: Desired, name: str) -> list[str]:
    """The models that read a fetched source."""
    paths = {source.ref.path for source in desired.sources if source.name == name}
    return [model.name for model in desired.models if paths & {ref.path for ref in model.blueprint.files}]


def _readers(desired: Desired) -> dict[str, list[str]]:
    """Path → the models that read it."""
    found: dict[str, list[str]] = {}
    for model in desired.models:
        for ref in model.blueprint.files:
            found.setdefault(ref.path, []).append(model.name)
    return found


def _step(source: DesiredSource, readers: Sequence[str], actual: Actual) -> Action | Held | None:
    look = actual.sources
    known = look.snapshots.get(source.name, {}).get(source.content)
    answer = look.probes.get(source.name)
    reasons = [*_needed(source, known, asked=source.name in look.wanted)]
    if isinstance(answer, NoAnswer):
        return Held("", "", HeldReason.NOT_OBSERVED, answer.reason, source.name, tuple(readers))
    changed = _changed(source, known, answer)
    if changed and not reasons and known is not None and (left := _left(source, known, actual.now)) > 0:
        words = f"{changed.old} -> {changed.new}; it may be {duration(source.ref.freshness or 0)} old"
        message = (
            f"changed at the source, {words}: refreshed in {duration(left)}, or now by mlspec refresh {source.name}"
        )
        return Held("", "", HeldReason.STILL_FRESH, message, source.name, tuple(readers))
    reasons += [changed] if changed else _stale(source, known, answer, actual.now) if not reasons else []
    if not reasons:
        return None
    return Action(ActionKind.REFRESH, because=tuple(reasons), source=source.name, readers=tuple(readers))


def _needed(source: DesiredSource, known: Snapshot | None, *, asked: bool) -> Iterator[Reason]:
    """What makes a snapshot wrong or missing, whatever the source says."""
    if not source.content:
        yield Reason(ReasonKind.NEVER_FETCHED, source.name, where=source.where)
    elif known is not None and known.definition != source.definition:
        old, new = short(known.definition, 8), short(source.definition, 8)
        yield Reason(ReasonKind.SPEC_CHANGED, f"how {source.name} is had", old, new, source.where)
    if asked:
        yield Reason(ReasonKind.REQUESTED, "asked for by mlspec refresh", where=source.where)


def _changed(source: DesiredSource, known: Snapshot | None, answer: Probe | NoAnswer | None) -> Reason | None:
    if known is None or not isinstance(answer, Probe) or not answer.fingerprint or not known.fingerprint:
        return None
    if answer.fingerprint == known.fingerprint:
        return None
    old, new = _shown(known.fingerprint, known.size), _shown(answer.fingerprint, answer.size)
    return Reason(ReasonKind.SOURCE_CHANGED, source.name, old, new, source.where)


def _stale(source: DesiredSource, known: Snapshot | None, answer: Probe | NoAnswer | None, now: float) -> list[Reason]:
    """A snapshot that nobody here knows is as old as can be; one that the source says to be current is fresh."""
    kind, freshness = ReasonKind.SOURCE_STALE, source.ref.freshness
    if known is None:
        return [Reason(kind, source.name, None, "not known here when it was fetched", source.where)]
    current = isinstance(answer, Probe) and answer.fingerprint and answer.fingerprint == known.fingerprint
    if freshness is None or current or _left(source, known, now) > 0:
        return []
    checked = datetime.fromtimestamp(known.checked, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    new: JSON = f"older than {duration(freshness)}"
    return [Reason(kind, source.name, f"as of {checked}", new, source.where)]


def _left(source: DesiredSource, known: Snapshot, now: float) -> float:
    """Seconds that a snapshot may still be used; without freshness it is to be current."""
    freshness = source.ref.freshness
    return 0.0 if freshness is None else known.checked + freshness - now


def _shown(fingerprint: str, size: int | None) -> str:
    text = fingerprint if len(fingerprint) <= 60 else f"{fingerprint[:57]}…"
    return text if size is None or f"{size} bytes" in text else f"{text} ({size:,} bytes)"
