"""`mlspec apply`: do what the plan shows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlspec.cli.applying import Options, check, prepare, show
from mlspec.cli.bakes import wait_for_bakes
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.planfile import is_saved_plan, read, refuse_stale
from mlspec.cli.session import Look, changing, confirm, look_for, plan_for
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.plan import Selection
from mlspec.planner.removed import unwanted


def run(*, models: Sequence[str], yes: bool, retrain: bool, wait: bool, options: Mapping[str, Any]) -> int:
    """Plan, show, ask, apply."""
    asked = Options(**options)
    code = _run(models, asked, yes=yes, retrain=retrain)
    if not wait or code != EXIT_DONE:
        return code
    named = () if models and is_saved_plan(models[0]) else tuple(models)
    return wait_for_bakes(Selection(named, asked.environment), asked)


def _run(models: Sequence[str], options: Options, *, yes: bool, retrain: bool) -> int:
    saved = read(models[0]) if models and is_saved_plan(models[0]) else None
    if saved is not None and (len(models) > 1 or options.environment):
        raise MlspecError("a saved plan is applied as it is", hint="leave out the other arguments")
    if retrain and (saved is not None or not models):
        raise MlspecError("--retrain needs the names of models", hint="such as mlspec apply wine --retrain")
    with changing("apply", jobs=options.jobs) as ports:
        options = prepare(ports, options)
        chosen, place = (saved.models, saved.environment) if saved else (tuple(models), options.environment)
        asked = f"asked for by {ports.git.identity() or ports.host}" if retrain else ""
        wish = Selection(tuple(chosen), place, asked, options.prune)
        seen = look_for(ports, wish, offline=options.offline)
        if saved is None and not yes:
            seen = _ask_about_removed(seen)
        if saved is not None:
            refuse_stale(saved.plan, seen.plan)
        show(seen, options)
        check(seen, options)
        asking = seen.plan.actions and saved is None
        if asking and not confirm("Apply?", yes=yes):
            console.say("nothing was done")
            return EXIT_DONE
        return conclude(seen, options, exact=saved is not None, agreed=not yes)


def _ask_about_removed(seen: Look) -> Look:
    """With consent, the same look with what no spec asks for any more retired; where nobody can be asked, as it is."""
    found = [] if seen.selection.models else list(unwanted(seen.world.desired, seen.world.actual))
    found = [running for running in found if seen.selection.environment in {"", running.place.environment}]
    if not found or seen.selection.prune or not sys.stdin.isatty():
        return seen
    names = ", ".join(f"{running.place} ({running.version})" for running in found)
    if not confirm(f"No spec asks for {names} any more. Retire it? Versions stay.", yes=False):
        return seen
    return plan_for(seen.ports, seen.world, replace(seen.selection, prune=len(found)))
