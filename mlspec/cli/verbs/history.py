"""`mlspec history`: who did what when, from the chains."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlspec.cli.console import console
from mlspec.cli.session import know_chains
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.reconciler.chains import read_events
from mlspec.spec.problem import suggest


def run(*, model: str, as_json: bool) -> int:
    """Print the log, newest first."""
    ports = RealPorts(Path.cwd())
    know_chains(ports)
    bundle = ports.specs.bundle(ports.git.snapshot().blobs)
    events = [event for event in read_events(ports.git, bundle.project.sites) if model in {"", event["model"]}]
    names = [item.name for item in bundle.blueprints]
    if model and not events and model not in names:
        hint = suggest(model, names) or f"there are: {', '.join(names[:20])}"
        raise MlspecError(f"neither the log nor a spec has the model `{model}`", hint=hint)
    if as_json:
        console.out(json.dumps({"format": 1, "events": events}, indent=2, ensure_ascii=False))
        return EXIT_DONE
    for event in events:
        console.out(_line(event))
    if not events:
        console.out("Nothing has happened yet.")
    return EXIT_DONE


def _line(event: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(event["time"], UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    where = f" → {event['environment']}" if event["environment"] else ""
    version = f" {event['version']}" if event["version"] else ""
    detail = f"  {event['detail']}" if event["detail"] else ""
    head = console.style(when, "dim")
    what = event["model"] or event.get("source", "")
    return f"{head}  {event['outcome']:<11} {what}{where}{version}{detail}  [{event['revision'][:8]}]"
