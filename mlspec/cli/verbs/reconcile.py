"""`mlspec reconcile`: plan and apply without questions, once or as a loop."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any

from mlspec.cli.applying import Options, prepare, show
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.session import changing, look_for
from mlspec.errors import LockHeld, MlspecError
from mlspec.planner.plan import Selection


def run(*, models: Sequence[str], watch: float, options: Mapping[str, Any]) -> int:
    """Once, or every `watch` seconds until interrupted; in a loop an error is said and tried again."""
    asked = Options(**options)
    if not watch:
        return _once(models, asked)
    while True:
        try:
            _once(models, asked)
        except LockHeld as error:
            console.say(f"{error.message}; waiting")
        except MlspecError as error:
            console.error(error)
        _sleep(watch)


def _once(models: Sequence[str], options: Options) -> int:
    with changing("reconcile", jobs=options.jobs) as ports:
        options = prepare(ports, options)
        wish = Selection(tuple(models), options.environment, prune=options.prune)
        seen = look_for(ports, wish, offline=options.offline)
        show(seen, options)
        return conclude(seen, options)


def _sleep(seconds: float) -> None:
    import time  # noqa: PLC0415 - only a loop needs it

    gc.collect()  # the entry turned the automatic collection off
    time.sleep(seconds)
