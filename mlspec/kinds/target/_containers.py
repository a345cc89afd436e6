"""What targets that run containers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlspec.domain.digest import JSON
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import EnvironmentSpec


@dataclass(frozen=True, slots=True)
class Containers:
    """A target whose servers are containers; it needs no files, for the engine is told everything by its API."""

    name: str

    def render(self, model: ModelSpec, environment: str) -> Mapping[str, str]:
        """See Target."""
        del model, environment
        return {}

    def settings(self, model: ModelSpec, environment: EnvironmentSpec) -> Mapping[str, JSON]:
        """See Target; what is not set is left out, so that a release with new fields restarts nothing."""
        found = {"image": ""} | _image(model) | _server(model) | _environment(environment)
        return {key: value for key, value in found.items() if value is not None and value != []}


def _image(model: ModelSpec) -> dict[str, JSON]:
    image = model.serving.image
    return {
        "image.base": None if image.dockerfile else model.base_image,
        "image.system_packages": list(image.system_packages),
        "image.requirements": image.requirements,
        "image.dockerfile": image.dockerfile,
        "image.refresh": image.refresh,
    }


def _server(model: ModelSpec) -> dict[str, JSON]:
    serving = model.serving
    return {
        "entrypoint": list(serving.entrypoint or ()),
        "health": None if serving.image.dockerfile else serving.health,
        "resources.cpu": serving.resources.cpu,
        "resources.memory": serving.resources.memory,
        "env": list(serving.env),
    }


def _environment(environment: EnvironmentSpec) -> dict[str, JSON]:
    return {
        "environment.bind": environment.bind,
        "environment.proxy": environment.proxy,
        "environment.env_file": environment.env_file,
        "environment.constraints": list(environment.constraints),
    }
