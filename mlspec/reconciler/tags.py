"""Tags in GTO's format: registered versions (`wine@v1.2.3`) and promotions (`wine#production#4`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mlspec.domain.version import Version
from mlspec.ports.git import Tag

_TAG: Final = re.compile(r"([^@#!]+)(?:@(v[0-9.]+)|#([^@#!]+))(!?)(?:#([0-9]+))?", re.ASCII)


@dataclass(slots=True)
class ModelTags:
    """One model's tags, as GTO understands them: taking back a promotion leaves the earlier ones as they were."""

    versions: dict[Version, Tag] = field(default_factory=dict)
    stages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """environment → the commits that are promoted there, the newest last"""
    numbers: dict[str, int] = field(default_factory=dict)
    """environment → the number of its newest tag"""
    proofs: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """(environment, commit) → the tag objects that promoted it since it was last taken back"""
    counter: int = 0
    highest: Version | None = None
    """the highest number ever given, deregistered ones included: numbers are not given twice"""

    def version_at(self, commit: str, recorded: Container[Version]) -> Version | None:
        """The version that is registered at a commit, of those whose tags hold a record.

        Somebody may have put another tag there: it is no version, and may not take the place of the one that is.
        """
        here = (version for version, tag in self.versions.items() if tag.commit == commit)
        return max((version for version in here if version in recorded), default=None)

    def register(self, version: Version, tag: Tag, *, gone: bool) -> None:
        """A version that is given, or taken back."""
        self.highest = max(version, self.highest or version)
        if gone:
            self.versions.pop(version, None)
        else:
            self.versions[version] = tag

    def assign(self, stage: str, tag: Tag, number: int, *, gone: bool) -> None:
        """A promotion of a commit, or its end."""
        commit, place = tag.commit, (stage, tag.commit)
        others = tuple(other for other in self.stages.get(stage, ()) if other != commit)
        self.stages[stage] = others if gone else (*others, commit)
        self.proofs[place] = () if gone else (*self.proofs.get(place, ()), tag.oid)
        self.numbers[stage] = max(number, self.numbers.get(stage, 0))


@dataclass(frozen=True, slots=True)
class _Event:
    """A tag's name, read."""

    number: int
    gone: bool
    model: str
    version: Version | None
    stage: str
    tag: Tag


def read_tags(tags: Iterable[Tag]) -> dict[str, ModelTags]:
    """Tags by model; lightweight tags and names of other makes are passed over, as GTO does."""
    models: dict[str, ModelTags] = defaultdict(ModelTags)
    # as they happened, an end after its beginning
    for event in sorted(_events(tags), key=lambda event: (event.number, event.gone)):
        model = models[event.model]
        model.counter = max(model.counter, event.number)
        if event.version is not None:
            model.register(event.version, event.tag, gone=event.gone)
        else:
            model.assign(event.stage, event.tag, event.number, gone=event.gone)
    return dict(models)


def _events(tags: Iterable[Tag]) -> Iterator[_Event]:
    for tag in tags:
        if not tag.annotated or not (found := _TAG.fullmatch(tag.name)):
            continue
        model, text, stage, gone, number = found.groups(default="")
        try:
            version = Version.parse(text) if text else None
        except ValueError:
            continue
        yield _Event(int(number or 0), bool(gone), model, version, stage, tag)
