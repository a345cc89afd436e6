"""Targets: each file is one. What a target needs as files is rendered here; its adapter observes and deploys."""

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

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, bytes]:
        """The files that deploying this model there needs: path below the model's folder → content."""
        ...
