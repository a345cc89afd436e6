"""Asking sources whether they changed: all at once, for a few seconds, and never for their data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final

from mlspec.domain.sources import DesiredSource, NoAnswer, Probe
from mlspec.errors import MlspecError
from mlspec.planner.sources import used_by
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World

PATIENCE: Final = 8.0
"""Seconds that all sources together have for an answer"""

Answer = Probe | NoAnswer
Answers = SimpleQueue[tuple[str, Answer]]


def ask_sources(ports: Ports, world: World, models: Collection[str] = (), *, patience: float = PATIENCE) -> World:
    """The same look, with what the sources of some models (or of all) say; one that says nothing says why not."""
    chosen = [model for model in world.desired.models if not models or model.name in models]
    sources = [source for source in used_by(world.desired, chosen) if source.ref.probed]
    if not sources:
        return world
    return with_sources(world, probes=_ask(ports, sources, patience))


def with_sources(world: World, probes: Mapping[str, Answer] | None = None, wanted: Collection[str] = ()) -> World:
    """The same look with other answers, and with what somebody wants fetched whatever is known."""
    known = world.actual.sources
    answers = known.probes if probes is None else probes
    found = replace(known, probes=answers, wanted=frozenset(wanted) | known.wanted)
    return replace(world, actual=replace(world.actual, sources=found))


def _ask(ports: Ports, sources: Collection[DesiredSource], patience: float) -> dict[str, Answer]:
    """Threads that nobody waits for at the end: a server that hangs must not keep a plan."""
    answers: Answers = SimpleQueue()
    for source in sources:
        Thread(target=_ask_one, args=(ports, source, answers), daemon=True).start()
    found: dict[str, Answer] = {}
    deadline = monotonic() + patience
    while len(found) < len(sources):
        try:
            name, answer = answers.get(timeout=max(0.0, deadline - monotonic()))
        except Empty:
            break
        found[name] = answer
    late = NoAnswer(f"it did not answer within {patience:g} s")
    return {source.name: found.get(source.name, late) for source in sources}


def _ask_one(ports: Ports, source: DesiredSource, answers: Answers) -> None:
    answer: Answer
    try:
        place = ports.source(source.ref)
        lacks = place.lacks()
        answer = NoAnswer(f"{lacks[0].what} ({lacks[0].hint})") if lacks else place.probe()
    except MlspecError as error:
        answer = NoAnswer(str(error))
    except Exception as error:  # noqa: BLE001 - a library's own failure is no reason to lose the plan
        answer = NoAnswer(f"{type(error).__name__}: {error}")
    answers.put((source.name, answer))
