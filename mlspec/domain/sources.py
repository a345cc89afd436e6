"""Sources that are fetched: what is wanted, what is known of their snapshots, and what they say when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlspec.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of one snapshot of a source. Times are in seconds since the epoch."""

    content: str
    """`md5:<hex>`, as its pointer says"""
    definition: str
    """the digest of how it was had"""
    fingerprint: str
    """what the source said of itself when it was fetched; empty where it can't be asked"""
    same: str
    """equal for equal data in another order or spelling; empty where only equal bytes are equal"""
    size: int
    """bytes"""
    rows: int
    columns: Mapping[str, str]
    """name → type, in order"""
    checked: float
    """when the source last gave this"""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a source says of itself without handing out its data: `fingerprint` changes when the data does."""

    fingerprint: str
    size: int | None = None
    """bytes, where the source says so"""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why a source said nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source that is fetched, as a spec's text has it. `settings` are its kind's own, and hold no secret."""

    name: str
    kind: str
    path: str
    """of its snapshot"""
    settings: Mapping[str, JSON]
    line: int
    freshness: float | None = None
    """seconds"""
    timeout: float = 3600.0
    """seconds that fetching may take"""
    deps: tuple[str, ...] = ()
    """files and folders whose content decides what is fetched"""
    probed: bool = True
    """whether it can be asked without fetching"""
    runs: bool = False
    """whether code of the repository runs to fetch it, which wants the environment that trains"""
    origin: str = ""
    """the spec that it stands in, where that is not the model's own"""


@dataclass(frozen=True, slots=True)
class DatedSource:
    """A source that lies in the repository and says how old it may be: nobody but people can bring newer data."""

    name: str
    path: str
    freshness: float
    """seconds since its last change in git"""
    fails: bool
    """whether nothing is trained on it once it is older"""
    line: int
    origin: str = ""
    """the spec that it stands in, where that is not the model's own"""


@dataclass(frozen=True, slots=True)
class DesiredSource:
    """A source against a tree: how it is had, and which snapshot the tree has."""

    ref: SourceRef
    where: str
    """`specs/wine.yaml:7`"""
    definition: str
    """the digest of all that decides what is fetched"""
    content: str
    """what the pointer says (`md5:…`); empty without one"""

    @property
    def name(self) -> str:
        """The source's name."""
        return self.ref.name


@dataclass(frozen=True, slots=True)
class SourceLook:
    """One look at all sources: what the chain remembers (source → content → snapshot), and what they answered."""

    snapshots: Mapping[str, Mapping[str, Snapshot]] = field(default_factory=dict)
    probes: Mapping[str, Probe | NoAnswer] = field(default_factory=dict)
    changed: Mapping[str, float | None] = field(default_factory=dict)
    """path of a dated source → when git saw it change last, in seconds since the epoch; None where the history that
    is here does not go back so far; left out while a change of it is not committed"""
    wanted: frozenset[str] = frozenset()
    """those that are to be fetched whatever is known, as somebody asked for it"""
