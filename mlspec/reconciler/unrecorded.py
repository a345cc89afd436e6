"""What runs as it should although no chain says so: its run died between the deployment and the record of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mlspec.domain.actual import Health, ModelHistory, Place, Rollout, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.plan import Action, ActionKind, Plan
from mlspec.domain.version import Version
from mlspec.planner.profiles import served_version, told
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World


def record_running(ports: Ports, world: World, log: Logbook, plan: Plan, held: Collection[str]) -> None:
    """Write the records that a death kept from being written, but for places that the plan changes.

    Only in environments whose lease is held: their chains are others' too.
    """
    busy = {(action.environment, action.model) for action in plan.actions}
    for seen in unrecorded(world):
        place = seen.place
        if place.environment not in held or (place.environment, place.model) in busy:
            continue
        last = Rollout(
            version=seen.version,
            artefact=seen.artefact,
            serve=seen.serve,
            outcome="deployed",
            host=ports.host,
            endpoint=seen.endpoint,
            revision=seen.revision,
            fence=seen.fence,
            time=ports.clock.now(),
            detail="it ran already and was not recorded",
        )
        log.rolled_out(place, Action(ActionKind.DEPLOY, place.model, place.environment, seen.version), last)


def unrecorded(world: World) -> Iterator[Running]:
    """What is well, is what the specs want and the stages name, and is not what the chains have last."""
    for model in world.desired.models:
        for deployment in model.blueprint.deployments:
            seen = world.actual.running.get(Place(deployment.environment, model.name))
            if isinstance(seen, Running) and _wanted(world, model.blueprint, deployment, seen):
                last = world.actual.rollouts.get(seen.place)
                if last is None or not _same(last, seen):
                    yield seen


def _same(last: Rollout, seen: Running) -> bool:
    return last.outcome == "deployed" and last.version == seen.version and dict(last.serve) == dict(seen.serve)


def _wanted(world: World, blueprint: Blueprint, deployment: DesiredDeployment, seen: Running) -> bool:
    history = world.actual.models.get(blueprint.name, ModelHistory())
    stage = str(history.stages.get(deployment.environment, ""))
    record = history.versions.get(Version.parse(stage)) if stage else None
    if record is not None and blueprint.monitoring is not None:
        deployment = told(deployment, served_version(blueprint, record, history))
    same = seen.version == stage and dict(seen.serve) == dict(deployment.serve)
    return same and seen.health is Health.HEALTHY
