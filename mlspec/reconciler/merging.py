"""A person's push while we trained: whether what was made may be merged with it, or has to be planned again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mlspec.errors import BranchMoved, MlspecError
from mlspec.ports.git import Divergence
from mlspec.reconciler.guard import Guard, Say
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.refreshing import owned
from mlspec.reconciler.safety import inputs_among
from mlspec.reconciler.world import World

_OURS: Final = "mlspec: "
"""How the message begins of what mlspec commits."""
_MERGES: Final = 3
"""Pushes of others that one push of ours comes after, at most"""


def publish(guard: Guard, world: World, branch: str, models: Collection[str], say: Say) -> None:
    """Push everything. What somebody else pushed to the branch meanwhile is merged, if it changes nothing of the plan.

    `models` are those that the plan is about. MlspecError where they have to be planned again.
    """
    tip = ""
    for _ in range(_MERGES):
        try:
            return guard.push(branch, tip)
        except BranchMoved as moved:
            tip = _merged(guard.ports, world, branch, models, moved)
            say(f"{branch} moved on origin meanwhile, and was merged there: `git pull` brings it here")
    return guard.push(branch, tip)


def _merged(ports: Ports, world: World, branch: str, models: Collection[str], moved: BranchMoved) -> str:
    """A commit for origin's branch that has both.

    Our own branch stays where it is: it leads to the new commit, so that the next `git pull` is a fast-forward. And
    our commit stays what it is, as versions' tags name it; nothing is rebased, and nothing is forced.
    """
    if why := obstacle(world, ports.git.divergence(branch), models):
        raise MlspecError(moved.message, hint=moved.hint, details=(*moved.details, why))
    return ports.writer.merge(branch)


def obstacle(world: World, found: Divergence, models: Collection[str]) -> str:
    """What speaks against a merge, in words; empty where nothing does."""
    folder = f"{world.bundle.project.models}/"
    own = [subject for subject in found.subjects if not subject.startswith(_OURS)]
    if own:
        return f"the branch here has commits of yours that origin lacks: {own[0]}"
    known = {*world.bundle.project.generated, *(path for source in world.desired.sources for path in owned(source))}
    # What lies above the project mlspec wrote for another one, which looks to it before its own push.
    foreign = sorted(path for path in found.ours if not path.startswith((folder, "../")) and path not in known)
    if foreign:
        return f"commits here change `{foreign[0]}`, which mlspec does not write in this project"
    changed = inputs_among(found.theirs, (model for model in world.desired.models if model.name in models))
    return f"origin's commits change `{changed[0]}`, which was applied as it is here" if changed else ""
