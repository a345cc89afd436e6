"""What tests of the process target share: bundles for the worker without a model, and an end to all they started."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlspec.adapters.process.client import NotRunning, ask
from mlspec.adapters.process.runtime import Deadlines, ProcessRuntime
from mlspec.domain.actual import Place
from mlspec.ports.runtime import Deployment

WORKER = (sys.executable, "-S", str(Path(__file__).with_name("worker.py")))
PLACE = Place("production", "wine")


def project(root: Path) -> str:
    """A project of the test's own, so that tests that run side by side have stable ports of their own."""
    return f"shop-{zlib.crc32(str(root).encode()):x}"


def folder_of(root: Path, place: Place = PLACE) -> Path:
    """Where the runtime keeps a place."""
    return root / project(root) / place.environment / place.model


def runtime(root: Path, *, worker: Sequence[str] = WORKER, **seconds: float) -> ProcessRuntime:
    """A real runtime whose workers have no model."""
    deadlines = Deadlines(**({"ready": 60.0, "drain": 5.0, "prompt": 5.0} | seconds))
    return ProcessRuntime(project(root), root=root, worker=worker, deadlines=deadlines)


def order(folder: Path, version: str = "v1.0.0", *, place: Place = PLACE, **changes: Any) -> Deployment:
    """A deployment whose bundle makes the worker behave as `behaviour` says."""
    behaviour = changes.pop("behaviour", {})
    text = json.dumps(behaviour | {"version": version})
    bundle = folder / f"{version}-{zlib.crc32(text.encode()):x}"
    bundle.mkdir(parents=True, exist_ok=True)
    (bundle / "behaviour.json").write_text(text)
    replicas = changes.get("replicas", 1)
    settings: dict[str, Any] = {
        "artefact": "sha256:" + hashlib.sha256(text.encode()).hexdigest(),
        "serve": {"replicas": replicas, "serving.limits.body": 1024},
        "replicas": 1,
        "port": 0,
        "trust": (),
        "revision": "a" * 40,
        "fence": 1,
    }
    return Deployment(place=place, version=version, bundle=str(bundle), **(settings | changes))


def status(root: Path, place: Place = PLACE) -> dict[str, Any]:
    """What the supervisor says, in full."""
    return ask(folder_of(root, place), {"command": "status"}, 60)


def get(endpoint: str) -> dict[str, Any]:
    """One request on a connection of its own."""
    with urllib.request.urlopen(endpoint, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def gone(pid: int) -> bool:
    """The process has ended (a zombie that nobody has asked about has, too)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it holds; so long only where the machine is busy with much else."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def end_all(root: Path) -> None:
    """End what still runs below a root, by the pids that the supervisors themselves name."""
    for socket in root.rglob("control.sock"):
        try:
            answer = ask(socket.parent, {"command": "status"}, 60)
        except NotRunning:
            continue
        os.kill(answer["pid"], signal.SIGKILL)
        for pid in answer.get("workers", ()):
            eventually(lambda pid=pid: gone(pid))  # type: ignore[misc]
