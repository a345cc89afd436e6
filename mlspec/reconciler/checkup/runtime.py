"""The process target's folder, and what runs on all targets."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.domain.actual import Health, Place, Running, Unseen
from mlspec.reconciler.checkup.check import Check, listed, note, ok, problem


def folder(path: str, *, writable: bool) -> Check:
    """Where servers keep their sockets and logs."""
    if writable:
        return ok("runtime", path)
    return problem("runtime", f"{path} cannot be written", "set MLSPEC_RUNTIME_DIR to a folder of yours")


def servers(seen: Mapping[Place, Running | Unseen]) -> list[Check]:
    """What runs, each known by its target's answer."""
    told = [f"{place} ({found.detail})" for place, found in seen.items() if isinstance(found, Unseen) and found.detail]
    silent = [str(place) for place, found in seen.items() if isinstance(found, Unseen) and not found.detail]
    ill = [
        f"{place} ({found.drift or found.reason or found.health})"
        for place, found in seen.items()
        if isinstance(found, Running) and (found.health is not Health.HEALTHY or found.drift)
    ]
    checks = [problem("servers", f"cannot be seen: {listed(told)}")] if told else []
    if silent:
        hint = "mlspec retire stops what answers again; else end the supervisor's process"
        checks.append(problem("servers", f"no answer on the control socket: {listed(silent)}", hint))
    if ill:
        checks.append(note("servers", f"not as deployed: {listed(ill)}", "mlspec reconcile restarts what is broken"))
    return checks or [ok("servers", f"{len(seen)} running{', all healthy' if seen else ''}")]
