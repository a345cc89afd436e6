"""process: supervised servers on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.target import Target
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import EnvironmentSpec


class Process:
    """Needs no files: the supervisor is told everything on its control socket."""

    name = "process"

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, str]:
        """See Target."""
        del model, environment
        return {}

    def settings(self, model: ModelSpec, environment: EnvironmentSpec) -> Mapping[str, JSON]:
        """See Target; every target has what it needs."""
        del model, environment
        return {}


KIND: Final[Target] = Process()
