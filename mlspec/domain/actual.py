"""What exists: registered versions, promotions, failures remembered, and what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.domain.drift import DriftReport
from mlspec.domain.image import Image
from mlspec.domain.memory import Memory
from mlspec.domain.record import VersionRecord
from mlspec.domain.retrain import Crash
from mlspec.domain.service import Service, Split
from mlspec.domain.sources import SourceLook
from mlspec.domain.version import Version


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a model runs: an environment and a model."""

    environment: str
    model: str

    def __str__(self) -> str:
        return f"{self.model} → {self.environment}"


class Health(StrEnum):
    """How what runs is doing."""

    HEALTHY = "Healthy"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    MISSING = "Missing"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Canary:
    """A candidate that a target gives a share of the requests to, beside what runs; since when, by our own clock.

    A `mirrored` one is a shadow: it gets copies of them, and nobody waits for its answers. `serve` are the settings
    that it was deployed with; `health` and `reason` are those of its own replicas.
    """

    version: str
    serve: Mapping[str, JSON]
    share: float
    since: float
    replicas: int
    health: Health = Health.HEALTHY
    reason: str = ""
    mirrored: bool = False

    @property
    def words(self) -> str:
        """For people: `canary v1.1.0`."""
        return f"{'shadow' if self.mirrored else 'canary'} {self.version}"


@dataclass(frozen=True, slots=True)
class Running:
    """What a target says that it runs, in its own words, never from memory."""

    place: Place
    version: str
    artefact: str
    serve: Mapping[str, JSON]
    replicas: int
    health: Health
    endpoint: str
    revision: str = ""
    fence: int = 0
    reason: str = ""
    drift: str = ""
    """what somebody changed behind our back, or an interrupted deployment left, in words; it is put right"""
    canary: Canary | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A place whose runtime cannot be seen from here: `reason` is NotObserved or TargetNotHere, `detail` says why."""

    place: Place
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Training:
    """One training that passed its gates: which version it gave, of which train digest, when it ended, how long it ran.

    `time` is in seconds since the epoch, `seconds` the wall time of its stages, `stages` that of each that really ran;
    `measured` are figures of that moment and machine, such as the server's latency where a gate asks for it.
    """

    version: str
    train: str
    time: float
    seconds: float
    measured: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelHistory:
    """What git remembers of one model."""

    versions: Mapping[Version, VersionRecord] = field(default_factory=dict)
    commits: Mapping[Version, str] = field(default_factory=dict)
    stages: Mapping[str, Version] = field(default_factory=dict)
    """environment → the version that its newest stage tag names"""
    assigned: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    """environment → all versions whose promotion there was not taken back, the newest promotion last"""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """environment → the number of its newest stage tag"""
    counter: int = 0
    """the highest stage counter in use"""
    highest: Version | None = None
    """the highest version number ever given"""
    equivalent: tuple[VersionRecord, ...] = ()
    """records of later trainings that gave the very bytes of a version"""
    failed: Mapping[str, str] = field(default_factory=dict)
    """failure key → the verdicts that failed, in words"""
    described: str = ""
    """the describe digest last recorded after registration, if any"""
    unregistered: VersionRecord | None = None
    """a record committed at HEAD whose tag is missing: a crash between commit and tag"""
    images: Mapping[str, Image] = field(default_factory=dict)
    """serve digest → the image that was built and pushed for it"""
    trainings: tuple[Training, ...] = ()
    """the last trainings that passed, oldest first, as the project's chain remembers them"""
    authors: Mapping[str, str] = field(default_factory=dict)
    """version (or what would be trained now) → the author of the commit behind it; only where a spec has approvers"""
    unapproved: Mapping[str, Mapping[Version, str]] = field(default_factory=dict)
    """environment → promoted versions that nobody let in who may, with who tried; `stages` leaves them out"""
    tried: float = 0.0
    """when a training ended last, however it went, in seconds since the epoch; 0 where no chain says so"""
    crash: Crash | None = None
    """the trainings that crashed since one went through"""
    renamed: str = ""
    """the old name, of whose tags this is what a model sees that has not all of them under its own name yet"""
    suspended: str = ""
    """who suspended the model, when and why, in words; empty where nobody did"""

    @property
    def strays(self) -> tuple[Version, ...]:
        """The numbers of tags that hold no record: nothing is ever deployed from them."""
        return tuple(sorted(version for version in self.commits if version not in self.versions))

    def promoted(self, environment: str) -> tuple[Version, ...]:
        """Those of `assigned` that were let in."""
        refused = self.unapproved.get(environment, {})
        return tuple(version for version in self.assigned.get(environment, ()) if version not in refused)


@dataclass(frozen=True, slots=True)
class Rollout:
    """The last thing that was done at a place, as the environment's chain remembers it."""

    version: str
    artefact: str
    serve: Mapping[str, JSON]
    outcome: str
    """`deployed`, `failed` or `retired`"""
    host: str = ""
    endpoint: str = ""
    revision: str = ""
    fence: int = 0
    time: float = 0.0
    detail: str = ""
    since: float = 0.0
    """since when that version runs there without a restart for being ill; 0 where older chains did not say"""
    number: int = 0
    """that of the place's newest stage tag: one with a higher number is a person's word after this"""
    refused: bool = False
    """it failed because of its answers to recorded requests, not because it was ill"""


_NOTHING: Final = Memory()


@dataclass(frozen=True, slots=True)
class Actual:
    """Everything that exists, at one look. `base` is the digest of all of it but the files."""

    base: str
    models: Mapping[str, ModelHistory]
    running: Mapping[Place, Running | Unseen]
    rollouts: Mapping[Place, Rollout]
    """what was last done"""
    files: Mapping[str, str]
    """path → git blob id of the working tree"""
    edited: frozenset[str] = frozenset()
    """generated files that somebody changed by hand, or that are not ours"""
    uncommitted: frozenset[str] = frozenset()
    """paths whose content is not HEAD's"""
    orphans: tuple[str, ...] = ()
    """generated files of ours that no spec asks for any more"""
    branch: str | None = None
    default_branch: str | None = None
    images: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """environment → the serve digests of images that it can run without a build"""
    failed: Mapping[Place, Rollout] = field(default_factory=dict)
    """the last rollout that failed, if it has not succeeded since"""
    now: float = 0.0
    """when this was looked at, in seconds since the epoch; no part of `base`"""
    drift: Mapping[Place, DriftReport] = field(default_factory=dict)
    """what live traffic says, asked only where a model is to be trained for drift or performance; no part of `base`"""
    memories: Mapping[Place, Memory] = field(default_factory=dict)
    """what the chains remember of each place besides"""
    sources: SourceLook = field(default_factory=SourceLook)
    """what is known of sources, and what they say; no part of `base`"""

    services: Mapping[Place, Service] = field(default_factory=dict)
    """what new versions that are watched counted; no part of `base`"""
    canaries: Mapping[Place, Split] = field(default_factory=dict)
    """what both versions counted where a canary runs; no part of `base`"""
    head: str = ""
    """HEAD's commit; no part of `base`"""

    def memory(self, place: Place) -> Memory:
        """A place's memory; an empty one where its chain has none."""
        return self.memories.get(place, _NOTHING)
