"""`mlspec doctor`: what would get in the way here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mlspec.cli.console import Console, console
from mlspec.cli.probes import machine, project, repository
from mlspec.cli.probes.guard import guarded
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_DONE, EXIT_ERROR, MlspecError
from mlspec.reconciler.checkup.check import Check, Status, counted, ok, problem

_MARKS: Final = {Status.OK: ("✓", "green"), Status.NOTE: ("!", "yellow"), Status.PROBLEM: ("✗", "red")}


def run(*, as_json: bool) -> int:
    """Print every finding; exit 1 where there is a problem."""
    checks = list(checkup(Path.cwd()))
    if as_json:
        document = {"format": 1, "checks": [asdict(check) for check in checks]}
        console.out(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        console.out(checks_text(checks, console))
    return EXIT_ERROR if any(check.status is Status.PROBLEM for check in checks) else EXIT_DONE


def checkup(start: Path) -> Iterator[Check]:
    """All findings; each part is looked at only where what it builds on is there."""
    yield from machine.machine()
    try:
        ports = RealPorts(start)
    except MlspecError as error:
        yield problem("repository", error.message, error.hint)
        return
    yield ok("repository", ports.root)
    yield from repository.basics(ports.place)
    try:
        snapshot = ports.git.snapshot()
    except MlspecError as error:
        yield problem("commit", error.message, error.hint)
        return
    yield from repository.position(ports.place, snapshot.head)
    yield from project.dvc_files(ports, snapshot)
    specs = guarded("specs", lambda: project.specs(ports, snapshot))
    yield from specs
    if all(check.status is Status.OK for check in specs):
        yield from guarded("project", lambda: project.contents(ports, snapshot))


def checks_text(checks: Sequence[Check], console: Console) -> str:
    """A line for each finding, what to do below it, and the sum."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        mark, colour = _MARKS[check.status]
        lines.append(f"{console.style(mark, colour)} {check.name:<{width}}  {check.message}")
        if check.hint:
            lines.append(f"  {'':<{width}}  {console.style('→ ' + check.hint, 'cyan')}")
    problems = sum(check.status is Status.PROBLEM for check in checks)
    notes = sum(check.status is Status.NOTE for check in checks)
    words = f"{counted(problems, 'problem')}, {counted(notes, 'note')}." if problems or notes else "All is well."
    return "\n".join([*lines, console.style(words, "bold")])
