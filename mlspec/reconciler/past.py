"""The status at a revision: its specs, and what the chains recorded up to it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from mlspec.domain.actual import Rollout
from mlspec.domain.status import ModelStatus
from mlspec.planner.status import recorded
from mlspec.reconciler.chains import environment_ref
from mlspec.reconciler.ports import Ports


class PastFiles:
    """The Files port over a revision's blobs; it can only be read."""

    def __init__(self, ports: Ports, blobs: dict[str, str]) -> None:
        wanted = [blob for path, blob in blobs.items() if path.startswith("specs/")]
        self._contents = ports.git.read(wanted)
        self._blobs = blobs

    def read(self, path: str) -> bytes | None:
        """See Files."""
        return self._contents.get(self._blobs.get(path, ""))

    def write(self, path: str, content: bytes) -> None:
        """The past is not written to."""
        raise PermissionError(path, len(content))

    def remove(self, path: str) -> None:
        """The past is not written to."""
        raise PermissionError(path)

    def locate(self, path: str) -> str:
        """The past has no place on the disk."""
        raise FileNotFoundError(path)


def statuses_at(ports: Ports, revision: str, names: Collection[str]) -> tuple[str, tuple[ModelStatus, ...]]:
    """The commit, and every model's status as recorded then. MlspecError where there is no such revision."""
    commit, blobs = ports.git.tree(revision)
    specs = replace(ports.specs, files=PastFiles(ports, dict(blobs)))
    bundle = specs.bundle(blobs)
    known = ports.git.ancestors(commit)
    places: dict[str, dict[str, Rollout]] = {}
    for environment in bundle.project.sites:
        for message in reversed(ports.git.chain_log(environment_ref(environment))):
            event = _event(message)
            if event.get("revision") in known:
                _take(places.setdefault(str(event.get("model")), {}), environment, event)
    chosen = [item for item in bundle.blueprints if not names or item.name in names]
    return commit, tuple(recorded(item, places.get(item.name, {})) for item in chosen)


def _take(found: dict[str, Rollout], environment: str, event: dict[str, Any]) -> None:
    """What a place runs after an event; a rollout that failed leaves what ran before, and a rollback's tags too."""
    before, outcome = found.get(environment), event.get("outcome")
    if outcome in {"deployed", "retired"} or (outcome == "failed" and (before is None or before.outcome != "deployed")):
        found[environment] = _rollout(event)


def _event(message: str) -> dict[str, Any]:
    try:
        event = json.loads(message)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _rollout(event: dict[str, Any]) -> Rollout:
    return Rollout(
        str(event.get("version", "")), "", {}, str(event.get("outcome", "")), detail=str(event.get("detail"))
    )
