"""`mlspec promote`: a person lets an environment run a version."""

from __future__ import annotations

from mlspec.cli.console import console
from mlspec.cli.session import changing
from mlspec.domain.actual import ModelHistory
from mlspec.domain.version import Version
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.obstacles import off_default_branch
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import World, observe


def run(*, model: str, version: str, to: str) -> int:
    """Write the stage tag; `apply` deploys it, `apply --push` publishes it."""
    with changing("promote") as ports:
        world = observe(ports)
        _check(world, model, version, to)
        Roller(ports, world, Logbook(ports, world.head.commit)).promote(model, to, version)
    console.out(f"{to} is to run {model} {version}; mlspec apply deploys it.")
    if _moves_on(world, model, version, to):
        console.say(
            f"warning: {to} has `promote: auto`, so apply promotes the newest version that the spec asks for again; "
            f"with `promote: manual` it stays at {version}"
        )
    return EXIT_DONE


def _moves_on(world: World, model: str, version: str, environment: str) -> bool:
    """Whether the environment's own policy will not leave it at an older version."""
    places = world.blueprint(model).deployments
    auto = any(place.environment == environment and place.promote == "auto" for place in places)
    return auto and Version.parse(version) != max(world.actual.models[model].versions)


def _check(world: World, model: str, version: str, environment: str) -> None:
    """MlspecError where the promotion would name what does not exist, or what did not pass its gates."""
    if moved := off_default_branch(world.actual):
        raise MlspecError(moved)
    history = world.actual.models.get(model, ModelHistory())
    known = {str(number): record for number, record in history.versions.items()}
    names = ", ".join(sorted(known)) or "none yet"
    try:
        Version.parse(version)
    except ValueError as error:
        raise MlspecError(f"`{version}` is no version", hint=f"{model} has: {names}") from error
    if version not in known:
        raise MlspecError(f"{model} has no registered version {version}", hint=f"there are: {names}")
    if not all(verdict.passed for verdict in known[version].verdicts):
        raise MlspecError(f"{model} {version} did not pass its gates")
    places = [place.environment for item in world.bundle.blueprints if item.name == model for place in item.deployments]
    if environment not in places:
        raise MlspecError(f"{model} does not deploy to `{environment}`", hint=f"its spec has: {', '.join(places)}")
