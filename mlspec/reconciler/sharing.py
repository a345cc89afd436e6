"""Features that several models share: run once for all of them, committed with the first, undone with the last."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock
from typing import Final

from mlspec.domain.desired import Blueprint, DesiredModel, SharedStage
from mlspec.domain.digest import digest
from mlspec.domain.shared import STAGE
from mlspec.errors import MlspecError
from mlspec.ports.files import Files
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.runner import Runner

_ONE_BY_ONE: Final = Lock()
"""Models that train at a time ask for the same stage: the first runs it, the others find it done."""
_LAST: Final = "shared-features"


def shared_paths(blueprint: Blueprint) -> set[str]:
    """The files of the shared stage that git keeps, its generated ones aside."""
    return {f"{blueprint.shared.folder}/dvc.lock"} if blueprint.shared and blueprint.shared.folder else set()


def run_shared(ports: Ports, runner: Runner, *, unseen: bool) -> list[StageRun]:
    """Run the stage that the model's features share with others, if there is one.

    `unseen`: what DVC does not see may have changed, code or packages; the stage is then forced, once for all models.
    """
    shared = runner.model.blueprint.shared
    if shared is None or not shared.folder:
        return []
    known = _digest(runner.model)
    with _ONE_BY_ONE:
        force = unseen and known not in ports.cache.get_many(_LAST, [known])
        run = runner.run(STAGE, force=force, folder=shared.folder)
        ports.cache.put_many(_LAST, {known: True})
    return [run]


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
