"""Refreshing a source: fetch beside, compare, and only then take its place, in one commit of the pointer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action
from mlspec.domain.sources import DesiredSource, Snapshot
from mlspec.errors import MlspecError
from mlspec.ports.sources import Table
from mlspec.reconciler.comparing import differences, headline
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.provision import environment_of
from mlspec.reconciler.report import Report
from mlspec.reconciler.step import Step
from mlspec.reconciler.world import World

_MARKER: Final = ".mlspec/refreshing"
"""There while a snapshot is being replaced; after a death it tells whose half-made files these are."""


@dataclass(slots=True)
class Refresher:
    """Refreshes the sources of one look at the world; what fails keeps the snapshot that is there."""

    ports: Ports
    world: World
    report: Report
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def run(self, actions: Collection[Action]) -> dict[str, Outcome]:
        """All of them, one by one; the outcomes by the actions' ids."""
        for action in actions:
            self.report.started(action)
            with Step(action, self._end) as step:
                self._refresh(action, step)
        return self.outcomes

    def _end(self, outcome: Outcome) -> None:
        self.outcomes[outcome.action.id] = outcome
        self.report.ended(outcome)

    def _refresh(self, action: Action, step: Step) -> None:
        source = self.world.source(action.source)
        self._refuse_dirty(source)
        self._refuse_loss(source)
        new = f".mlspec/fetched/{source.name}.csv"
        self.ports.files.write(new, b"")
        try:
            environ = self._environment(source)
            table = self.ports.source(source.ref).fetch(self.ports.files.locate(new), environ)
            self._settle(action, source, new, table, step)
        finally:
            self.ports.files.remove(new)

    def _settle(self, action: Action, source: DesiredSource, new: str, table: Table, step: Step) -> None:
        """Take in what was fetched, unless it is what is there already."""
        old = self.world.actual.sources.snapshots.get(source.name, {}).get(source.content)
        log = Logbook(self.ports, self.world.head.commit)
        same = f"md5:{table.md5}" == source.content or bool(old and table.same and old.same == table.same)
        found = self._snapshot(source, table, source.content if same else f"md5:{table.md5}")
        step.detail = "the same data as before" if same else headline(old, found)
        step.lines = () if same else tuple(differences(old, found))
        if not same:
            place(self.ports, source, new, f"mlspec: refresh {source.name}")
        log.refreshed(action, found, "checked" if same else "refreshed", "; ".join((step.detail, *step.lines)))

    def _environment(self, source: DesiredSource) -> Mapping[str, str]:
        """The environment of the first model whose spec says how the data is had."""
        if not source.ref.runs:
            return {}
        model = next(item for item in self.world.desired.models if source.ref in item.blueprint.sources)
        return environment_of(self.ports, model, self.report)

    def _snapshot(self, source: DesiredSource, table: Table, content: str) -> Snapshot:
        return Snapshot(
            content=content,
            definition=source.definition,
            fingerprint=table.fingerprint,
            same=table.same,
            size=table.size,
            rows=table.rows,
            columns=dict(table.columns),
            checked=round(self.ports.clock.now(), 3),
        )

    def _refuse_dirty(self, source: DesiredSource) -> None:
        path = source.ref.path
        dirty = self.world.dirty & {path, *owned(source)}
        if dirty:
            raise MlspecError(f"`{min(dirty)}` has changes that are not committed", hint="git commit or git stash them")
        if path in self.world.actual.files:
            hint = f"git rm --cached {path} and commit that, or give the source another `path`"
            raise MlspecError(
                f"git keeps `{path}`, where DVC is to keep what is fetched", hint=hint, where=source.where
            )

    def _refuse_loss(self, source: DesiredSource) -> None:
        """What nobody else has would be overwritten."""
        path = source.ref.path
        if not source.content and self.ports.files.read(path) is not None:
            hint = "move it away, or give the source another `path`"
            raise MlspecError(f"`{path}` is here, and neither git nor DVC has it", hint=hint, where=source.where)
        if source.content and self.ports.pipeline.modified([path]):
            hint = f"dvc checkout {path}, or move it away"
            raise MlspecError(f"`{path}` was edited: it is not what its pointer says", hint=hint, where=source.where)


def owned(source: DesiredSource) -> list[str]:
    """The files in git that are a snapshot's: its pointer, and the .gitignore that hides the data."""
    return [f"{source.ref.path}.dvc", ignore_file(source.ref.path)]


def ignore_file(path: str) -> str:
    """The .gitignore beside a file, where `dvc add` would have it."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}.gitignore"


def place(ports: Ports, source: DesiredSource, new: str, message: str) -> None:
    """Put a fetched file in its place: tracked, pushed and committed, or nothing of it."""
    path = source.ref.path
    ports.files.write(_MARKER, path.encode())
    try:
        ports.pipeline.adopt(new, path)
        _ignore(ports, path)
        ports.pipeline.push(f"{path}.dvc")
        ports.writer.commit([name for name in owned(source) if ports.files.read(name) is not None], message)
    except BaseException:
        undo_refresh(ports)
        raise
    ports.files.remove(_MARKER)


def _ignore(ports: Ports, path: str) -> None:
    if path in ports.git.ignored([path]):
        return
    file, name = ignore_file(path), path.rpartition("/")[2]
    before = ports.files.read(file) or b""
    gap = b"\n" if before and not before.endswith(b"\n") else b""
    ports.files.write(file, before + gap + f"/{name}\n".encode())


def undo_refresh(ports: Ports) -> str:
    """Put back what a killed refresh left half done; the path of its snapshot, if there was one."""
    path = (ports.files.read(_MARKER) or b"").decode()
    if not path:
        return ""
    ports.pipeline.repair({})
    ports.writer.restore([f"{path}.dvc", ignore_file(path)])
    ports.files.remove(path)
    # What the cache does not have is brought by whoever needs it.
    with suppress(MlspecError):
        ports.pipeline.restore([path])
    ports.files.remove(_MARKER)
    return path
