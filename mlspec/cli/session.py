"""What most verbs begin with: the real ports, a look at the world, a plan; and the lock for those that change it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mlspec.adapters.lock import project_lock
from mlspec.adapters.pointers import edited_files, files_behind
from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.domain.plan import ActionKind, Plan
from mlspec.errors import MlspecError
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.planner.forecast import over_budget, total
from mlspec.planner.plan import Selection, make_plan
from mlspec.reconciler.chains import PROJECT
from mlspec.reconciler.probing import ask_sources, with_sources
from mlspec.reconciler.refreshing import undo_refresh
from mlspec.reconciler.safety import touched, uncommitted
from mlspec.reconciler.world import World, observe


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the world and the plan that follows from it."""

    ports: RealPorts
    world: World
    plan: Plan
    selection: Selection


def gate_kinds() -> Mapping[str, GateKind]:
    """The kinds of gate that there are."""
    return discover("mlspec.kinds.gate", GateKind)


def look(ports: RealPorts, models: Sequence[str], environment: str, *, offline: bool = False) -> Look:
    """Observe and plan; `offline`: sources are not asked whether they changed."""
    return look_for(ports, Selection(tuple(models), environment), offline=offline)


def look_for(ports: RealPorts, selection: Selection, *, offline: bool = False) -> Look:
    """The same, for what was asked for as a whole."""
    world = observe(ports)
    asked = not offline and selection.rollback is None
    return plan_for(ports, ask_sources(ports, world, selection.models) if asked else world, selection)


def look_again(seen: Look, *, without: Collection[str] = ()) -> Look:
    """Another look, later in the same run; sources stand by what they said, but for those that were refreshed."""
    said = seen.world.actual.sources.probes
    answers = {name: answer for name, answer in said.items() if name not in without}
    return plan_for(seen.ports, with_sources(observe(seen.ports), probes=answers), seen.selection)


def plan_for(ports: RealPorts, world: World, selection: Selection) -> Look:
    """The plan that follows from a look at the world, with its warnings."""
    plan = make_plan(world.desired, world.actual, gate_kinds(), selection)
    plan = replace(told(plan, world, ports), forecast=total(plan.actions, ports.jobs))
    dirty = uncommitted(world, touched(world, plan))
    over = over_budget(plan.actions, world.bundle.project.budget)
    warnings = [*plan.warnings, *over, *([f"not committed, so that apply will refuse: {_few(dirty)}"] if dirty else [])]
    pointers = files_behind(model.inputs for model in world.desired.models)
    if edited := edited_files(ports.root, ports.cache, pointers):
        warnings.append(f"edited without `dvc add`, so that nothing is planned for it: {_few(edited)}")
    return Look(ports, world, replace(plan, warnings=tuple(warnings)), selection)


def told(plan: Plan, world: World, ports: RealPorts) -> Plan:
    """The plan, with what changed inside of files that it trains for."""
    if not any(action.action is ActionKind.TRAIN for action in plan.actions):
        return plan
    # syntax trees and tables: only where something trains
    from mlspec.reconciler.explaining import explain  # noqa: PLC0415

    return explain(plan, world, ports.contents)


def _few(paths: Sequence[str]) -> str:
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


@contextmanager
def changing(verb: str, *, jobs: int = 1) -> Iterator[RealPorts]:
    """The real ports, under the project's lock; what a killed git left is mended first."""
    ports = RealPorts(Path.cwd(), jobs=jobs)
    with project_lock(ports.place.lock, verb=verb):
        for path in ports.writer.repair():
            console.say(f"removed what a killed git left behind: {path}")
        if path := undo_refresh(ports):
            console.say(f"put back what a killed refresh of {path} left behind")
        yield ports


def know_chains(ports: RealPorts) -> None:
    """Fetch what `git clone` and `git pull` leave out, once after each: failures, and tags beside the branch.

    A pull is known by origin's branches having moved since; without news nothing is asked.
    """
    if is_fetched():
        return
    key, tips = f"chains of {ports.root}", ports.git.remote_tips()
    known = ports.cache.get_many("fetched", [key])
    if known.get(key) == tips or not ports.git.has_remote():
        return
    try:
        if known or not ports.git.chain_files(PROJECT):
            ports.writer.fetch()
    except MlspecError as error:
        console.say(f"warning: origin does not answer, so this plan knows only this clone: {error.message}")
        return
    ports.cache.put_many("fetched", {key: ports.git.remote_tips()})


def is_fetched() -> bool:
    """Whether somebody says that this clone knows all that origin has: CI fetches in a step that has a token."""
    return bool(os.environ.get("MLSPEC_FETCHED"))


def write_document(text: str, file: str) -> None:
    """Write one document to a file, or to standard output for `-`."""
    if file == "-":
        console.out(text)
        return
    try:
        Path(file).write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise MlspecError(f"can't write {file}: {error.strerror}") from error


def confirm(question: str, *, yes: bool) -> bool:
    """Ask on a terminal; MlspecError where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise MlspecError("this is no terminal, so nobody can be asked", hint="pass --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
