"""What runs although no spec asks for it any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlspec.domain.actual import Actual, Health, Place, Running
from mlspec.domain.desired import Desired
from mlspec.domain.plan import Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.errors import MlspecError
from mlspec.planner.obstacles import held_at, off_default_branch


@dataclass(frozen=True, slots=True)
class Successor:
    """A model's new name, the action that makes it run under that (empty where none does), whether it runs so already,
    and the line of the name."""

    name: str
    action: str
    runs: bool
    where: str


def removed(
    desired: Desired, actual: Actual, environment: str, prune: int, successors: Mapping[Place, Successor]
) -> Iterator[Action | Held]:
    """Each such place: retired where that was asked for, else said with the command that ends it. Versions stay.

    `successors`: the places of old names of models that have new ones; these need nobody's consent.

    MlspecError where it would be more places than was agreed to: so many specs are seldom removed on purpose.
    """
    gone = list(unwanted(desired, actual, environment))
    found = [running for running in gone if running.place not in successors]
    yield from (
        _replaced(running, successors[running.place], actual) for running in gone if running.place in successors
    )
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


def successors(desired: Desired, actual: Actual, steps: Iterable[Action | Held]) -> dict[Place, Successor]:
    """The places of old names whose models belong there under their new ones: those run already, or will one day.

    A new name that is suspended or held for now does not make the only server one that nobody asks for.
    """
    starts = [step for step in steps if isinstance(step, Action) and _starts(step)]
    deploys = {Place(step.environment, step.model): step.id for step in starts}
    found: dict[Place, Successor] = {}
    for model in desired.models:
        for deployment in model.blueprint.deployments if model.blueprint.was else ():
            new = Place(deployment.environment, model.name)
            running = actual.running.get(new)
            where = model.blueprint.where(model.blueprint.line)
            old = Place(deployment.environment, model.blueprint.was)
            healthy = isinstance(running, Running) and running.health is Health.HEALTHY
            found[old] = Successor(model.name, deploys.get(new, ""), healthy, where)
    return found


def _starts(step: Action) -> bool:
    return step.action in {ActionKind.DEPLOY, ActionKind.RESTART}


def _replaced(running: Running, by: Successor, actual: Actual) -> Action | Held:
    """What runs under the old name ends once the new one serves; until then callers have the old one."""
    place = running.place
    if moved := off_default_branch(actual):
        return held_at(place, HeldReason.NOT_DEFAULT_BRANCH, moved)
    if _suspended(actual, by.name) or not (by.action or by.runs):
        message = f"{running.version} runs on under its old name, for {by.name} does not serve yet ({by.where})"
        return held_at(place, HeldReason.WAITING_FOR_ENVIRONMENT, message)
    reason = Reason(ReasonKind.RENAMED, "name", place.model, by.name, by.where)
    depends = (by.action,) if by.action else ()
    return Action(ActionKind.RETIRE, place.model, place.environment, running.version, (reason,), depends)


def unwanted(desired: Desired, actual: Actual, environment: str = "") -> Iterator[Running]:
    """What runs in an environment (or in any) and no spec asks for."""
    wanted = {(place.environment, model.name) for model in desired.models for place in model.blueprint.deployments}
    for place, running in sorted(actual.running.items()):
        selected = environment in {"", place.environment}
        if selected and isinstance(running, Running) and (place.environment, place.model) not in wanted:
            yield running


def _suspended(actual: Actual, model: str) -> bool:
    return model in actual.models and bool(actual.models[model].suspended)
