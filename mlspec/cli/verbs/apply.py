"""`mlspec apply`: do what the plan shows."""

from __future__ import annotations

from collections.abc import Sequence

from mlspec.cli.applying import Options, conclude, prepare
from mlspec.cli.console import console
from mlspec.cli.planfile import is_saved_plan, read, refuse_stale
from mlspec.cli.session import changing, confirm, look
from mlspec.cli.show import plan_text
from mlspec.errors import EXIT_DONE, MlspecError


def run(*, models: Sequence[str], yes: bool, env: str, push: bool, only: str, jobs: int, json: str) -> int:
    """Plan, show, ask, apply."""
    options = Options(env, push, only, jobs, json)
    saved = read(models[0]) if models and is_saved_plan(models[0]) else None
    if saved is not None and (len(models) > 1 or env):
        raise MlspecError("a saved plan is applied as it is", hint="leave out the other arguments")
    with changing("apply", jobs=jobs) as ports:
        prepare(ports)
        chosen, place = (saved.models, saved.environment) if saved else (tuple(models), env)
        seen = look(ports, chosen, place)
        if saved is not None:
            refuse_stale(saved.plan, seen.plan)
        console.say(plan_text(seen.plan, console)) if json == "-" else console.out(plan_text(seen.plan, console))
        asking = seen.plan.actions and saved is None
        if asking and not confirm("Apply?", yes=yes):
            console.say("nothing was done")
            return EXIT_DONE
        return conclude(seen, options)
