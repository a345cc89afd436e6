"""The `Pipeline` port on DVC."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from dvc.repo import Repo

from mlspec.adapters.dvc.content import list_files, write_folder
from mlspec.adapters.dvc.deliver import deliver
from mlspec.adapters.dvc.repair import repair_all
from mlspec.adapters.dvc.session import open_repo
from mlspec.adapters.dvc.stage import run_stage
from mlspec.adapters.dvc.store import Store
from mlspec.adapters.dvc.tracked import find_missing, find_modified, put_back, restore_all, track
from mlspec.domain.record import ArtefactFile
from mlspec.ports.pipeline import UNLIMITED, Limits, StageRun


class DvcPipeline:
    """DVC in the repository at `root`; see the port for what each method promises.

    `patience`: seconds to wait for other DVC processes before LockHeld. All paths are relative to `root`.
    """

    def __init__(self, root: Path | str, *, patience: float = 60.0) -> None:
        self._root = Path(root).resolve()
        self._patience = patience

    def run(self, file: str, stage: str, *, force: bool, log: str, limits: Limits = UNLIMITED) -> StageRun:
        """Run a single stage; `ran` is False too when DVC restored a former result of the same inputs."""
        with self._open() as repo:
            return run_stage(repo, file, stage, force=force, log=self._root / log, limits=limits)

    def outputs(self, path: str) -> tuple[ArtefactFile, ...]:
        """The files below an output, paths relative to it; MlspecError when it is absent or holds links."""
        return list_files(self._root / path)

    def materialise(self, files: Sequence[ArtefactFile], into: str) -> None:
        """Write files into a folder (relative to the repository, or absolute), replacing it when it exists."""
        with self._open() as repo:
            write_folder(files, self._root / into, Store(repo).source())

    def deliver(self, objects: Mapping[str, str], into: str) -> None:
        """Write data by content below a folder (absolute, or relative to the repository)."""
        with self._open() as repo:
            deliver(objects, self._root / into, Store(repo).source())

    def push(self, file: str) -> int:
        """Push a dvc.yaml's outputs; IntegrityError, with or without a remote, when the cache was tampered with."""
        with self._open() as repo:
            store = Store(repo)
            outs = [out for stage in repo.stage.load_all(file) for out in stage.outs if out.use_cache and out.hash_info]
            objects = {item for out in outs for item in store.objects_of(out)}
            store.verify(objects)
            return store.send(objects)

    def missing(self, paths: Sequence[str]) -> Sequence[str]:
        """Of DVC-tracked paths, those that are not in the working tree."""
        return find_missing(self._root, paths)

    def modified(self, paths: Sequence[str]) -> Sequence[str]:
        """Of DVC-tracked paths, those whose bytes are not what their `.dvc` file says: git does not see these edits."""
        with self._open() as repo:
            return find_modified(repo, paths)

    def restore(self, paths: Sequence[str]) -> Sequence[str]:
        """Bring back missing DVC-tracked data; returns those that could not be had. Folders appear whole."""
        if not find_missing(self._root, paths):
            return []
        with self._open() as repo:
            return restore_all(repo, paths)

    def adopt(self, new: str, path: str) -> None:
        """See the port; the new file is moved."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self._root / new, target)
        with self._open() as repo:
            track(repo, path)

    def stop(self) -> None:
        """A stage runs in the thread that asked for it, which is the one that is interrupted: nothing to do."""

    def checkout(self, file: str) -> None:
        """Make a dvc.yaml's outputs what its dvc.lock names, from the cache alone; no such file is no error."""
        if (self._root / file).is_file():
            with self._open() as repo:
                put_back(repo, file)

    def repair(self, locks: Mapping[str, bytes | None]) -> Sequence[str]:
        """Mend what a kill left; also drops lock entries of processes that are gone. Returns the mended paths."""
        return repair_all(self._root, locks)

    def check_clean(self, file: str) -> Sequence[str]:
        """What `dvc status` says of one dvc.yaml, a line for each finding; nothing when all is up to date."""
        with self._open() as repo:
            findings = repo.status(targets=[file])
        return [f"{stage}: {_flat(finding)}" for stage, items in sorted(findings.items()) for finding in items]

    def _open(self) -> AbstractContextManager[Repo]:
        return open_repo(self._root, self._patience)


def _flat(finding: Any) -> str:
    """`{"changed deps": {"data.csv": "modified"}}` as `changed deps: data.csv modified`."""
    if not isinstance(finding, dict):
        return str(finding)
    return "; ".join(
        f"{kind}: {', '.join(f'{path} {state}' for path, state in items.items()) if isinstance(items, dict) else items}"
        for kind, items in finding.items()
    )
