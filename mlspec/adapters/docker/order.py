"""A deployment made ready for the engine: everything that it needs is looked up before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mlspec.adapters.docker.engine import Engine, Found
from mlspec.adapters.docker.environ import environ
from mlspec.adapters.docker.published import bind_of
from mlspec.adapters.images import registry
from mlspec.domain.actual import Place
from mlspec.domain.digest import JSON
from mlspec.domain.image import Image
from mlspec.errors import MlspecError

PROXY: Final = "haproxy:2.6"


@dataclass(frozen=True, slots=True)
class Probe:
    """How to ask a server whether it is ready: its image's HEALTHCHECK. `timeout` is in seconds."""

    command: tuple[str, ...]
    timeout: float


@dataclass(frozen=True, slots=True)
class Order:
    """What servers of a deployment are made of."""

    place: Place
    version: str
    artefact: str
    serve: Mapping[str, JSON]
    fence: int
    image: Image
    image_id: str
    probe: Probe
    environ: Mapping[str, str]
    proxy_id: str
    """the front's image"""

    @property
    def bind(self) -> str:
        """The address that the place listens on."""
        return bind_of(self.serve)

    @property
    def command(self) -> list[str] | None:
        """What mlspec's own server is told; images with another one are left to their own command."""
        return None if {"entrypoint", "image.dockerfile"} & set(self.serve) else ["--version", self.version]


def make_order(engine: Engine, root: Path, subject: Any, place: Place) -> Order:
    """An order for a Deployment or, when more servers are wanted, for the Route of what runs.

    MlspecError where the image or a variable is missing, or the image can't say when it is ready.
    """
    values = environ(place, subject.serve, root)
    image: Image | None = subject.image
    found = engine.image(image.reference) if image else None
    if image is None or found is None:
        name = image.tag if image else "no image"
        raise MlspecError(f"{place}: {name} is not on the engine", hint="run it again: it is brought or built then")
    return Order(
        place=place,
        version=subject.version,
        artefact=subject.artefact,
        serve=subject.serve,
        fence=subject.fence,
        image=image,
        image_id=found["Id"],
        probe=_probe(place, image, found),
        environ=values,
        proxy_id=_proxy(engine, proxy_of(subject.serve))["Id"],
    )


def proxy_of(serve: Mapping[str, JSON]) -> str:
    """The front's image, as the spec names it."""
    return str(serve.get("environment.proxy") or PROXY)


def _proxy(engine: Engine, name: str) -> Found:
    """The front's image, pulled where the engine does not have it."""
    if found := engine.image(name):
        return found
    if registry.pull(engine.client, name, lambda _: None) and (found := engine.image(name)):
        return found
    raise MlspecError(f"the image {name} of the front is nowhere", hint="see environments.NAME.proxy in the project")


def _probe(place: Place, image: Image, found: Found) -> Probe:
    check = found["Config"].get("Healthcheck") or {}
    test = check.get("Test") or ["NONE"]
    if test[0] not in {"CMD", "CMD-SHELL"}:
        raise MlspecError(
            f"{place}: the image {image.tag or image.reference} has no HEALTHCHECK",
            hint="add one to its Dockerfile: nobody could tell when it is ready",
        )
    shell = found["Config"].get("Shell") or ["/bin/sh", "-c"]
    command = tuple(test[1:]) if test[0] == "CMD" else (*shell, *test[1:])
    return Probe(command, (check.get("Timeout") or 30_000_000_000) / 1e9)
