"""Features that several models share: run once for all of them, committed with the first, undone with the last."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock
from typing import Final

from mlspec.compiler.blobs import blob_id
from mlspec.domain.desired import Blueprint, DesiredModel, SharedStage
from mlspec.domain.digest import digest
from mlspec.domain.shared import STAGE
from mlspec.errors import MlspecError
from mlspec.ports.files import Files
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.intact import Planned
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.runner import Runner

_ONE_BY_ONE: Final = Lock()
"""Models that train at a time ask for the same stage: the first runs it, the others find it done."""
_MADE: Final = "shared-features"
"""What the stage depends on → the blob of the lock that tells what it made of that."""
_TAINTED: Final = ""
"""In its place: it was begun by code that may have been edited meanwhile."""


def shared_paths(blueprint: Blueprint) -> set[str]:
    """The files of the shared stage that git keeps, its generated ones aside."""
    return {_lock(blueprint.shared)} if blueprint.shared and blueprint.shared.folder else set()


def _lock(shared: SharedStage) -> str:
    return f"{shared.folder}/dvc.lock"


def run_shared(planned: Planned, runner: Runner, *, unseen: bool) -> list[StageRun]:
    """Run the stage that the model's features share with others, if there is one.

    `unseen`: what DVC does not see has changed since this model's last version, code or packages. The stage is then
    forced, once for all models; and where another model made last what lies there, maybe by other code.
    """
    ports, shared = planned.ports, planned.model.blueprint.shared
    if shared is None or not shared.folder:
        return []
    known = _digest(runner.model)
    with _ONE_BY_ONE:
        made = ports.cache.get_many(_MADE, [known]).get(known)
        force = made != _made(ports, shared) and (unseen or made == _TAINTED or not _is_own(ports, runner.model))
        # Until it is known what it was made of, nobody takes it for made.
        ports.cache.put_many(_MADE, {known: _TAINTED} if force else {})
        run = runner.run(STAGE, force=force, folder=shared.folder)
        if run.ran:
            planned.refuse_altered()
        ports.cache.put_many(_MADE, {known: _made(ports, shared)})
    return [run]


def _made(ports: Ports, shared: SharedStage) -> str:
    return blob_id(ports.files.read(_lock(shared)) or b"")


def _is_own(ports: Ports, model: DesiredModel) -> bool:
    """Whether what the stage left was committed with this model's last version."""
    shared = model.blueprint.shared
    commit = ports.git.last_commit(_lock(shared)) if shared else None
    return commit is not None and commit == ports.git.last_commit(f"{model.blueprint.folder}/version.json")


def _digest(model: DesiredModel) -> str:
    """What the shared stage depends on, for whichever model it is run."""
    return digest({name: value for name, value in model.inputs.items() if name in model.origins})


def is_awaited(blueprint: Blueprint, others: Iterable[Blueprint]) -> bool:
    """Whether another model that still trains needs the shared stage's files."""
    shared = blueprint.shared
    return shared is not None and any(other.shared and other.shared.folder == shared.folder for other in others)


def undo_shared(ports: Ports, shared: SharedStage) -> None:
    """Put the shared stage's files and outputs back to HEAD."""
    _forget(ports.files, shared)
    with suppress(MlspecError):
        ports.pipeline.checkout(f"{shared.folder}/dvc.yaml")


def _forget(files: Files, shared: SharedStage) -> None:
    """With its .gitignore gone, git would see the table."""
    if files.read(f"{shared.folder}/.gitignore") is None:
        for out in shared.outs:
            if out.startswith(f"{shared.folder}/"):
                files.remove(out)
