"""What live traffic says: servers are asked for their counts, and these compared with the training data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mlspec.domain.actual import Place, Running, Unseen
from mlspec.domain.desired import Blueprint
from mlspec.domain.drift import PROFILE, DriftReport
from mlspec.domain.traffic import Traffic
from mlspec.errors import MlspecError
from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.registry import discover
from mlspec.planner.drift import findings
from mlspec.reconciler.labelling import labelled
from mlspec.reconciler.ports import Ports

PATIENCE: Final = 10.0
"""Seconds that a server may take, where its answer is what was asked for."""
BRIEF: Final = 2.0
"""The same, where it is told beside other things."""
_AT_ONCE: Final = 16

Seen = Mapping[Place, Running | Unseen]


def watched(ports: Ports, blueprints: Iterable[Blueprint], seen: Seen, patience: float) -> dict[Place, DriftReport]:
    """The reports of all places where something monitored is deployed, or should be; asked all together."""
    asked = {
        Place(deployment.environment, blueprint.name): blueprint
        for blueprint in blueprints
        if blueprint.monitoring is not None
        for deployment in blueprint.deployments
    }
    if not asked:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(asked)), "drift") as pool:
        pairs = ((place, pool.submit(report, ports, item, seen.get(place), patience)) for place, item in asked.items())
        return {place: future.result() for place, future in list(pairs)}


def decisive(ports: Ports, blueprints: Iterable[Blueprint], seen: Seen) -> dict[Place, DriftReport]:
    """The reports that a plan has to know: only where what is found trains the model again."""
    wanted = [item for item in blueprints if item.monitoring is not None and item.monitoring.decisive]
    return watched(ports, wanted, seen, BRIEF)


def report(ports: Ports, blueprint: Blueprint, running: Running | Unseen | None, patience: float) -> DriftReport:
    """One place; that nothing can be said of it is a report, too."""
    if running is None:
        return DriftReport("", unknown="nothing runs there")
    if isinstance(running, Unseen):
        return DriftReport("", unknown=running.detail or f"what runs there cannot be seen from here: {running.reason}")
    if PROFILE not in running.serve:
        return DriftReport(running.version, unknown="it was deployed without a profile; mlspec apply brings it")
    try:
        traffic = ports.telemetry.traffic(running, patience)
    except MlspecError as error:
        return DriftReport(running.version, unknown=str(error))
    found = findings(blueprint, traffic, discover("mlspec.kinds.drift", MeasureKind))
    late = labelled(ports, blueprint, running, patience)
    warnings = (*_warnings(traffic), *late.warnings)
    return DriftReport(traffic.version, traffic.rows, found, late.findings, warnings=warnings)


def _warnings(traffic: Traffic) -> Iterable[str]:
    if traffic.silent:
        yield f"{traffic.silent} replica{'' if traffic.silent == 1 else 's'} did not answer, so their rows are missing"
    if traffic.dropped:
        yield f"{traffic.dropped} rows came faster than they could be counted, and were not"
