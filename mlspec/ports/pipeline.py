"""The pipeline engine (DVC), as mlspec needs it: run one stage, find and move outputs by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from mlspec.domain.record import ArtefactFile


@dataclass(frozen=True, slots=True)
class StageRun:
    """How a stage went: `ran` is False when the engine found nothing to do; seconds are wall time."""

    stage: str
    ran: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stage's command may use: seconds of wall time, bytes of memory, threads; None: as much as there is.

    `where`: the name of a limit → the `file:line` that sets it. `trials`: how many trials of a search run at a time.
    `environ`: variables of the environment that it runs in, as Environments gives them.
    """

    timeout: float | None = None
    memory: int | None = None
    cpus: int | None = None
    trials: int = 1
    where: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


UNLIMITED: Final = Limits()


class Pipeline(Protocol):
    """The engine. `file` is the path of a dvc.yaml, relative to the repository."""

    def run(self, file: str, stage: str, *, force: bool, log: str, limits: Limits = UNLIMITED) -> StageRun:
        """Run a single stage (not its ancestors); its output goes to the file `log`, never to our own streams.

        StageFailed when the command fails: its exit code, and the log's last lines as details. A command that passes
        a limit is ended with all that it started: StageFailed with status 124 for the time, 137 for the memory.
        MlspecError when a dependency is missing, naming it and what to do (`dvc pull`).
        """
        ...

    def outputs(self, path: str) -> tuple[ArtefactFile, ...]:
        """The files below an output in the working tree, sorted by path, hashed here and now."""
        ...

    def materialise(self, files: Sequence[ArtefactFile], into: str) -> None:
        """Write files from the cache, else from the remote, into a folder, checking every SHA-256 on the way.

        The folder appears whole or not at all. IntegrityError when bytes differ; MlspecError when they cannot be had.
        """
        ...

    def deliver(self, objects: Mapping[str, str], into: str) -> None:
        """Write data (path → MD5, a folder's ends in `.dir`) below a folder, from the cache or else the remote.

        Each file is checked by its MD5 on the way; the working tree is not asked. IntegrityError when bytes differ;
        MlspecError when they cannot be had.
        """
        ...

    def push(self, file: str) -> int:
        """Push the outputs of a dvc.yaml's stages to the default remote; the number of files sent (0 without one)."""
        ...

    def missing(self, paths: Sequence[str]) -> Sequence[str]:
        """Of data paths that DVC tracks (`x.dvc` beside them), those that are not in the working tree."""
        ...

    def modified(self, paths: Sequence[str]) -> Sequence[str]:
        """Of DVC-tracked paths, those whose bytes are not what their pointer says: git does not see these edits."""
        ...

    def restore(self, paths: Sequence[str]) -> Sequence[str]:
        """Check out DVC-tracked data from the cache or the remote; returns those that could not be had."""
        ...

    def adopt(self, new: str, path: str) -> None:
        """Put a file from elsewhere in the repository at a path, and track it there: in the cache, with a pointer.

        What was there is replaced. Git's .gitignore files are left alone. MlspecError where DVC refuses.
        """
        ...

    def stop(self) -> None:
        """End the stages that other threads are running; their `run` raises. Nothing runs afterwards."""
        ...

    def checkout(self, file: str) -> None:
        """Make the cached outputs of a dvc.yaml's stages what its dvc.lock names, from the cache alone.

        An output that the cache does not have is removed; one that the lock does not name stays as it is.
        """
        ...

    def repair(self, locks: Mapping[str, bytes | None]) -> Sequence[str]:
        """After a kill, under our lock: drop an unparsable `.dvc/tmp/rwlock`, put back empty dvc.lock files."""
        ...
