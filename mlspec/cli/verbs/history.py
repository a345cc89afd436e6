"""`mlspec history`: who did what when, from the chains."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mlspec.cli.console import console
from mlspec.cli.session import know_chains
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.reconciler.chains import read_events
from mlspec.reconciler.ran import Span, between, let_in, spans
from mlspec.reconciler.records import read_texts
from mlspec.spec.problem import suggest


def run(*, model: str, as_json: bool, on: str) -> int:
    """Print the log, newest first; or what ran on a day."""
    day = _day(on) if on else None
    ports = RealPorts(Path.cwd())
    know_chains(ports)
    bundle = ports.specs.bundle(ports.git.snapshot().blobs)
    events = [event for event in read_events(ports.git, bundle.project.sites) if model in {"", event["model"]}]
    names = [item.name for item in bundle.blueprints]
    if model and not events and model not in names:
        hint = suggest(model, names) or f"there are: {', '.join(names[:20])}"
        raise MlspecError(f"neither the log nor a spec has the model `{model}`", hint=hint)
    if day is not None:
        return _tell(_ran(ports, events, day), on, as_json=as_json)
    if as_json:
        console.out(json.dumps({"format": 1, "events": events}, indent=2, ensure_ascii=False))
        return EXIT_DONE
    for event in events:
        console.out(_line(event))
    if not events:
        console.out("Nothing has happened yet.")
    return EXIT_DONE


_DAY: Final = 86400.0
_DATE: Final = len("2026-11-22")


def _line(event: dict[str, Any]) -> str:
    when = _when(event["time"])
    where = f" → {event['environment']}" if event["environment"] else ""
    version = f" {event['version']}" if event["version"] else ""
    detail = f"  {event['detail']}" if event["detail"] else ""
    head = console.style(when, "dim")
    what = event["model"] or event.get("source", "")
    return f"{head}  {event['outcome']:<11} {what}{where}{version}{detail}  [{event['revision'][:8]}]"


def _day(text: str) -> tuple[float, float]:
    """The interval that is meant, in seconds since the epoch: a day, or a moment of it; all in UTC."""
    try:
        begin = datetime.fromisoformat(text)
    except ValueError as error:
        raise MlspecError(f"`{text}` is no date", hint="such as 2026-11-22, or 2026-11-22T14:30") from error
    start = (begin if begin.tzinfo else begin.replace(tzinfo=UTC)).timestamp()
    return start, start + (_DAY if len(text) <= _DATE else 1.0)


def _ran(ports: RealPorts, events: list[dict[str, Any]], day: tuple[float, float]) -> list[Span]:
    found = between(spans(events), *day)
    names = {f"{span.model}@{span.version}": span for span in found}
    oids = {tag.oid: names[tag.name] for tag in ports.git.tags() if tag.name in names}
    texts = read_texts(ports.cache, oids, ports.git.messages)
    parents = {(oids[oid].model, oids[oid].version): text.decode().parent for oid, text in texts.items()}
    return let_in(ports.git, found, parents)


def _tell(found: list[Span], on: str, *, as_json: bool) -> int:
    if as_json:
        document = {"format": 1, "on": on, "ran": [asdict(span) for span in found]}
        console.out(json.dumps(document, indent=2, ensure_ascii=False))
        return EXIT_DONE
    for span in found:
        console.out("\n".join(_span(span)))
    if not found:
        console.out(f"Nothing ran on {on}, as far as is recorded here.")
    return EXIT_DONE


def _span(span: Span) -> list[str]:
    until = f"until {_when(span.until)}" if span.until else "still"
    lines = [f"{span.model} → {span.environment}  {span.version}  since {_when(span.since)}, {until}"]
    said = {
        "because": ", ".join(span.because),
        "trained because": ", ".join(span.trained),
        "promoted by": f"{span.promoted_by} ({span.tag})" if span.promoted_by else "",
        "deployed by": span.deployed_by,
        "committed by": span.committed_by,
    }
    return lines + [f"    {name}: {text}" for name, text in said.items() if text]


def _when(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
