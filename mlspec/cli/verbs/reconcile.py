"""`mlspec reconcile`: plan and apply without questions, once or as a loop."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any

from mlspec.cli.applying import Options, prepare, show
from mlspec.cli.bakes import wait_for_bakes
from mlspec.cli.carrying import conclude
from mlspec.cli.console import console
from mlspec.cli.events import Events
from mlspec.cli.session import changing, look_for
from mlspec.cli.telling import after_a_run
from mlspec.cli.watch import Watch
from mlspec.cli.wiring import RealPorts
from mlspec.domain.outcome import Outcome
from mlspec.errors import EXIT_DONE, LockHeld, MlspecError
from mlspec.planner.plan import Selection


def run(*, models: Sequence[str], watch: float, events: str, wait: bool, options: Mapping[str, Any]) -> int:
    """Once, or every `watch` seconds until interrupted; in a loop an error is said and tried again, ever later."""
    asked = Options(**options)
    if watch:
        _forever(models, asked, watch, Events(events))
    if events:
        raise MlspecError("--events is for the loop", hint="such as mlspec reconcile --watch 60 --events -")
    with changing("reconcile", jobs=asked.jobs) as ports:
        asked = prepare(ports, asked)
        seen = look_for(ports, _wish(models, asked), offline=asked.offline)
        show(seen, asked)
        code = conclude(seen, asked, told=lambda outcomes: after_a_run(seen, outcomes, asked))
    return wait_for_bakes(_wish(models, asked), asked) if wait and code == EXIT_DONE else code


def _wish(models: Sequence[str], options: Options) -> Selection:
    return Selection(tuple(models), options.environment, prune=options.prune)


def _forever(models: Sequence[str], options: Options, every: float, events: Events) -> None:
    """Until KeyboardInterrupt, which SIGTERM is too: what is being done is put back first."""
    watch: Watch | None = None
    events.tell("Started", every=every)
    try:
        while True:
            watch = watch or _found(every, events)
            _turn(watch, models, options)
            _sleep(watch.pause())
    finally:
        if watch is not None:
            watch.stopped()


def _found(every: float, events: Events) -> Watch:
    from pathlib import Path  # noqa: PLC0415 - only a loop needs it

    return Watch(RealPorts(Path.cwd()).root, every, events)


def _turn(watch: Watch, models: Sequence[str], options: Options) -> None:
    """Once, whatever goes wrong."""
    try:
        _once(watch, models, options)
    except LockHeld as error:
        console.say(f"{error.message}; waiting")
        watch.become("Reconciling", "Waiting", error.message)
    except MlspecError as error:
        console.error(error)
        watch.failed("Error", str(error))
    except OSError as error:  # a full disk, a network that is away: it may be better tomorrow
        console.say(f"error: {error}")
        watch.failed("Error", str(error))


def _once(watch: Watch, models: Sequence[str], options: Options) -> None:
    with changing("reconcile", jobs=options.jobs) as ports:
        options = prepare(ports, options)
        if options.reached:
            _pull(watch, ports)
        seen = look_for(ports, _wish(models, options), offline=options.offline)
        if watch.looked(seen.world.head.commit, seen.plan):
            show(seen, options)

        def told(outcomes: Sequence[Outcome]) -> None:
            watch.ended(seen.plan, outcomes)
            after_a_run(seen, outcomes, options)

        conclude(seen, options, told=told, heard=watch.did)


def _pull(watch: Watch, ports: RealPorts) -> None:
    """Follow origin where nothing stands in the way; where something does, go on with what is here."""
    from mlspec.adapters.git.command import Command  # noqa: PLC0415 - imports GitPython, as fetching does
    from mlspec.adapters.git.locate import other_locks  # noqa: PLC0415
    from mlspec.adapters.git.pulling import pull  # noqa: PLC0415

    try:
        revision = pull(Command(ports.place.top), other_locks(ports.place))
    except MlspecError as error:
        if watch.parted != error.message:
            console.say(f"warning: {error.message} ({error.hint})")
            watch.events.tell("NotPulled", message=error.message)
        watch.parted = error.message
        return
    watch.parted = ""
    if revision:
        console.say(f"pulled {revision[:12]}")
        watch.pulled(revision)


def _sleep(seconds: float) -> None:
    import time  # noqa: PLC0415 - only a loop needs it

    gc.collect()  # the entry turned the automatic collection off
    time.sleep(seconds)
