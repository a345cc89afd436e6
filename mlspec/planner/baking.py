"""A new version while it is watched: whether it keeps what is promised of it."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.domain.actual import Actual, Health, Place, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.service import Bake, CanaryPolicy, Service
from mlspec.domain.words import minute


def baking_until(place: Place, deployment: DesiredDeployment, actual: Actual) -> float:
    """Until when what runs there is watched, in seconds since the epoch; 0 where it is not, or not any more.

    A version that was gone back to is not: it ran well before, and two that go back to each other would never rest.
    """
    bake, last, seen = deployment.bake, actual.rollouts.get(place), actual.running.get(place)
    if bake is None or last is None or last.outcome != "deployed":
        return 0.0
    if isinstance(seen, Running) and seen.version != last.version:
        return 0.0
    if any(entry.to == last.version for entry in actual.memory(place).rolled_back.values()):
        return 0.0
    until = (last.since or last.time) + bake.seconds
    return until if actual.now < until else 0.0


def breach(blueprint: Blueprint, deployment: DesiredDeployment, actual: Actual) -> tuple[str, str]:
    """What a version that is watched does not keep, with figures, and the line that promises it; empty: nothing."""
    place = Place(deployment.environment, blueprint.name)
    seen = actual.running.get(place)
    if deployment.bake is None or not isinstance(seen, Running) or not baking_until(place, deployment, actual):
        return "", ""
    found = next(_breaches(deployment.bake, seen, actual.services.get(place)), None)
    return (found[0], blueprint.where(found[1])) if found else ("", "")


def _breaches(bake: Bake, seen: Running, service: Service | None) -> Iterator[tuple[str, int]]:
    if seen.health in {Health.DEGRADED, Health.MISSING}:
        yield f"{seen.version} is not well: {seen.reason or seen.health}", bake.lines["for"]
    yield from service_breaches(bake, service)


def service_breaches(bake: Bake | CanaryPolicy, service: Service | None) -> Iterator[tuple[str, int]]:
    """What a version's counts do not keep, with figures and the line; below the fewest requests nothing is said."""
    if service is None or service.unknown or service.requests < bake.requests:
        return
    share = service.errors / service.requests if service.requests else 0.0
    if bake.errors is not None and share > bake.errors:
        figures = f"{service.errors} of {service.requests} answers of {service.version} failed ({share:.1%})"
        yield f"{figures}, {bake.errors:.1%} are allowed", bake.lines["max_error_rate"]
    if bake.p95 is not None and service.p95 is not None and service.p95 > bake.p95:
        figures = f"the 95th percentile of {service.version} is {_ms(service.p95)} over {service.requests} requests"
        yield f"{figures}, {_ms(bake.p95)} are allowed", bake.lines["max_latency_p95"]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def words(place: Place, deployment: DesiredDeployment, actual: Actual) -> str:
    """That it is watched, for people; empty where it is not."""
    until = baking_until(place, deployment, actual)
    if not until:
        return ""
    when = minute(until)
    service = actual.services.get(place)
    if service is None or service.unknown:
        return f"Baking: watched until {when}"
    return f"Baking: watched until {when}; {service.errors} of {service.requests} answers failed so far"
