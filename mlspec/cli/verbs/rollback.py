"""`mlspec rollback`: an environment goes back to an earlier version, and stays there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlspec.cli.applying import Options, check, prepare, show
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.session import Look, changing, confirm, look_for
from mlspec.domain.plan import ActionKind
from mlspec.domain.reason import HeldReason
from mlspec.domain.version import Version
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.plan import Selection
from mlspec.planner.rollback import RollbackRequest


def run(*, model: str, to: str, why: str, yes: bool, options: Mapping[str, Any]) -> int:
    """Plan the way back, show it, ask, do it."""
    asked = Options(**options)
    _check_version(to)
    with changing("rollback") as ports:
        asked = prepare(ports, asked)
        who = f"asked for by {ports.git.identity() or ports.host}"
        request = RollbackRequest(asked.environment, to, f"{who}: {why}" if why else who)
        seen = look_for(ports, Selection((model,), asked.environment, rollback=request))
        _refuse_held(seen, asked.environment)
        show(seen, asked)
        check(seen, asked)
        if not confirm("Roll back?", yes=yes):
            console.say("nothing was done")
            return EXIT_DONE
        return conclude(seen, asked, agreed=not yes)


def _check_version(text: str) -> None:
    try:
        if text:
            Version.parse(text)
    except ValueError as error:
        raise MlspecError(f"`{text}` is no version", hint="such as v0.2.0; mlspec history lists them") from error


def _refuse_held(seen: Look, environment: str) -> None:
    """MlspecError where there is nothing to go back in, with the reason."""
    if any(action.action is ActionKind.ROLLBACK for action in seen.plan.actions):
        return
    (model,) = seen.selection.models
    held = [held for held in seen.plan.held if held.environment == environment]
    if held and held[0].reason is HeldReason.NOT_DEFAULT_BRANCH:
        raise MlspecError(held[0].message)
    places = [place.environment for place in seen.world.blueprint(model).deployments]
    raise MlspecError(f"{model} does not deploy to `{environment}`", hint=f"its spec has: {', '.join(places)}")
