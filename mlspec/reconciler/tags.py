"""Tags in GTO's format: registered versions (`wine@v1.2.3`) and promotions (`wine#production#4`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mlspec.domain.version import Version
from mlspec.ports.git import Tag

_REGISTER: Final = re.compile(r"([^@#!]+)@(v\d+\.\d+\.\d+)(!?)", re.ASCII)
_ASSIGN: Final = re.compile(r"([^@#!]+)#([^@#!]+?)(!?)#(\d+)", re.ASCII)


@dataclass(slots=True)
class ModelTags:
    """One model's tags: version → tag, environment → commit of the highest assignment (None: unassigned)."""

    versions: dict[Version, Tag] = field(default_factory=dict)
    stages: dict[str, str | None] = field(default_factory=dict)
    counter: int = 0
    highest: Version | None = None
    """the highest number ever given, deregistered ones included: numbers are not given twice"""

    def version_at(self, commit: str) -> Version | None:
        """The version that is registered at a commit."""
        return max((version for version, tag in self.versions.items() if tag.commit == commit), default=None)


def read_tags(tags: Iterable[Tag]) -> dict[str, ModelTags]:
    """Tags by model; lightweight tags and names of other makes are passed over, as GTO does."""
    models: dict[str, ModelTags] = defaultdict(ModelTags)
    assigned: dict[tuple[str, str], tuple[int, str | None]] = {}
    gone: set[tuple[str, Version]] = set()
    for tag in tags:
        if not tag.annotated:
            continue
        if found := _REGISTER.fullmatch(tag.name):
            name, text, removed = found.groups()
            version = Version.parse(text)
            model = models[name]
            model.highest = max(version, model.highest or version)
            if removed:
                gone.add((name, version))
            else:
                model.versions[version] = tag
        elif found := _ASSIGN.fullmatch(tag.name):
            name, stage, removed, number = found.groups()
            models[name].counter = max(models[name].counter, int(number))
            best = assigned.get((name, stage), (0, None))
            assigned[name, stage] = max(best, (int(number), None if removed else tag.commit), key=lambda pair: pair[0])
    for (name, stage), (_, commit) in assigned.items():
        models[name].stages[stage] = commit
    for name, version in gone:
        models[name].versions.pop(version, None)
    return dict(models)
