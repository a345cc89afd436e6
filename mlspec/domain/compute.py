"""What a training may use, as its spec says; no part of any digest, for it changes no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Compute:
    """Processors, bytes, devices, seconds; None: as much as there is. `lines`: field → its line in the spec."""

    cpu: float | None = None
    memory: int | None = None
    gpu: int = 0
    timeout: float | None = None
    budget: float | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
