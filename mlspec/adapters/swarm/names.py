"""The names of what a place has in a swarm, and the marks by which it is known as ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from mlspec.adapters.docker.client import label
from mlspec.domain.actual import Place
from mlspec.domain.digest import digest, short

LONGEST: Final = 63
"""Characters of a service's name, which is a DNS label."""
SERVER: Final = "server"
FRONT: Final = "front"
CANARY: Final = "canary"
SPLIT: Final = "split"
"""The role of what shares the requests out between a canary and the servers"""
TRIAL: Final = "trial"
"""The role of services that take no traffic: what they run is looked at first"""
MARK: Final = label("service")
"""A label of the containers: whose service it is, should the service's own labels be lost.

Not `io.mlspec.project`: the docker target finds its containers by that one.
"""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_]+", re.ASCII)


def service_name(project: str, place: Place) -> str:
    """The service of the model's servers: `mlspec-shop-production-wine`."""
    return _name(project, place.environment, place.model)


def front_name(project: str, place: Place) -> str:
    """The service of what listens on the published port."""
    return _name(project, place.environment, place.model, FRONT)


def canary_name(project: str, place: Place) -> str:
    """The service of a canary's servers."""
    return _name(project, place.environment, place.model, CANARY)


def split_name(project: str, place: Place) -> str:
    """The service that shares the requests out while there is a canary; a name without dots, see the front."""
    return _name(project, place.environment, place.model, SPLIT)


NAMINGS: Final[Mapping[str, Callable[[str, Place], str]]] = {
    SERVER: service_name,
    FRONT: front_name,
    CANARY: canary_name,
    SPLIT: split_name,
}
"""The services that a place may have, by role, in the order of `Seen`"""


def trial_name(project: str, place: Place) -> str:
    """The service of a trial's one server."""
    return _name(project, place.environment, place.model, TRIAL)


def trial_front_name(project: str, place: Place) -> str:
    """The service of a trial's front."""
    return _name(project, place.environment, place.model, TRIAL, FRONT)


def network_name(project: str, environment: str) -> str:
    """The overlay network of an environment; the docker target has a network of the plain name."""
    return _name(project, environment, "overlay")


def config_name(front: str, text: str) -> str:
    """Configs can't be changed, so that each text has a name of its own."""
    return f"{front[: LONGEST - 13]}-{short(digest([front, text]))}"


def mark(project: str, place: Place, role: str) -> str:
    """What `MARK` says on the containers of a service."""
    return f"{project}/{place.environment}/{place.model}/{role}"


def mark_of(task: Mapping[str, Any]) -> str:
    """What `MARK` says in the spec of a task."""
    return str((task.get("ContainerSpec", {}).get("Labels") or {}).get(MARK, ""))


def place_labels(project: str, place: Place, role: str) -> dict[str, str]:
    """The labels by which a service or config is found."""
    named = {"project": project, "environment": place.environment, "model": place.model, "role": role}
    return {label(name): value for name, value in named.items()}


def is_ours(service: dict[str, Any], project: str, place: Place, role: str) -> bool:
    """Whether a service that has our name is ours, too: by its own labels, or by those of its containers."""
    spec = service["Spec"]
    ours = place_labels(project, place, role)
    by_labels = ours.items() <= (spec.get("Labels") or {}).items()
    return by_labels or mark_of(spec["TaskTemplate"]) == mark(project, place, role)


def _name(*parts: str) -> str:
    """The parts joined by hyphens; where that is too long or could mean another place, with a digest at its end."""
    name = "-".join(("mlspec", *parts))
    if len(name) <= LONGEST and all(_PLAIN.fullmatch(part) for part in parts):
        return name
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", name, flags=re.ASCII)
    return f"{plain[: LONGEST - 9]}-{short(digest(list(parts)), 8)}"
