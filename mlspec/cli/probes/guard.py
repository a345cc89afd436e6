"""One probe's failure is one finding: the checkup goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlspec.errors import MlspecError
from mlspec.reconciler.checkup.check import Check, problem

Probe = Callable[[], Check | Iterable[Check]]


def guarded(name: str, probe: Probe) -> list[Check]:
    """What the probe finds; an error is a problem of that name."""
    try:
        found = probe()
        return [found] if isinstance(found, Check) else list(found)
    except MlspecError as error:
        where = f"{error.where}: " if error.where else ""
        return [problem(name, f"{where}{error.message}", error.hint or _first(error.details))]
    except Exception as error:  # noqa: BLE001 - what is broken here is what the checkup is asked about
        return [problem(name, f"this could not be looked at: {type(error).__name__}: {error}")]


def _first(lines: tuple[str, ...]) -> str:
    return lines[0] if lines else ""
