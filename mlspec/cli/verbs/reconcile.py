"""`mlspec reconcile`: plan and apply without questions, once or as a loop."""

from __future__ import annotations

from collections.abc import Sequence

from mlspec.cli.applying import Options, conclude, prepare
from mlspec.cli.console import console
from mlspec.cli.session import changing, look
from mlspec.cli.show import plan_text
from mlspec.errors import EXIT_DONE, LockHeld, MlspecError


def run(*, models: Sequence[str], watch: float, env: str, push: bool, only: str, jobs: int, json: str) -> int:
    """Once, or every `watch` seconds until interrupted; in a loop an error is said and tried again."""
    options = Options(env, push, only, jobs, json)
    if not watch:
        return _once(models, options)
    while True:
        try:
            _once(models, options)
        except LockHeld:
            console.say("another mlspec is at work here; waiting")
        except MlspecError as error:
            console.error(error)
        _sleep(watch)


def _once(models: Sequence[str], options: Options) -> int:
    with changing("reconcile", jobs=options.jobs) as ports:
        prepare(ports)
        seen = look(ports, models, options.environment)
        text = plan_text(seen.plan, console)
        console.say(text) if options.json == "-" else console.out(text)
        return conclude(seen, options) if seen.plan.actions or options.json or options.push else EXIT_DONE


def _sleep(seconds: float) -> None:
    import time  # noqa: PLC0415 - only a loop needs it

    time.sleep(seconds)
