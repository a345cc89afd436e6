"""Run a single stage of a dvc.yaml, however many others the repository has."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from dvc.exceptions import ReproductionError
from dvc.lock import LockError
from dvc.repo import Repo

from mlspec.adapters.dvc.command import Command, instead_of_dvc
from mlspec.adapters.dvc.errors import cause_of
from mlspec.adapters.dvc.tracked import pointer_of
from mlspec.errors import MlspecError
from mlspec.ports.pipeline import UNLIMITED, Limits, StageRun

_AFTER_COMMAND: Final = 3600.0
"""seconds to wait for DVC's lock once the command has run: hours of training may be at stake"""
_POLL: Final = 0.1


def run_stage(repo: Repo, file: str, stage: str, *, force: bool, log: Path, limits: Limits = UNLIMITED) -> StageRun:
    """Bring one stage up to date; `ran` says whether its command was run (DVC may also restore a former result)."""
    start = time.monotonic()
    _refuse_missing(repo, file, stage)
    patience = getattr(repo.lock, "patience", 0.0)

    def started() -> None:
        repo.lock.patience = _AFTER_COMMAND

    command = Command(log, started, limits)
    try:
        with instead_of_dvc(command):
            _reproduce(repo, f"{file}:{stage}", command, force=force, deadline=start + patience)
    finally:
        if command.overran:  # half of an output is worth nothing, and may be large
            for out in repo.stage.load_one(path=file, name=stage).outs:
                out.remove()
    return StageRun(stage=stage, ran=command.ran, seconds=time.monotonic() - start)


def _reproduce(repo: Repo, target: str, command: Command, *, force: bool, deadline: float) -> None:
    """Single items need no index of the repository: 0.04 s with 1 model or 300; a full reproduce takes seconds."""
    while True:
        try:
            repo.reproduce(target, single_item=True, force=force)
        except ReproductionError as error:
            busy = isinstance(cause_of(error), LockError) and not command.ran  # another DVC command holds these paths
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(_POLL)
        else:
            return


def _refuse_missing(repo: Repo, file: str, stage: str) -> None:
    """Before DVC does: it would first delete the outputs, or, when forced, leave it to the command to fail."""
    gone = [
        dep for dep in repo.stage.load_one(path=file, name=stage).deps if dep.protocol == "local" and not dep.exists
    ]
    if gone:
        path = _relative(repo, gone[0])
        others = tuple(f"{_relative(repo, dep)} is missing too" for dep in gone[1:])
        raise MlspecError(
            f"{path}, which stage {stage} needs, does not exist", hint=_hint(repo, path), where=file, details=others
        )


def _relative(repo: Repo, dep: Any) -> str:
    path = Path(dep.fs_path)
    return str(path.relative_to(repo.root_dir)) if path.is_relative_to(repo.root_dir) else str(path)


def _hint(repo: Repo, path: str) -> str:
    pointer = pointer_of(Path(repo.root_dir), path)
    if pointer:
        return f"get it with `dvc pull {pointer}`"
    return "add it to the repository (`git add` or `dvc add`), or run the stage that makes it"
