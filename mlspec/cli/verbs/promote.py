"""`mlspec promote`: a person lets an environment run a version."""

from __future__ import annotations

from mlspec.cli.console import console
from mlspec.cli.session import changing, gate_kinds
from mlspec.domain.actual import ModelHistory, Place
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.judge import failures, judge_again
from mlspec.planner.obstacles import off_default_branch
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import World, observe


def run(*, model: str, version: str, to: str) -> int:
    """Write the stage tag; `apply` deploys it, `apply --push` publishes it."""
    with changing("promote") as ports:
        world = observe(ports)
        _check(world, model, version, to, ports.git.identity())
        roller = Roller(ports, world, Logbook(ports, world.head.commit))
        roller.promote(model, to, version)
        already = "" if Place(to, model) in roller.stages.written else " already"
    console.out(f"{to} is{already} to run {model} {version}; mlspec apply deploys it.")
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


def _check(world: World, model: str, version: str, environment: str, who: str) -> None:
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
    _check_gates(world, model, known[version])
    places = {place.environment: place for place in world.blueprint(model).deployments}
    if environment not in places:
        raise MlspecError(f"{model} does not deploy to `{environment}`", hint=f"its spec has: {', '.join(places)}")
    _check_policy(world, model, version, places[environment], who)


def _check_gates(world: World, model: str, record: VersionRecord) -> None:
    """By the gates as they are today, as far as what was recorded can tell."""
    verdicts = judge_again(world.model(model), gate_kinds(), record) or record.verdicts
    if not all(verdict.passed for verdict in (*verdicts, *record.verdicts)):
        raise MlspecError(f"{model} {record.version} did not pass its gates: {failures(verdicts)}")


def _check_policy(world: World, model: str, version: str, place: DesiredDeployment, who: str) -> None:
    """MlspecError where a tag of this person would count for nothing, or where it has to run elsewhere first."""
    if place.approvers and who.lower() not in place.approvers:
        hint = f"it has to be {' or '.join(place.approvers)}"
        raise MlspecError(f"{who or 'nobody known to git'} may not let versions into {place.environment}", hint=hint)
    source = Place(place.source, model)
    last = world.actual.rollouts.get(source)
    ran = (*world.actual.memory(source).ran, last.version if last and last.outcome == "deployed" else "")
    if place.source and version not in ran:
        hint = f"mlspec promote {model} {version} --to {place.source}"
        raise MlspecError(f"{version} has to run in {place.source} first: it never did", hint=hint)
