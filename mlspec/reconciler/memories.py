"""What the chains' facts say of places and trainings, read and written; what cannot be read is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from mlspec.domain.actual import Rollout, Training
from mlspec.domain.memory import Memory, RolledBack
from mlspec.domain.record import VersionRecord
from mlspec.domain.retrain import Crash
from mlspec.reconciler.chains import REMEMBERED, rollout


def since(facts: Mapping[str, Any], last: Rollout) -> float:
    """Since when a version that is deployed now runs there: other settings leave it running."""
    before = rollout(facts)
    same = before is not None and before.outcome == last.outcome == "deployed" and before.version == last.version
    return (before.since or before.time) if before is not None and same else last.time


def with_rollout(facts: Mapping[str, Any], last: Rollout) -> dict[str, Any]:
    """The facts that a rollout leaves: a failure is remembered until that version runs, whatever is done meanwhile.

    Beside a failure stays what was deployed before: that still runs, and since then.
    """
    failed = asdict(last) if last.outcome == "failed" else facts.get("failed")
    known = rollout({"failed": failed}, "failed")
    done = known is None or (last.outcome == "deployed" and known.version == last.version)
    others = {name: value for name, value in facts.items() if name not in {"rollout", "failed"}}
    if last.outcome == "deployed":
        others["ran"] = [*(name for name in ran(facts) if name != last.version), last.version][-REMEMBERED:]
        sent_away = others.get("rolled_back")
        if isinstance(sent_away, dict):  # somebody let it return
            others["rolled_back"] = {name: item for name, item in sent_away.items() if name != last.version}
    before = rollout(facts)
    stays = last.outcome == "failed" and before is not None and before.outcome == "deployed"
    return {"rollout": facts["rollout"] if stays else asdict(last)} | ({} if done else {"failed": failed}) | others


def ran(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The versions that ran at a place, the last one at the end; of chains that say only the last one, that."""
    found = facts.get("ran")
    if isinstance(found, list):
        return tuple(map(str, found))
    last = rollout(facts)
    return (last.version,) if last and last.outcome == "deployed" else ()


def with_rollback(facts: Mapping[str, Any], entry: RolledBack) -> dict[str, Any]:
    """The facts that a rollback leaves."""
    known = facts.get("rolled_back")
    others = {name: item for name, item in known.items() if name != entry.version} if isinstance(known, dict) else {}
    kept = dict([*others.items(), (entry.version, asdict(entry))][-REMEMBERED:])
    return {**facts, "rolled_back": kept}


def memory(facts: Mapping[str, Any]) -> Memory:
    """What a place's facts say besides its last rollout; what cannot be read is passed over."""
    known = facts.get("rolled_back")
    return Memory(ran(facts), dict(_rolled_back(known)) if isinstance(known, dict) else {})


def _rolled_back(items: Mapping[str, Any]) -> Iterable[tuple[str, RolledBack]]:
    for version, item in items.items():
        try:
            entry = RolledBack(**item)
        except TypeError:
            continue
        if isinstance(entry.serve, dict) and isinstance(entry.time, int | float):
            yield version, entry


def tried(facts: Mapping[str, Any]) -> float:
    """When a training ended last, however it went; 0 where the facts don't say."""
    found = facts.get("tried")
    return float(found) if isinstance(found, int | float) else 0.0


def remember(facts: dict[str, Any], record: VersionRecord, training: Training) -> None:
    """Write down a training that gave a version."""
    facts["described"], facts["tried"] = record.describe, training.time
    facts.pop("crash", None)
    facts["trainings"] = [*facts.get("trainings", ()), asdict(training)][-REMEMBERED:]


def crash(facts: Mapping[str, Any]) -> Crash | None:
    """The trainings that crashed since one went through."""
    try:
        found = Crash(**facts["crash"])
    except (KeyError, TypeError):
        return None
    return found if str(found.count).isdigit() and isinstance(facts["crash"]["time"], int | float) else None


def with_crash(facts: Mapping[str, Any], last: Crash) -> dict[str, Any]:
    """The facts that a crash leaves: counted on where the same crashed at the same revision before."""
    before = crash(facts)
    counts = before is not None and (before.train, before.revision) == (last.train, last.revision)
    count = (before.count if before is not None and counts else 0) + 1
    return {**facts, "tried": last.time, "crash": asdict(last) | {"count": count}}
