"""What a deployment needs before anything is touched."""

from __future__ import annotations

from typing import Final

from docker.utils import parse_repository_tag

from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.haproxy import SLOTS
from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError
from mlspec.ports.runtime import Deployment

EVERYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104


def check(swarm: Swarm, deployment: Deployment) -> None:
    """MlspecError where the swarm can't run it."""
    place, image = deployment.place, deployment.image
    if image is None:
        raise MlspecError(f"{place}: there is no image to run", hint="run it again: it is built first")
    check_replicas(str(place), deployment.replicas)
    _check_bind(place.environment, deployment.serve.get("environment.bind", ""))
    if image.reference.startswith("sha256:") and (nodes := swarm.nodes()) > 1:
        raise MlspecError(
            f"{place}: only this engine has the image, and the swarm has {nodes} nodes",
            hint="set registry.images in the project's spec, so that all nodes can pull it",
        )
    _check_health(swarm, str(place), image.reference)


def check_replicas(place: str, replicas: int) -> None:
    """An update needs one slot of the front more."""
    if replicas >= SLOTS:
        raise MlspecError(f"{place}: at most {SLOTS - 1} replicas are balanced over", hint="ask for fewer")


def proxy_image(swarm: Swarm, proxy: str) -> str:
    """What to run as the front: by the digest that its registry gave it, else by id where there is one node only."""
    found = swarm.image(proxy)
    if found is None:
        raise MlspecError(
            f"the proxy's image {proxy} is not there, and can't be pulled",
            hint="pull it on this engine, or name another by environments.NAME.proxy",
        )
    repository, _ = parse_repository_tag(proxy)
    for name in found["RepoDigests"] or ():
        if name.partition("@")[0] == repository:
            return str(name)
    return str(found["Id"]) if swarm.nodes() == 1 else proxy


def _check_bind(environment: str, bind: JSON) -> None:
    """Nobody's model is shown to a network that was not meant to see it."""
    if bind not in EVERYWHERE:
        raise MlspecError(
            f"a swarm publishes ports on every address of its nodes, and {environment} asks for {bind} only",
            hint=f"set environments.{environment}.bind to 0.0.0.0 if that is meant, and see to the nodes' firewall",
        )


def _check_health(swarm: Swarm, place: str, reference: str) -> None:
    found = swarm.image(reference)
    if found is None:
        raise MlspecError(f"{place}: the image {reference} can't be had", hint="run it again: it is built anew")
    test = ((found["Config"] or {}).get("Healthcheck") or {}).get("Test") or ["NONE"]
    if test[0] == "NONE":
        raise MlspecError(
            f"{place}: the image has no HEALTHCHECK, so that nobody could tell when it is ready",
            hint="add one to its Dockerfile",
        )
