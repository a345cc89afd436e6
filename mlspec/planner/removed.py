"""What runs although no spec asks for it any more."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.domain.actual import Actual, Running
from mlspec.domain.desired import Desired
from mlspec.domain.plan import Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.errors import MlspecError
from mlspec.planner.obstacles import held_at, off_default_branch


def removed(desired: Desired, actual: Actual, environment: str, prune: int) -> Iterator[Action | Held]:
    """Each such place: retired where that was asked for, else said with the command that ends it. Versions stay.

    MlspecError where it would be more places than was agreed to: so many specs are seldom removed on purpose.
    """
    found = list(unwanted(desired, actual, environment))
    if prune and len(found) > prune:
        names = tuple(str(running.place) for running in found)
        hint = f"--prune {len(found)}, if that is meant"
        raise MlspecError(f"{len(found)} places would be retired, and {prune} at most may be", hint=hint, details=names)
    for running in found:
        place, moved = running.place, off_default_branch(actual)
        hint = f"mlspec retire --env {place.environment} {place.model}"
        if prune and not moved and not _suspended(actual, place.model):
            reason = Reason(ReasonKind.SPEC_REMOVED, str(place), running.version, where="specs")
            yield Action(ActionKind.RETIRE, place.model, place.environment, running.version, (reason,))
        else:
            message = f"{running.version} still runs, though no spec asks for it: {hint}"
            yield held_at(place, HeldReason.SPEC_REMOVED, message)


def unwanted(desired: Desired, actual: Actual, environment: str = "") -> Iterator[Running]:
    """What runs in an environment (or in any) and no spec asks for."""
    wanted = {(place.environment, model.name) for model in desired.models for place in model.blueprint.deployments}
    for place, running in sorted(actual.running.items()):
        selected = environment in {"", place.environment}
        if selected and isinstance(running, Running) and (place.environment, place.model) not in wanted:
            yield running


def _suspended(actual: Actual, model: str) -> bool:
    return model in actual.models and bool(actual.models[model].suspended)
