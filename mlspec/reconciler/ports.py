"""All ports in one hand, each made when it is first needed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from mlspec.domain.desired import Site
from mlspec.domain.sources import SourceRef
from mlspec.ports.cache import Cache
from mlspec.ports.clock import Clock
from mlspec.ports.delivery import Deliveries
from mlspec.ports.environments import Environments
from mlspec.ports.files import Files
from mlspec.ports.git import GitReader, GitWriter, Snapshot
from mlspec.ports.images import Images
from mlspec.ports.lease import Leases
from mlspec.ports.pipeline import Pipeline
from mlspec.ports.runtime import Runtime
from mlspec.ports.sources import Source
from mlspec.ports.steps import Steps
from mlspec.ports.telemetry import Telemetry
from mlspec.ports.tree import Tree
from mlspec.reconciler.bundle import SpecReader


class Ports(Protocol):
    """What the reconciler works with; the CLI gives the real ones, tests give fakes."""

    @property
    def root(self) -> str:
        """The repository's top, absolute."""
        ...

    @property
    def host(self) -> str:
        """This machine's name, by which chains tell whose processes they speak of."""
        ...

    @property
    def git(self) -> GitReader:
        """Git, for reading."""
        ...

    @property
    def writer(self) -> GitWriter:
        """Git, for writing."""
        ...

    @property
    def pipeline(self) -> Pipeline:
        """DVC."""
        ...

    @property
    def files(self) -> Files:
        """The working tree."""
        ...

    @property
    def cache(self) -> Cache:
        """Hints for speed."""
        ...

    @property
    def specs(self) -> SpecReader:
        """The specs."""
        ...

    @property
    def steps(self) -> Steps:
        """Scoring, and the environment that trains."""
        ...

    @property
    def environments(self) -> Environments:
        """Environments of locks."""
        ...

    @property
    def clock(self) -> Clock:
        """The time, for logs."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Telling people."""
        ...

    @property
    def telemetry(self) -> Telemetry:
        """What servers counted."""
        ...

    def leases(self, *, shared: bool) -> Leases:
        """The leases of environments: origin's where others share them, else this machine's alone."""
        ...

    def sandbox(self, commit: str) -> AbstractContextManager[Ports]:
        """A clone at a commit, in a folder of its own that goes away; MlspecError where the commit is not here."""
        ...

    def tree(self, snapshot: Snapshot) -> Tree:
        """The contents of a snapshot."""
        ...

    def runtime(self, site: Site, project: str) -> Runtime:
        """A site's runtime, for one project. Unreachable where its engine does not answer."""
        ...

    def images(self, site: Site, project: str) -> Images:
        """The images of one project on a site's engine. Unreachable where it does not answer."""
        ...

    def source(self, ref: SourceRef) -> Source:
        """A source of data. MlspecError for a kind that this version does not have."""
        ...

    def is_here(self, site: Site) -> bool:
        """Whether a site is a part of this machine that no other machine sees under the same name."""
        ...
