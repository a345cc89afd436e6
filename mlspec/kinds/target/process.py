"""process: supervised servers on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec.kinds.target import Target
from mlspec.spec.model import ModelSpec


class Process:
    """Needs no files: the supervisor is told everything on its control socket."""

    name = "process"

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, str]:
        """See Target."""
        del model, environment
        return {}


KIND: Final[Target] = Process()
