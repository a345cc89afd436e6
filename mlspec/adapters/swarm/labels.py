"""A deployment as labels of its service, and back: the swarm itself remembers what it was asked to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from mlspec.adapters.docker.client import PREFIX, label
from mlspec.adapters.swarm.names import CANARY, SERVER, place_labels
from mlspec.domain.actual import Place
from mlspec.domain.digest import canonical
from mlspec.domain.image import Image
from mlspec.ports.runtime import Deployment

MAKE: Final = "3"
"""Raised with every change of how a deployment becomes a service, so that what an older mlspec made is not taken for
something that was changed by hand."""


def role_of(deployment: Deployment) -> str:
    """Whose servers these are: the place's own, or a canary's beside them."""
    return CANARY if deployment.is_beside else SERVER


def write(project: str, deployment: Deployment) -> dict[str, str]:
    """All labels of a place's service, or of its canary's."""
    role, image = role_of(deployment), deployment.image or Image("", "", "", 0)
    named = {
        "version": deployment.version,
        "artefact": deployment.artefact,
        "serve": canonical(dict(deployment.serve)).decode(),
        "replicas": str(deployment.replicas),
        "port": str(deployment.port),
        "revision": deployment.revision,
        "fence": str(deployment.fence),
        "image": image.reference,
        "image.serve": image.serve,
        "image.tag": image.tag,
        "make": MAKE,
    }
    if role == CANARY:
        named |= {"share": repr(deployment.share), "since": repr(deployment.since)}
        named |= {"mirrored": "true"} if deployment.mirrored else {}
    return place_labels(project, deployment.place, role) | {label(name): value for name, value in named.items()}


def place_of(labels: Mapping[str, str]) -> Place | None:
    """Whose it is."""
    environment, model = (labels.get(label(name), "") for name in ("environment", "model"))
    return Place(environment, model) if environment and model else None


def read(place: Place, labels: Mapping[str, str]) -> Deployment | None:
    """What `write` wrote; None where somebody took or spoilt a label that is needed."""
    named = {name.removeprefix(PREFIX): value for name, value in labels.items() if name.startswith(PREFIX)}
    try:
        return Deployment(
            place=place,
            version=named["version"],
            artefact=named["artefact"],
            bundle="",
            serve=dict(json.loads(named["serve"])),
            replicas=int(named["replicas"]),
            port=int(named["port"]),
            trust=(),
            revision=named["revision"],
            fence=int(named["fence"]),
            image=Image(named["image.serve"], named["image"], named["image.tag"], 0),
            share=float(named.get("share", 1)),
            since=float(named.get("since", 0)),
            mirrored=named.get("mirrored") == "true",
        )
    except (KeyError, TypeError, ValueError):
        return None


def made_alike(labels: Mapping[str, str]) -> bool:
    """Whether this version of mlspec would make the same service of the same deployment."""
    return labels.get(label("make")) == MAKE
