"""`mlspec retire`: stop what runs; versions stay."""

from __future__ import annotations

from mlspec.cli.applying import refuse_branch_behind
from mlspec.cli.console import console
from mlspec.cli.session import changing, confirm
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Place, Running
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.reconciler.guard import Guard, is_shared
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import World, observe


def run(*, env: str, model: str, yes: bool) -> int:
    """Stop one model or all in an environment, after asking."""
    with changing("retire") as ports:
        world = observe(ports)
        places = _places(world, env, model)
        if not places and env not in world.bundle.project.sites:
            known = ", ".join(world.bundle.project.sites)
            raise MlspecError(f"the project has no environment `{env}`", hint=f"there are: {known}")
        if not places:
            console.out(f"Nothing runs in {env}." if not model else f"{model} does not run in {env}.")
            return EXIT_DONE
        names = ", ".join(place.model for place in places)
        if not confirm(f"Stop {names} in {env}? Versions stay.", yes=yes):
            console.say("nothing was done")
            return EXIT_DONE
        _retire(ports, world, places)
        if any(wanted.environment == env for item in world.bundle.blueprints for wanted in item.deployments):
            console.say("What a spec still deploys there comes back with the next apply.")
    return EXIT_DONE


def _places(world: World, environment: str, model: str) -> list[Place]:
    """What runs there, and what is promoted there without running."""
    running = {place for place, seen in world.actual.running.items() if isinstance(seen, Running)}
    staged = {Place(name, item) for item, history in world.actual.models.items() for name in history.stages}
    found = (place for place in running | staged if place.environment == environment)
    return sorted(place for place in found if model in {"", place.model})


def _retire(ports: RealPorts, world: World, places: list[Place]) -> None:
    """Under the environment's lease; where others reach it, they learn of it."""
    environments = {place.environment for place in places}
    branch, shared = world.head.branch, world.head.has_remote and is_shared(ports, world, environments)
    guard = Guard(ports, world.head.commit, shared=shared)
    if shared:
        ports.writer.fetch()
    if shared and branch:
        refuse_branch_behind(ports, branch)
    with guard.holding(world, environments, console.say):
        roller = Roller(ports, observe(ports) if shared else world, Logbook(ports, world.head.commit), held=guard.held)
        for place in places:
            because = Reason(ReasonKind.REQUESTED, str(place))
            roller.retire(Action(ActionKind.RETIRE, place.model, place.environment, because=(because,)))
            console.out(f"retired {place}")
        if shared and branch:
            guard.push(branch)
