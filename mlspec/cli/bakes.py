"""`--wait`: to stay until new versions are watched no more, and to go back where one does not keep its word."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from mlspec.cli.applying import Options, show
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.session import Look, changing, look_for
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Place, Running
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import HeldReason
from mlspec.errors import EXIT_DONE, EXIT_ERROR, LockHeld
from mlspec.planner.baking import baking_until
from mlspec.planner.canaries import canary_until
from mlspec.planner.plan import Selection

_LONGEST: Final = 10.0
"""Seconds between two looks at most"""
_SOON: Final = 0.1
"""Seconds until the next look where something has just begun"""


def wait_for_bakes(selection: Selection, options: Options) -> int:
    """The exit code: 1 where something was rolled back, or had nothing to go back to. Others may work here between."""
    clock, said = RealPorts(Path.cwd()).clock, False
    while (left := _judged(selection, options)) > 0:
        if not said:
            console.say(f"watching what is new for {left:.0f} s more")
        said = True
        clock.sleep(min(_LONGEST, max(0.5, left)))
    return EXIT_DONE if left == 0 else EXIT_ERROR


def _judged(selection: Selection, options: Options) -> float:
    """One look: the seconds that are left, 0 where nothing is watched any more, less where a promise is broken."""
    try:
        with changing("reconcile", jobs=options.jobs) as ports:
            seen = look_for(ports, selection, offline=True)
            if any(action.action is ActionKind.ROLLBACK for action in seen.plan.actions):
                show(seen, options)
                conclude(seen, options)
                return -1.0
            if any(map(partial(_goes_on, seen), seen.plan.actions)):
                show(seen, options)
                return _SOON if conclude(seen, options) == EXIT_DONE else -1.0
            return -1.0 if any(held.reason is HeldReason.SLO_BREACHED for held in seen.plan.held) else _left(seen)
    except LockHeld:
        return _LONGEST  # whoever works here now judges, too


def _goes_on(seen: Look, action: Action) -> bool:
    """Whether a candidate that stood beside what runs is to get all requests, or from a shadow to be a canary."""
    running = seen.world.actual.running.get(Place(action.environment, action.model))
    on = action.action in {ActionKind.DEPLOY, ActionKind.CANARY}
    return on and isinstance(running, Running) and running.canary is not None


def _left(seen: Look) -> float:
    """Seconds until nothing that was asked for is watched any more."""
    actual = seen.world.actual
    names = seen.selection.models
    chosen = (model for model in seen.world.desired.models if not names or model.name in names)
    untils = (
        max(baking_until(place, item, actual), canary_until(place, item, actual))
        for model in chosen
        for item in model.blueprint.deployments
        for place in [Place(item.environment, model.name)]
        if seen.selection.environment in {"", item.environment}
    )
    return max(0.0, max(untils, default=0.0) - actual.now)
