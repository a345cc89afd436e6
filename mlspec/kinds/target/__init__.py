"""Targets: each file is one. What a target needs as files is rendered here, where everything is pure.

The other three functions of a target (observe, deploy, retire) need the outside: they are the Runtime port's, made by
`open_runtime` of the module `mlspec.adapters.<name>.runtime`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mlspec.spec.model import ModelSpec


class Target(Protocol):
    """A kind of target, as far as it is pure."""

    @property
    def name(self) -> str:
        """The name in `environments.ENV.target`."""
        ...

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, str]:
        """The files that deploying this model there needs: path below the model's folder → content."""
        ...
