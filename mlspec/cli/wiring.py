"""The real ports, each made when it is first needed: `plan` never imports DVC, GitPython or scikit-learn."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import mlspec
from mlspec.adapters.cache import Cache
from mlspec.adapters.clock import SystemClock
from mlspec.adapters.git.locate import find_project
from mlspec.adapters.git.reader import Reader
from mlspec.adapters.steps import LocalSteps
from mlspec.adapters.workfiles import WorkFiles
from mlspec.adapters.worktree import WorkTree
from mlspec.domain.desired import Site
from mlspec.domain.sources import SourceRef
from mlspec.errors import MlspecError
from mlspec.ports.contents import Contents
from mlspec.ports.delivery import Deliveries
from mlspec.ports.environments import Environments
from mlspec.ports.git import GitWriter, Snapshot
from mlspec.ports.images import Images
from mlspec.ports.lease import Leases
from mlspec.ports.pipeline import Pipeline
from mlspec.ports.runtime import Runtime
from mlspec.ports.sources import Source
from mlspec.ports.telemetry import Telemetry
from mlspec.ports.tree import Tree
from mlspec.reconciler.bundle import SpecReader

if TYPE_CHECKING:
    from mlspec.compiler.specs import SpecCompiler


class RealPorts:
    """See mlspec.reconciler.ports.Ports."""

    def __init__(self, start: Path, *, jobs: int = 1) -> None:
        self.place = find_project(start)
        self.root = self.place.root
        self.host = os.environ.get("MLSPEC_HOST") or socket.gethostname()
        self.git = Reader(self.root, self.place.folder)
        self.files = WorkFiles(self.root, self.place.folder)
        self.cache = Cache(Path(self.root) / ".mlspec" / "cache")
        self.clock = SystemClock()
        self.steps = LocalSteps(self.root)
        build = f"{_build()} {self.root} {self.place.folder.name}"
        self.specs = SpecReader(self.files, self.cache, build, self._compiler)
        self.jobs = jobs
        self._runtimes: dict[tuple[Site, str], Runtime] = {}
        self._images: dict[tuple[str, str], Images] = {}
        self._local: dict[str, bool] = {}
        self._leases: dict[bool, Leases] = {}

    @cached_property
    def writer(self) -> GitWriter:
        """GitPython is imported here, on the first write."""
        from mlspec.adapters.git.writer import Writer  # noqa: PLC0415

        return Writer(self.place.top, self.place.folder)

    @cached_property
    def pipeline(self) -> Pipeline:
        """DVC is imported here, on the first run; several jobs run it in processes of their own."""
        from mlspec.adapters.dvc.parallel import ParallelPipeline  # noqa: PLC0415
        from mlspec.adapters.dvc.pipeline import DvcPipeline  # noqa: PLC0415

        return ParallelPipeline(self.root) if self.jobs > 1 else DvcPipeline(self.root)

    @cached_property
    def contents(self) -> Contents:
        """What changed inside of files is looked for only where something trains."""
        from mlspec.adapters.contents import LocalContents  # noqa: PLC0415

        return LocalContents(self.root, self.git)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Imported where somebody is told."""
        from mlspec.adapters.delivery import RealDeliveries  # noqa: PLC0415

        return RealDeliveries(self.root)

    @cached_property
    def telemetry(self) -> Telemetry:
        """Imported where a server is asked."""
        from mlspec.adapters.telemetry import HttpTelemetry  # noqa: PLC0415

        return HttpTelemetry()

    @cached_property
    def environments(self) -> Environments:
        """uv is looked for here, when an environment of a lock is first needed."""
        from mlspec.adapters.environments.store import LocalEnvironments  # noqa: PLC0415

        return LocalEnvironments(self.root)

    def leases(self, *, shared: bool) -> Leases:
        """See Ports. GitPython is imported here."""
        from mlspec.adapters.git.command import Command  # noqa: PLC0415
        from mlspec.adapters.git.lease import LocalLeases, open_leases  # noqa: PLC0415

        if shared not in self._leases:
            command = Command(self.place.top, self.place.folder)
            self._leases[shared] = open_leases(command, self.host) if shared else LocalLeases(command)
        return self._leases[shared]

    def _compiler(self) -> SpecCompiler:
        """Pydantic and jinja2 are imported here, for the first spec that no cache knows."""
        from mlspec.compiler.specs import SpecCompiler  # noqa: PLC0415

        return SpecCompiler(sanitised(Path(self.root).name), self.place.folder.name)

    @contextmanager
    def sandbox(self, commit: str) -> Iterator[RealPorts]:
        """See Ports."""
        from mlspec.adapters.sandbox import sandbox  # noqa: PLC0415 - only to verify

        with sandbox(self.place, commit) as folder:
            yield RealPorts(Path(folder))

    def tree(self, snapshot: Snapshot) -> Tree:
        """See Ports."""
        return WorkTree(snapshot.blobs, self.files, self.cache)

    def runtime(self, site: Site, project: str) -> Runtime:
        """See Ports; MlspecError for a target that this version does not have."""
        key = (site, project)
        if key not in self._runtimes:
            name = f"mlspec.adapters.{site.target}"
            try:
                adapter = import_module(f"{name}.runtime")
            except ModuleNotFoundError as error:
                if not (error.name or "").startswith(name):
                    raise
                raise MlspecError(f"the target `{site.target}` does not work yet in this version of mlspec") from error
            self._runtimes[key] = adapter.open_runtime(project, site.context, self.root)
        return self._runtimes[key]

    def images(self, site: Site, project: str) -> Images:
        """See Ports. Docker's SDK is imported here; all targets on Docker's engine share its images."""
        from mlspec.adapters.images.store import open_images  # noqa: PLC0415

        key = (site.context, project)
        if key not in self._images:
            self._images[key] = open_images(project, site.context)
        return self._images[key]

    def source(self, ref: SourceRef) -> Source:
        """See Ports. What it is fetched with is imported here."""
        found: Source = import_module(f"mlspec.adapters.sources.{ref.kind}").open_source(ref, self.root)
        return found

    def is_here(self, site: Site) -> bool:
        """See Ports. A swarm has one name on all its machines; an engine is this machine's by its local socket."""
        if site.target != "docker":
            return site.target == "process"
        if site.context not in self._local:
            from mlspec.adapters.engines import is_local  # noqa: PLC0415 - imports Docker's SDK

            self._local[site.context] = is_local(site.context)
        return self._local[site.context]


def sanitised(name: str) -> str:
    """A folder's name as a name for a project."""
    text = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")
    return (text if text[:1].isalpha() else f"p-{text}".strip("-"))[:63]


def _build() -> str:
    """What compiles: mlspec's version, and in a checkout the newest of its files, so that caches follow edits."""
    package = Path(mlspec.__file__).parent
    templates = package.parent / "templates"
    if not templates.is_dir():
        return mlspec.__version__
    folders = [templates, package / "compiler", package / "kinds", package / "spec", package / "domain"]
    newest = max(path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.*"))
    return f"{mlspec.__version__}+{newest}"
