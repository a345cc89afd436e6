"""What has to be true before anything is done: committed inputs, a branch to commit to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import DesiredModel
from mlspec.domain.plan import ActionKind, Plan
from mlspec.errors import MlspecError
from mlspec.planner.sources import users_of
from mlspec.reconciler.bundle import PROJECT
from mlspec.reconciler.world import World

COMMITTING: Final = frozenset({ActionKind.REFRESH, ActionKind.COMPILE, ActionKind.TRAIN, ActionKind.REGISTER})


def refuse_unsafe(plan: Plan, world: World) -> None:
    """MlspecError when the plan's actions need commits of what is not committed, or a branch that is not there."""
    if not plan.actions:
        return
    inputs = uncommitted(world, touched(world, plan))
    if inputs:
        raise MlspecError(
            "there are uncommitted changes in what would be applied",
            hint="git commit them, or git stash; mlspec plan shows what they would do",
            details=tuple(inputs),
        )
    if world.head.branch is None and commits(plan):
        hint = f"git switch {world.head.default_branch or 'main'}"
        raise MlspecError("HEAD is detached, so there is no branch to commit to", hint=hint)


def touched(world: World, plan: Plan) -> list[DesiredModel]:
    """The models that a plan acts on, those among them whose data it refreshes."""
    names = {action.model for action in plan.actions}
    names |= {name for action in plan.actions if action.source for name in users_of(world.desired, action.source)}
    return [model for model in world.desired.models if model.name in names]


def commits(plan: Plan) -> bool:
    """Whether the plan's actions make commits on the branch."""
    return any(action.action in COMMITTING for action in plan.actions)


def uncommitted(world: World, models: Iterable[DesiredModel]) -> list[str]:
    """The dirty paths among the inputs of some models."""
    return inputs_among(world.dirty, models)


def inputs_among(paths: Iterable[str], models: Iterable[DesiredModel]) -> list[str]:
    """The inputs of some models among paths: specs, data and its pointers, code, locks, images' contents."""
    inputs = {PROJECT}
    folders: list[str] = []
    for model in models:
        inputs |= {*model.blueprint.documents, *model.sources, *(f"{name}.dvc" for name in model.sources)}
        refs = (*model.blueprint.files, *model.blueprint.content)
        inputs |= {ref.path for ref in refs}
        folders += [f"{ref.path.rstrip('/')}/" for ref in refs]
    # A file that is deleted from a folder is no source any more: it is known by its folder.
    return sorted(path for path in paths if path in inputs or path.startswith(tuple(folders)))
