"""The settings that a place runs with against those that are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.domain.actual import Health, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.plan import ActionKind
from mlspec.domain.reason import Reason, ReasonKind

_OF_DEPLOY: Final = ("replicas", "port")
_NOT_IN_THE_IMAGE: Final = (*_OF_DEPLOY, "env")

Change = tuple[ActionKind, tuple[Reason, ...]]


def settings_change(blueprint: Blueprint, deployment: DesiredDeployment, running: Running) -> Change | None:
    """The right version runs: are its settings right, did nobody touch it, and is it well?"""
    place, where = running.place, blueprint.where(deployment.line)
    drift = (Reason(ReasonKind.DRIFTED, str(place), new=running.drift, where=where),) if running.drift else ()
    # Where the front is gone, nobody knows any more which settings it ran with: they have not all changed.
    changed = sorted(_changed(deployment, running)) if running.serve or not drift else []
    if changed:
        reasons = tuple(_reason(blueprint, deployment, running, name) for name in changed)
        # Scaling touches nothing of what runs, so it does not put right what somebody changed.
        kind = ActionKind.SCALE if changed == ["replicas"] and not drift else ActionKind.DEPLOY
        return kind, reasons + drift
    if drift:
        return ActionKind.RESTART, drift
    if running.health in {Health.DEGRADED, Health.MISSING}:
        return ActionKind.RESTART, (Reason(ReasonKind.NOT_HEALTHY, str(place), str(running.health), "Healthy", where),)
    return None


def _changed(deployment: DesiredDeployment, running: Running) -> Iterator[str]:
    """The names that differ; that the image is another one goes without saying where something in it is named."""
    names = {*deployment.serve, *running.serve}
    found = {name for name in names if deployment.serve.get(name) != running.serve.get(name)}
    told = any(name != "image" and _is_baked(name) for name in found)
    return (name for name in found if name != "image" or not told)


def _is_baked(name: str) -> bool:
    """Whether a setting is a part of the image."""
    return name not in _NOT_IN_THE_IMAGE and not name.startswith(("resources.", "environment."))


def _reason(blueprint: Blueprint, deployment: DesiredDeployment, running: Running, name: str) -> Reason:
    return Reason(
        ReasonKind.REPLICAS_CHANGED if name == "replicas" else ReasonKind.SERVING_CHANGED,
        _subject(deployment.environment, name),
        running.serve.get(name),
        deployment.serve.get(name),
        blueprint.where(deployment.lines.get(name, deployment.line)),
    )


def _subject(environment: str, name: str) -> str:
    """A setting by the name that people know it by: a field of a spec, or a file."""
    if name in _OF_DEPLOY:
        return f"deploy.{environment}.{name}"
    if name.startswith("environment."):
        return f"environments.{environment}.{name.removeprefix('environment.')}"
    if name.startswith("monitoring."):
        return name
    return name.removeprefix("file:") if name.startswith("file:") else f"serving.{name}"
