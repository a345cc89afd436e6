"""Stages: which version an environment should run, written as tags in GTO's format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mlspec.domain.actual import Place
from mlspec.domain.version import Version
from mlspec.ports.git import NewTag
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.versions import Versions


@dataclass(slots=True)
class Stages:
    """The stages of one look at the world, and what is written to them on the way."""

    ports: Ports
    versions: Versions
    counters: dict[str, int] = field(default_factory=dict)
    numbers: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, tuple[Version, ...]] = field(default_factory=dict)
    time: float = 0.0
    """that of the last stage tag"""

    def promote(self, place: Place, version: str, why: str = "") -> None:
        """Write a stage tag on the version's commit; it is there already where the stage has it.

        GTO shows the highest version that a stage has, so promotions of higher ones are taken back.
        """
        new, before = Version.parse(version), self.assigned(place)
        if before and before[-1] == new and self._is_let_in(place, new):
            return
        message = f"Promote {place.model} {version} to {place.environment}\n"
        self._tag(place, new, f"{message}\n{why}\n" if why else message)
        self.written[place] = (*(other for other in before if other != new), new)
        self.take_back(place, [other for other in before if other > new], why)

    def take_back(self, place: Place, versions: Iterable[Version], why: str = "") -> None:
        """End promotions; the versions themselves stay."""
        for version in versions:
            message = f"Take {place.model} {version} back from {place.environment}\n"
            self._tag(place, version, f"{message}\n{why}\n" if why else message, gone="!")
            self.written[place] = tuple(other for other in self.assigned(place) if other != version)

    def roll_back(self, place: Place, bad: str, good: str, why: str) -> None:
        """The bad version's promotion ends first: killed in between, the stage names what was good before."""
        self.take_back(place, [version for version in self.assigned(place) if str(version) == bad], why)
        self.promote(place, good, why)

    def assigned(self, place: Place) -> tuple[Version, ...]:
        """All versions whose promotion was not taken back, the newest promotion last."""
        return self.written.get(place, self.versions.history(place.model).assigned.get(place.environment, ()))

    def _is_let_in(self, place: Place, version: Version) -> bool:
        """Whether the promotion that there is counts; one by somebody who may not is made again."""
        return version not in self.versions.history(place.model).unapproved.get(place.environment, {})

    def number(self, place: Place) -> int:
        """The number of the place's newest stage tag."""
        return self.numbers.get(place, self.versions.history(place.model).numbers.get(place.environment, 0))

    def counter(self, model: str) -> int:
        """The highest number of the model's stage tags."""
        return self.counters.get(model, self.versions.history(model).counter)

    def _tag(self, place: Place, version: Version, message: str, gone: str = "") -> None:
        number = self.counter(place.model) + 1
        name = f"{place.model}#{place.environment}{gone}#{number}"
        self.time = max(self.ports.clock.now(), self.time + 1)  # dates are in whole seconds
        self.ports.writer.tag(NewTag(name, self.versions.commit(place.model, str(version)), message, self.time))
        self.counters[place.model] = self.numbers[place] = number
