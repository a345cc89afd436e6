"""`mlspec suspend` and `mlspec resume`: a model is left alone until somebody lets it go on."""

from __future__ import annotations

from mlspec.cli.console import console
from mlspec.cli.session import changing
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import ModelHistory
from mlspec.domain.words import minute
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.plan import Selection
from mlspec.reconciler.guard import Guard
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.renaming import suspended_names
from mlspec.reconciler.world import World, observe


def run(*, model: str, why: str, push: bool, resume: bool) -> int:
    """Write it down in the project's chain; nothing that runs is touched."""
    with changing("resume" if resume else "suspend") as ports:
        if push:
            ports.writer.fetch()
        world = observe(ports)
        Selection((model,)).check(world.desired)
        known = world.actual.models.get(model, ModelHistory()).suspended
        if bool(known) is not resume:
            console.out(f"{model} is {f'suspended already: {known}' if known else 'not suspended'}.")
            return EXIT_DONE
        log = Logbook(ports, world.head.commit)
        for name in suspended_names(world.blueprint(model), world.actual.models) if resume else [model]:
            log.suspended(name, "" if resume else _words(ports, why))
        console.out(f"{model} goes on." if resume else f"{model} is suspended: nothing is done to it until it resumes.")
        _publish(ports, world, push=push)
    return EXIT_DONE


def _words(ports: RealPorts, why: str) -> str:
    when = minute(ports.clock.now())
    return f"suspended by {ports.git.identity() or ports.host} on {when}{f': {why}' if why else ''}"


def _publish(ports: RealPorts, world: World, *, push: bool) -> None:
    """Others learn of it by origin alone."""
    if not world.head.has_remote:
        if push:
            raise MlspecError(
                "there is no remote to push to", hint="git remote add origin ADDRESS, or leave out --push"
            )
        return
    if not push:
        console.say("Other clones learn of it with --push, or with the next mlspec apply --push here.")
    elif world.head.branch is None:
        raise MlspecError("HEAD is detached, so there is no branch to push", hint="git switch main")
    else:
        Guard(ports, world.head.commit, shared=True).push(world.head.branch)
