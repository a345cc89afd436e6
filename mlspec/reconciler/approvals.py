"""Approvals: of the promotions that tags name, those by somebody whom the spec lets decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mlspec.domain.actual import ModelHistory, Place
from mlspec.domain.desired import Blueprint
from mlspec.domain.memory import Memory
from mlspec.domain.plan import KNOWN_AFTER_TRAIN
from mlspec.domain.version import Version
from mlspec.ports.git import GitReader
from mlspec.reconciler.tags import ModelTags


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is needed to judge promotions: the tags, the places' memories, and HEAD, which is what is trained next."""

    tags: Mapping[str, ModelTags]
    memories: Mapping[Place, Memory]
    head: str


def with_approvals(
    git: GitReader, histories: Mapping[str, ModelHistory], blueprints: Iterable[Blueprint], evidence: Evidence
) -> dict[str, ModelHistory]:
    """The histories, with stages that name only what was let in; git is asked only where a spec names approvers."""
    careful = [item for item in blueprints if any(place.approvers for place in item.deployments)]
    if not careful:
        return dict(histories)
    oids = {oid for item in careful for oid in _oids(histories[item.name], evidence.tags.get(item.name))}
    people = {oid: person.address.lower() for oid, person in git.people(oids | {evidence.head}).items()}
    judged = {item.name: _judged(item, histories[item.name], people, evidence) for item in careful}
    return {**histories, **judged}


def _oids(history: ModelHistory, tags: ModelTags | None) -> Iterator[str]:
    yield from _parents(history).values()
    for proofs in tags.proofs.values() if tags else ():
        yield from proofs


def _parents(history: ModelHistory) -> dict[str, str]:
    """Version → the commit that it was trained from."""
    records = [*history.versions.values(), *([history.unregistered] if history.unregistered else [])]
    return {record.version: record.parent for record in records}


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one model's promotions; `people` are addresses by object, `authors` those behind each version."""

    model: str
    history: ModelHistory
    evidence: Evidence
    people: Mapping[str, str]
    authors: Mapping[str, str]

    def refused(self, environment: str, approvers: tuple[str, ...]) -> Iterator[tuple[Version, str]]:
        """The promoted versions that nobody let in who may, with who tried."""
        for version in self.history.assigned.get(environment, ()):
            taggers = self._taggers(environment, version)
            known = {self.authors.get(str(version), ""), *taggers}
            if known.isdisjoint(approvers) and not self._ran_well(environment, str(version)):
                yield version, taggers[-1] if taggers else ""

    def _taggers(self, environment: str, version: Version) -> list[str]:
        tags = self.evidence.tags.get(self.model, ModelTags())
        proofs = tags.proofs.get((environment, self.history.commits[version]), ())
        return [self.people.get(oid, "") for oid in proofs]

    def _ran_well(self, environment: str, version: str) -> bool:
        """To go back to it needs nobody: somebody let it in before, and it was not sent away."""
        memory = self.evidence.memories.get(Place(environment, self.model), Memory())
        return version in memory.ran and version not in memory.rolled_back


def _judged(item: Blueprint, history: ModelHistory, people: Mapping[str, str], evidence: Evidence) -> ModelHistory:
    authors = {version: people.get(commit, "") for version, commit in _parents(history).items()}
    judge = _Judge(item.name, history, evidence, people, authors)
    careful = {place.environment: place.approvers for place in item.deployments if place.approvers}
    judged = replace(
        history,
        authors={**authors, KNOWN_AFTER_TRAIN: people.get(evidence.head, "")},
        unapproved={name: dict(judge.refused(name, approvers)) for name, approvers in careful.items()},
    )
    return replace(judged, stages={name: found[-1] for name in history.assigned if (found := judged.promoted(name))})
