"""`mlspec status`: desired against actual."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mlspec.cli.console import console
from mlspec.cli.session import Look, know_chains, look
from mlspec.cli.show import reason_text
from mlspec.cli.watch import loop_here
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Place
from mlspec.domain.drift import DriftReport
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.reason import HeldReason
from mlspec.domain.status import ModelStatus
from mlspec.errors import EXIT_DONE
from mlspec.planner.status import statuses
from mlspec.reconciler.past import statuses_at
from mlspec.reconciler.watching import BRIEF, watched

_COLOURS = {
    "Synced": "green",
    "OutOfSync": "yellow",
    "Unknown": "dim",
    "Healthy": "green",
    "Progressing": "yellow",
    "Degraded": "red",
    "Missing": "red",
}
_LAST = frozenset({ActionKind.COMPILE, ActionKind.BUILD, ActionKind.REPLAY})
"""Told only where nothing else is: they follow from what else is to be done."""
_COLUMNS = ("MODEL", "ENVIRONMENT", "DESIRED", "ACTUAL", "SYNC", "HEALTH", "ENDPOINT")


def run(*, models: Sequence[str], as_json: bool, at: str, offline: bool) -> int:
    """Print the status, now or as recorded at a revision."""
    ports = RealPorts(Path.cwd())
    left: list[str] = []
    why: Mapping[tuple[str, str], str] = {}
    know_chains(ports)
    if at:
        revision, found = statuses_at(ports, at, models)
    else:
        seen = look(ports, models, "", offline=offline)
        revision = seen.world.head.commit
        actual = replace(seen.world.actual, drift=traffic(seen, models))
        found = statuses(seen.world.desired, actual, seen.plan, models)
        left, why = [*drifting(actual.drift), *unwanted(seen.plan), *sources(seen.plan)], planned(seen.plan)
    loop = None if at else loop_here(ports.root)
    if as_json:
        document: dict[str, Any] = {"format": 1, "revision": revision, "models": [asdict(model) for model in found]}
        document |= {"watch": loop} if loop else {}
        console.out(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        console.out("\n".join([*_table(found, why, left), *(_loop(loop) if loop else ())]))
    return EXIT_DONE


def traffic(seen: Look, models: Sequence[str]) -> dict[Place, DriftReport]:
    """What live traffic says of the models, as far as servers answer at once; nothing else is asked for it."""
    blueprints = [item for item in seen.world.bundle.blueprints if not models or item.name in models]
    return watched(seen.ports, blueprints, seen.world.actual.running, BRIEF)


def drifting(reports: Mapping[Place, DriftReport]) -> list[str]:
    """What drifts, in words."""
    found = ((place, [*report.drifted, *report.degraded]) for place, report in reports.items())
    return [f"{place}: drift in {', '.join(names)}; mlspec drift says more" for place, names in found if names]


def _loop(found: Mapping[str, Any]) -> list[str]:
    """How the loop is doing that runs in this clone."""
    condition = found["condition"]
    words = f": {condition['message']}" if condition["message"] else ""
    attempted, applied = str(found["lastAttemptedRevision"])[:8], str(found["lastAppliedRevision"])[:8] or "none"
    head = f"loop (pid {found['pid']}, every {found['every']:g} s): {condition['type']}, {condition['reason']}{words}"
    return ["", head, f"attempted last: {attempted}; applied last: {applied}"]


def planned(plan: Plan) -> dict[tuple[str, str], str]:
    """(model, environment) → why it is not as wanted, in the plan's words."""
    held = {(held.model, held.environment) for held in plan.held}
    told: dict[tuple[str, str], str] = {}
    for action in sorted(plan.actions, key=lambda action: action.action in _LAST):
        place = action.model, action.environment
        if action.because and place not in held:
            told.setdefault(place, f"{action.action}: {reason_text(action.because[0])}")
    return told


def unwanted(plan: Plan) -> list[str]:
    """What runs although no spec asks for it: it has no row, and must not be overlooked."""
    removed = [held for held in plan.held if held.reason is HeldReason.SPEC_REMOVED]
    return [f"{held.model} → {held.environment}: {held.message}" for held in removed]


def sources(plan: Plan) -> list[str]:
    """Sources that are to be refreshed, or that say nothing: they belong to several models, and have no row."""
    due = [item for item in plan.actions if item.action is ActionKind.REFRESH]
    lines = [f"source {item.source}: refresh: {reason_text(item.because[0])}" for item in due]
    return lines + [f"source {held.source}: {held.reason}: {held.message}" for held in plan.held if held.source]


def _table(models: Sequence[ModelStatus], why: Mapping[tuple[str, str], str], left: Sequence[str]) -> list[str]:
    rows = [row for model in models for row in _rows(model)]
    widths = [max(len(row[column]) for row in [_COLUMNS, *rows]) for column in range(len(_COLUMNS))]
    lines = [console.style(_line(_COLUMNS, widths), "bold")]
    lines += [_line(row, widths, colour=True) for row in rows]
    reasons = [
        f"{model.name}{' → ' + place if place else ''}: {why.get((model.name, place), reason)}"
        for model in models
        for place, reason in [("", model.reason), *((place.name, place.reason) for place in model.environments)]
        if reason
    ]
    reasons += [*leaks(models), *left]
    return lines + ([""] if reasons else []) + reasons


def leaks(models: Sequence[ModelStatus]) -> list[str]:
    """Versions whose metrics may be too good to be true."""
    found = ((item, ", ".join(f"{name} {count}" for name, count in item.leakage.items())) for item in models)
    return [
        f"{item.name}: leakage in {item.version}, so that metrics may flatter: {words}"
        for item, words in found
        if words
    ]


def _rows(model: ModelStatus) -> list[tuple[str, ...]]:
    if not model.environments:
        return [(model.name, "-", "-", model.version or "-", "-", "-", "")]
    return [
        (
            model.name,
            place.name,
            place.desired or "-",
            place.actual or "-",
            place.sync,
            place.health,
            place.endpoint,
        )
        for place in model.environments
    ]


def _line(row: Sequence[str], widths: Sequence[int], *, colour: bool = False) -> str:
    cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
    styled = (
        console.style(cell, _COLOURS[cell.strip()]) if colour and cell.strip() in _COLOURS else cell for cell in cells
    )
    return "  ".join(styled).rstrip()
