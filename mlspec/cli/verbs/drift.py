"""`mlspec drift`: live traffic against the training data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.session import changing
from mlspec.cli.telling import after_a_look
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Place
from mlspec.domain.desired import Blueprint, Bundle
from mlspec.domain.drift import DriftReport, Finding, State
from mlspec.errors import EXIT_CHECK_FAILED, EXIT_DONE, EXIT_ERROR, MlspecError
from mlspec.reconciler.sites import look_around, spec_places
from mlspec.reconciler.watching import PATIENCE, watched
from mlspec.spec.problem import suggest

_COLUMNS = ("COLUMN", "TEST", "VALUE", "LIMIT", "P", "ROWS", "VERDICT")
_WORDS = {State.DRIFT: "drift", State.NONE: "ok", State.TOO_FEW: "too few rows", State.NOT_COMPARED: "not compared"}
_COLOURS = {State.DRIFT: "red", State.NONE: "green", State.TOO_FEW: "dim", State.NOT_COMPARED: "dim"}

Reports = Mapping[Place, DriftReport]


def run(*, models: Sequence[str], env: str, as_json: bool, notify: bool = False) -> int:
    """Print what was found; 3 where something drifted, 1 where a server could not be asked."""
    ports = RealPorts(Path.cwd())
    snapshot = ports.git.snapshot()
    bundle = ports.specs.bundle(snapshot.blobs)
    chosen = _chosen(bundle, models, env)
    seen = look_around(ports, bundle.project, spec_places(bundle.blueprints)).seen
    found = {
        place: report
        for place, report in watched(ports, chosen, seen, PATIENCE).items()
        if env in {"", place.environment}
    }
    if as_json:
        console.out(json.dumps(_document(snapshot.head.commit, found), indent=2, ensure_ascii=False))
    else:
        console.out("\n".join(_text(found)))
    if notify:
        _tell(bundle, found)
    if any(report.drifted or report.degraded for report in found.values()):
        return EXIT_CHECK_FAILED
    return EXIT_ERROR if any(report.unknown for report in found.values()) else EXIT_DONE


def _tell(bundle: Bundle, found: Reports) -> None:
    """Under the project's lock, as what was told is written down."""
    if not bundle.project.channels:
        raise MlspecError("nobody is to be told", hint="add `notify` to specs/project.yaml")
    with changing("drift") as ports:
        after_a_look(ports, bundle, dict(found))


def _chosen(bundle: Bundle, models: Sequence[str], env: str) -> list[Blueprint]:
    """The models to look at; MlspecError where there is nothing to look at."""
    names = [item.name for item in bundle.blueprints]
    for name in models:
        if name not in names:
            raise MlspecError(
                f"there is no model {name}", hint=suggest(name, names) or f"there are: {', '.join(names)}"
            )
    if env and env not in bundle.project.sites:
        known = bundle.project.sites
        raise MlspecError(
            f"there is no environment {env}", hint=suggest(env, known) or f"there are: {', '.join(known)}"
        )
    wanted = [item for item in bundle.blueprints if not models or item.name in models]
    watched_models = [item for item in wanted if item.monitoring is not None]
    if not watched_models:
        message = f"{' or '.join(models)} is not monitored" if models else "no model has `monitoring`"
        raise MlspecError(message, hint="add `monitoring: {drift: [{test: psi}]}` to its spec, then mlspec apply")
    return watched_models


def _document(revision: str, found: Reports) -> object:
    models = [
        {
            "name": place.model,
            "environment": place.environment,
            "version": report.version,
            "rows": report.rows,
            "drifted": list(report.drifted),
            "degraded": list(report.degraded),
            "findings": [asdict(item) for item in report.findings],
            "performance": [asdict(item) for item in report.performance],
            "warnings": list(report.warnings),
            "unknown": report.unknown,
        }
        for place, report in found.items()
    ]
    return {"format": 1, "revision": revision, "models": models}


def _text(found: Reports) -> list[str]:
    lines: list[str] = []
    for place, report in found.items():
        head = f"{place.model} {report.version} → {place.environment}".replace("  ", " ")
        lines.append(console.style(f"{head}: {_headline(report)}", "bold"))
        lines += _table(_told(report))
        lines += [f"  warning: {text}" for text in report.warnings]
    return lines


def _told(report: DriftReport) -> list[Finding]:
    """What has a line of its own; a table of nothing but too few rows would say that once per column."""
    found = [*report.findings, *report.performance]
    return found if any(item.value is not None for item in found) else []


def _headline(report: DriftReport) -> str:
    if report.unknown:
        return report.unknown
    words = [f"{report.rows} row{'' if report.rows == 1 else 's'}"]
    if not _told(report):
        too_few = sorted({item.note for item in report.findings if item.state is State.TOO_FEW})
        return ", ".join([*words, "nothing is compared", *too_few[:1]])
    words += [f"drift in {', '.join(report.drifted)}"] if report.drifted else []
    words += [f"beyond its limit: {', '.join(report.degraded)}"] if report.degraded else []
    return ", ".join(words if len(words) > 1 else [*words, "no drift"])


def _table(items: Sequence[Finding]) -> list[str]:
    if not items:
        return []
    rows = [(_cells(item), _COLOURS[item.state]) for item in items]
    widths = [max(len(cells[i]) for cells in [_COLUMNS, *(row for row, _ in rows)]) for i in range(len(_COLUMNS))]
    lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(_COLUMNS, widths, strict=True)).rstrip()]
    for cells, colour in rows:
        *before, last = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(("  " + "  ".join([*before, console.style(last.rstrip(), colour)])).rstrip())
    return lines


def _cells(item: Finding) -> tuple[str, ...]:
    verdict = _WORDS[item.state] + (f" ({item.note})" if item.note else "")
    numbers = (_number(item.value), _number(item.limit), _number(item.chance))
    return (item.subject, item.test, *numbers, str(item.rows), verdict)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
