"""Images on a Docker Engine: built from a context in memory, found by their labels, held to their digests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import docker
from docker.utils import parse_repository_tag

import mlspec
from mlspec.adapters.docker.client import connect, explained, inspected, label
from mlspec.adapters.images import registry
from mlspec.adapters.images.base import pinned
from mlspec.adapters.images.build import Work, build
from mlspec.adapters.images.context import pack
from mlspec.adapters.images.dockerfile import Base
from mlspec.domain.digest import short
from mlspec.domain.image import Image
from mlspec.errors import IntegrityError, MlspecError
from mlspec.ports.images import ImageOrder, Images, Say

BASE: Final = "org.opencontainers.image.base."

Found = Mapping[str, Any]
"""An image as the engine lists or inspects it."""


def open_images(project: str, context: str) -> Images:
    """The images of a project on the engine of a Docker context; nothing is asked of it before it is needed."""
    return DockerImages(project, context)


class DockerImages:
    """Images of one project. A complete image has a name; what an interrupted build leaves has none."""

    def __init__(self, project: str, context: str) -> None:
        self._project = project
        self._context = context

    @cached_property
    def _client(self) -> docker.DockerClient:
        return connect(self._context)

    def known(self) -> Mapping[str, Image]:
        """Serve digest → image, of all that are complete; the newest, where one was built twice."""
        images: dict[str, Image] = {}
        for found in sorted(self._listed(), key=_age):
            serve = found["Labels"].get(label("serve"), "")
            images[serve] = Image(serve, found["Id"], next(iter(_names(found)), ""), found["Size"])
        images.pop("", None)
        return images

    def build(self, order: ImageOrder, say: Say) -> Image:
        """Build unless the engine or the registry has the image, name it, push it.

        Only what is complete and has a HEALTHCHECK gets a name. A push that fails leaves the image on the engine, so
        that the next try only pushes.
        """
        there = registry.digest(self._client, order.tag) if order.registry else ""  # if silent, told before the build
        identity = self._existing(order, say) or self._built(order, say)
        with explained(f"naming {order.tag}"):
            self._client.api.tag(identity, *parse_repository_tag(order.tag))
        found = inspected(self._client, identity) or {}
        reference = self._pushed(order.tag, there, found, say) if order.registry else identity
        return Image(order.serve, reference, order.tag, found["Size"])

    def bring(self, image: Image, say: Say) -> bool:
        """Whether the engine holds it now; only what has a digest of a registry can be pulled."""
        if inspected(self._client, image.reference) is None and not (
            "@" in image.reference and registry.pull(self._client, image.reference, say)
        ):
            return False
        self._verify(image.reference, image.serve)
        return True

    def bom(self, image: Image) -> str:
        """Read from the image's files, without running anything of it."""
        # A plan asks for `known` only, and the bill's library takes 80 ms to import.
        from mlspec.adapters.images.bom import bill  # noqa: PLC0415

        return bill(self._client, image)

    def _listed(self, serve: str = "") -> list[Found]:
        """The named images of this project, with one serve digest or with any."""
        labels = [f"{label('project')}={self._project}", f"{label('serve')}={serve}" if serve else label("serve")]
        with explained("listing images"):
            found: list[Found] = self._client.api.images(filters={"label": labels})
        return [image for image in found if _names(image) or _digests(image)]

    def _existing(self, order: ImageOrder, say: Say) -> str:
        """The id of the image, if the engine has it. What a registry has under the tag is not believed: anybody who
        may push could have put it there before the first build."""
        held = sorted(self._listed(order.serve), key=_age)
        if not held:
            return ""
        say(f"{order.tag}: built already, {short(held[-1]['Id'])}")
        return str(held[-1]["Id"])

    def _built(self, order: ImageOrder, say: Say) -> str:
        dockerfile, base = pinned(self._client, order.files["Dockerfile"], say)
        labels = {**order.labels, **_provenance(base)}
        with pack({**order.files, "Dockerfile": dockerfile}, Path(order.bundle)) as context:
            identity = build(self._client, Work(order.tag, context, dockerfile, labels, order.fresh), say)
        config = (inspected(self._client, identity) or {})["Config"]
        if ((config.get("Healthcheck") or {}).get("Test") or ["NONE"]) == ["NONE"]:
            raise MlspecError(
                f"{order.tag} has no HEALTHCHECK, so nobody could tell when a new instance may take requests",
                hint="add a HEALTHCHECK to its Dockerfile that asks the server whether it is ready",
            )
        return identity

    def _pushed(self, tag: str, there: str, found: Found, say: Say) -> str:
        """The reference by digest; not pushed where the tag stands for it already, as some registries keep tags."""
        current = f"{parse_repository_tag(tag)[0]}@{there}"
        return current if current in _digests(found) else registry.push(self._client, tag, say)

    def _verify(self, reference: str, serve: str) -> None:
        found = inspected(self._client, reference) or {}
        labels = (found.get("Config") or {}).get("Labels") or {}
        if labels.get(label("serve")) != serve:
            raise IntegrityError(
                f"{reference} is another image than the one that was recorded: its serve digest is "
                f"{labels.get(label('serve')) or 'not there'}, not {serve}",
                hint="find out who pushed it",
            )


def _names(image: Found) -> list[str]:
    """Its tags; engines differ in how they say that there are none."""
    return sorted(name for name in image.get("RepoTags") or () if "<none>" not in name)


def _digests(image: Found) -> list[str]:
    return sorted(name for name in image.get("RepoDigests") or () if "<none>" not in name)


def _age(image: Found) -> tuple[bool, int, str]:
    """Sorts what is preferred last: what has a tag, then the newest."""
    return bool(_names(image)), image["Created"], image["Id"]


def _provenance(base: Base) -> dict[str, str]:
    """The labels that only who builds can give."""
    known = {f"{BASE}name": base.name, f"{BASE}digest": base.digest, label("server"): mlspec.__version__}
    return {name: value for name, value in known.items() if value}
