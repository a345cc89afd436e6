"""Desired × Actual × Plan → status: what the plan would change is out of sync, what it can't see is unknown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mlspec.domain.actual import Actual, Health, ModelHistory, Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, Desired, DesiredDeployment
from mlspec.domain.drift import DriftReport
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.status import ModelStatus, PlaceStatus, Sync
from mlspec.planner.baking import words
from mlspec.planner.versions import latest

_ON_THE_WAY: Final = frozenset({ActionKind.BUILD, ActionKind.REPLAY})
"""They say only what they are for: why that is deployed comes first"""


def statuses(desired: Desired, actual: Actual, plan: Plan, names: Collection[str] = ()) -> tuple[ModelStatus, ...]:
    """Every model's status (or only those named), in the order of the specs."""
    return tuple(_model(model.blueprint, actual, plan) for model in desired.models if not names or model.name in names)


def recorded(blueprint: Blueprint, rollouts: dict[str, Rollout]) -> ModelStatus:
    """A model as the chains remember it (environment → last rollout): nothing is asked, health is as recorded."""
    places = tuple(
        PlaceStatus(
            name=deployment.environment,
            target=deployment.target,
            desired=last.version if last else "",
            actual=last.version if last and last.outcome == "deployed" else "",
            sync=Sync.SYNCED if last and last.outcome == "deployed" else Sync.UNKNOWN,
            health=Health.HEALTHY if last and last.outcome == "deployed" else Health.MISSING,
            endpoint=last.endpoint if last else "",
            reason=f"as recorded: {last.outcome}" if last else "as recorded: never deployed",
        )
        for deployment in blueprint.deployments
        for last in [rollouts.get(deployment.environment)]
    )
    return ModelStatus(blueprint.name, max((place.actual for place in places), default=""), places)


def _model(blueprint: Blueprint, actual: Actual, plan: Plan) -> ModelStatus:
    history = actual.models.get(blueprint.name, ModelHistory())
    newest = latest(history)
    places = tuple(_place(blueprint, deployment, history, actual, plan) for deployment in blueprint.deployments)
    reason, version = _reason(plan, blueprint.name, ""), newest.version if newest else ""
    return ModelStatus(blueprint.name, version, places, reason, newest.leaks if newest else {})


def _place(
    blueprint: Blueprint, deployment: DesiredDeployment, history: ModelHistory, actual: Actual, plan: Plan
) -> PlaceStatus:
    environment = deployment.environment
    seen = actual.running.get(Place(environment, blueprint.name))
    planned = [
        action for action in plan.actions if action.model == blueprint.name and action.environment == environment
    ]
    wanted = planned[-1].version if planned else str(history.stages.get(environment, ""))
    return PlaceStatus(
        name=environment,
        target=deployment.target,
        desired=wanted,
        actual=seen.version if isinstance(seen, Running) else "",
        sync=_sync(seen, changed=bool(planned)),
        health=_health(seen),
        endpoint=seen.endpoint if isinstance(seen, Running) else "",
        reason=_reason(plan, blueprint.name, environment)
        or words(Place(environment, blueprint.name), deployment, actual)
        or _seen_reason(seen),
        drift=_drift(actual.drift.get(Place(environment, blueprint.name))),
    )


def _drift(report: DriftReport | None) -> str:
    return report.word if report is not None else ""


def _sync(seen: Running | Unseen | None, *, changed: bool) -> Sync:
    if isinstance(seen, Unseen):
        return Sync.UNKNOWN
    return Sync.OUT_OF_SYNC if changed or seen is None else Sync.SYNCED


def _health(seen: Running | Unseen | None) -> Health:
    if isinstance(seen, Unseen):
        return Health.UNKNOWN
    return Health.MISSING if seen is None else seen.health


def _seen_reason(seen: Running | Unseen | None) -> str:
    if isinstance(seen, Unseen) and seen.detail:
        return f"{seen.reason}: {seen.detail}"
    return seen.reason if seen is not None else ""


def _reason(plan: Plan, model: str, environment: str) -> str:
    """The first word on why a place, or the model itself, is not as wanted."""
    for held in plan.held:
        if (held.model, held.environment) == (model, environment):
            return f"{held.reason}: {held.message}"
    for action in sorted(plan.actions, key=lambda action: action.action in _ON_THE_WAY):
        if (action.model, action.environment) == (model, environment) and action.because:
            first = action.because[0]
            return f"{action.action}: {first.kind} {first.subject}"
    return ""
