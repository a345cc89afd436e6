"""`mlspec apply`: do what the plan shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlspec.cli.applying import Options, check, prepare, show
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.planfile import is_saved_plan, read, refuse_stale
from mlspec.cli.session import changing, confirm, look_for
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.planner.plan import Selection


def run(*, models: Sequence[str], yes: bool, retrain: bool, options: Mapping[str, Any]) -> int:
    """Plan, show, ask, apply."""
    return _run(models, Options(**options), yes=yes, retrain=retrain)


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
        seen = look_for(ports, Selection(tuple(chosen), place, asked), offline=options.offline)
        if saved is not None:
            refuse_stale(saved.plan, seen.plan)
        show(seen, options)
        check(seen, options)
        asking = seen.plan.actions and saved is None
        if asking and not confirm("Apply?", yes=yes):
            console.say("nothing was done")
            return EXIT_DONE
        return conclude(seen, options, exact=saved is not None, agreed=not yes)
