"""Writing to the chains: who did what when, and what must not be tried again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlspec.compiler.blobs import blob_id
from mlspec.domain.actual import Place, Rollout, Training
from mlspec.domain.digest import JSON
from mlspec.domain.facts import encode
from mlspec.domain.image import Image
from mlspec.domain.memory import RolledBack
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.domain.retrain import Crash
from mlspec.domain.sources import Snapshot
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.chains import (
    BOMS,
    PROJECT,
    REMEMBERED,
    bom_file,
    environment_ref,
    files_of,
    model_file,
    read_chain,
    trainings,
)
from mlspec.reconciler.judging import Trained
from mlspec.reconciler.memories import remember, since, with_crash, with_rollback, with_rollout
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.snapshots import read_facts, source_file, with_snapshot


@dataclass(frozen=True, slots=True)
class Logbook:
    """Appends to the chains; each entry is one commit, its message one JSON event."""

    ports: Ports
    revision: str

    def rolled_out(self, place: Place, action: Action, last: Rollout) -> None:
        """A rollout's end, good or bad."""
        event = self._event(action, last.version, last.outcome, last.detail)
        ref = environment_ref(place.environment)
        facts = read_chain(self.ports.git, self.ports.cache, ref).get(place.model, {})
        # Ill is no reason that a reboot, or somebody's hand, gives: only this begins the time that is watched anew.
        ill = any(reason.kind is ReasonKind.NOT_HEALTHY for reason in action.because)
        began = last.time if ill and action.action is ActionKind.RESTART else since(facts, last)
        kept = with_rollout(facts, replace(last, since=began))
        self.ports.writer.append(ref, {model_file(place.model): encode(kept)}, event)

    def noted(self, place: Place, action: Action, version: str, detail: str) -> None:
        """Something that was begun at a place; what runs there is the same as before."""
        ref = environment_ref(place.environment)
        facts = read_chain(self.ports.git, self.ports.cache, ref).get(place.model, {})
        event = self._event(action, version, action.action, detail)
        self.ports.writer.append(ref, {model_file(place.model): encode(facts)}, event)

    def rolled_back(self, place: Place, action: Action, entry: RolledBack) -> None:
        """A version that was sent away from a place, and why."""
        detail = f"{entry.version} → {entry.to}: {entry.why}"
        ref = environment_ref(place.environment)
        facts = read_chain(self.ports.git, self.ports.cache, ref).get(place.model, {})
        event = self._event(action, entry.to, "rolled back", detail)
        self.ports.writer.append(ref, {model_file(place.model): encode(with_rollback(facts, entry))}, event)

    def suspended(self, model: str, words: str) -> None:
        """A model that somebody suspended; without words, one that goes on."""

        def change(facts: dict[str, Any]) -> None:
            facts["suspended"] = words

        event = self._said(
            "suspend" if words else "resume", model, outcome="suspended" if words else "resumed", detail=words
        )
        self._append(model, event, change)

    def renamed(self, action: Action) -> None:
        """A model that goes on under a new name, with what was remembered under the old one."""
        old = str(action.because[0].old)

        def change(facts: dict[str, Any]) -> None:
            before = read_chain(self.ports.git, self.ports.cache, PROJECT).get(old, {})
            facts.update({**before, **facts})

        self._project(action, action.version, "renamed", f"{action.model} was {old}", change)

    def trained(self, action: Action, runs: Sequence[StageRun], trained: Trained) -> None:
        """A training that passed its gates; one that gave a known version's bytes is remembered as its equal."""

        record, known = trained.record, trained.known
        measured = {name: round(value, 6) for name, value in trained.measured.items()}
        now, seconds = round(self.ports.clock.now(), 3), sum(run.seconds for run in runs)
        stages = {run.stage: round(run.seconds, 3) for run in runs if run.ran}
        training = Training(record.version, record.train, now, round(seconds, 3), measured, stages)

        def change(facts: dict[str, Any]) -> None:
            remember(facts, record, training)
            if known:
                same, name = json.loads(record.to_json()), (record.version, record.train)
                known_ones = facts.get("equivalent", ())
                others = [item for item in known_ones if (item.get("version"), item.get("train")) != name]
                facts["equivalent"] = [*others, same][-REMEMBERED:]

        outcome = "equivalent" if known else "trained"
        self._project(action, record.version, outcome, f"{seconds:.1f} s", change)

    def left(self, action: Action, record: VersionRecord) -> None:
        """A version that a run committed and died; where that is not remembered yet, how long it took is not known."""
        facts = read_chain(self.ports.git, self.ports.cache, PROJECT).get(action.model, {})
        if any((known.version, known.train) == (record.version, record.train) for known in trainings(facts)):
            return
        training = Training(record.version, record.train, round(self.ports.clock.now(), 3), 0.0)
        self._project(action, record.version, "trained", "", lambda facts: remember(facts, record, training))

    def failed(self, action: Action, key: str, words: str) -> None:
        """A training whose gates failed: it is not tried again until something changes."""

        def change(facts: dict[str, Any]) -> None:
            known = {**facts.get("failed", {}), key: words}
            facts["failed"] = dict(list(known.items())[-REMEMBERED:])
            facts["tried"] = round(self.ports.clock.now(), 3)
            facts.pop("crash", None)

        self._project(action, "", "held", words, change)

    def crashed(self, action: Action, train: str, words: str) -> None:
        """A training that did not come to its end: tried again, but not without end."""
        last = Crash(train, self.revision, 1, round(self.ports.clock.now(), 3), words)
        self._project(action, "", "failed", words, lambda facts: facts.update(with_crash(facts, last)))

    def built(self, action: Action, image: Image, record: VersionRecord) -> None:
        """An image that was built, and pushed where there is a registry."""

        def change(facts: dict[str, Any]) -> None:
            known = {name: item for name, item in facts.get("images", {}).items() if name != image.serve}
            known[image.serve] = {"reference": image.reference, "tag": image.tag, "size": image.size}
            facts["images"] = dict(list(known.items())[-REMEMBERED:])

        self._project(action, record.version, "built", image.words, change)

    def billed(self, action: Action, image: Image, record: VersionRecord, bom: str) -> None:
        """What is in an image; known already where a run died after writing it down."""
        path, content = bom_file(record.model, record.version, image.serve), bom.encode()
        if files_of(self.ports.git, BOMS).get(path) != blob_id(content):
            event = self._event(action, record.version, "billed", image.words)
            self.ports.writer.append(BOMS, {path: content}, event)

    def described(self, action: Action, version: str, describe: str) -> None:
        """A description that changed after registration."""

        def change(facts: dict[str, Any]) -> None:
            facts["described"] = describe

        self._project(action, version, "described", "", change)

    def _project(
        self, action: Action, version: str, outcome: str, detail: str, change: Callable[[dict[str, Any]], None]
    ) -> None:
        self._append(action.model, self._event(action, version, outcome, detail), change)

    def refreshed(self, action: Action, found: Snapshot, outcome: str, detail: str) -> None:
        """A source that was asked: what it gave, or that it gave the same."""
        facts = read_facts(self.ports.git, self.ports.cache, action.source)
        files = {source_file(action.source): encode(with_snapshot(facts, found))}
        self.ports.writer.append(PROJECT, files, self._event(action, "", outcome, detail))

    def _append(self, model: str, event: str, change: Callable[[dict[str, Any]], None]) -> None:
        facts = dict(read_chain(self.ports.git, self.ports.cache, PROJECT).get(model, {}))
        change(facts)
        self.ports.writer.append(PROJECT, {model_file(model): encode(facts)}, event)

    def _event(self, action: Action, version: str, outcome: str, detail: str) -> str:
        return self._said(
            action.action,
            action.model,
            environment=action.environment,
            version=version,
            outcome=outcome,
            detail=detail,
            because=[f"{reason.kind} {reason.subject}" for reason in action.because],
            **({"source": action.source} if action.source else {}),
        )

    def _said(self, word: str, model: str, **said: JSON) -> str:
        """One JSON document; times live here and nowhere else."""
        event = {
            "time": round(self.ports.clock.now(), 3),
            "action": word,
            "model": model,
            "environment": "",
            "version": "",
            "detail": "",
            "because": [],
            "revision": self.revision,
            "host": self.ports.host,
            "by": self.ports.git.identity(),
        }
        return json.dumps(event | said, sort_keys=True, ensure_ascii=False)
