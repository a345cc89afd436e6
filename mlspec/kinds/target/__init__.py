"""Targets: each file is one. What a target needs of a spec is worked out here, where everything is pure.

The other three functions of a target (observe, deploy, retire) need the outside: they are the Runtime port's, made by
`open_runtime` of the module `mlspec.adapters.<name>.runtime`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mlspec.domain.digest import JSON
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import EnvironmentSpec


class Target(Protocol):
    """A kind of target, as far as it is pure."""

    @property
    def name(self) -> str:
        """The name in `environments.ENV.target`."""
        ...

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, str]:
        """The files that deploying this model there needs: path below the model's folder → content."""
        ...

    def settings(self, model: ModelSpec, environment: EnvironmentSpec) -> Mapping[str, JSON]:
        """What of the specs a deployment there is made of, besides what every target has: dotted name → value.

        `environment.x` is the project's, anything else is below the model's `serving`. A target that runs images has
        `image` among them, empty: the recipe's digest is known only of a tree.
        """
        ...
