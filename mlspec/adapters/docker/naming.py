"""Names and labels of containers and networks: by labels they are ours, names are for people."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from mlspec.adapters.docker.client import label
from mlspec.domain.actual import Place

SERVER: Final = "server"
FRONT: Final = "front"
TRIAL: Final = "trial"
"""The role of a front that takes no traffic: what it asks is looked at first"""
HOST: Final = "server-"
"""What the names of servers in their network start with."""


def network_name(project: str, environment: str) -> str:
    """`mlspec-shop-production`: one network for all models of an environment."""
    return f"mlspec-{project}-{environment}"


def server_stem(project: str, place: Place, digest: str, fence: int) -> str:
    """`mlspec-shop-production-wine-0123456789ab-7`; a number follows."""
    return f"{_stem(project, place)}-{digest}-{fence}"


def front_stem(project: str, place: Place, role: str = FRONT) -> str:
    """`mlspec-shop-production-wine-front`; a number follows where that is taken."""
    return f"{_stem(project, place)}-{role}"


def new_host() -> str:
    """A name in the network that no other container has or had: a front never finds another's server by it."""
    return f"{HOST}{secrets.token_hex(8)}"


def place_labels(project: str, place: Place, role: str) -> Mapping[str, str]:
    """What all containers of a place have."""
    values = {"project": project, "environment": place.environment, "model": place.model, "role": role}
    return {label(name): value for name, value in values.items()}


def place_of(labels: Mapping[str, str]) -> Place:
    """The place that labels name; with empty names where somebody left them out."""
    return Place(labels.get(label("environment"), ""), labels.get(label("model"), ""))


def _stem(project: str, place: Place) -> str:
    return f"mlspec-{project}-{place.environment}-{place.model}"
