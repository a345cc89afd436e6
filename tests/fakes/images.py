"""An engine's images in memory, and a registry that several engines share."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fakes.runtime import FakeRuntime

from mlspec.domain.digest import bytes_digest, digest
from mlspec.domain.image import Image
from mlspec.errors import MlspecError
from mlspec.ports.images import ImageOrder, Say


class FakeImages:
    """`Images` without an engine. `orders` is what was asked for, `built` the serve digests of what was not there yet.

    `fail_next` makes the next build fail; `interrupt["built"]` or `["pushed"]` is raised once that is done; `forget`
    removes all images from the engine, as `docker image prune` would. The registry keeps its own.
    """

    def __init__(self, registry: dict[str, Image] | None = None) -> None:
        self.registry = {} if registry is None else registry
        self.orders: list[ImageOrder] = []
        self.built: list[str] = []
        self.interrupt: dict[str, BaseException] = {}
        self._here: dict[str, Image] = {}
        self._failures: deque[str] = deque()

    def __contains__(self, image: object) -> bool:
        """Whether the engine can run an image, by its own id or by the registry's digest."""
        return isinstance(image, Image) and any(
            image.reference.endswith(known.reference) for known in self._here.values()
        )

    def fail_next(self, message: str = "the build failed: pip found no such package") -> None:
        """The next build fails."""
        self._failures.append(message)

    def forget(self) -> None:
        """The engine has no images any more."""
        self._here.clear()

    def known(self) -> Mapping[str, Image]:
        return dict(self._here)

    def build(self, order: ImageOrder, say: Say) -> Image:
        self.orders.append(order)
        image = self._here.get(order.serve) or self._built(order, say)
        if order.registry:
            image = replace(image, reference=f"{order.tag.rpartition(':')[0]}@{image.reference}")
            self.registry[image.reference] = self._here[order.serve]
            self._die("pushed")
        return image

    def _built(self, order: ImageOrder, say: Say) -> Image:
        self.built.append(order.serve)
        if self._failures:
            raise MlspecError(self._failures.popleft())
        model = {path.name: bytes_digest(path.read_bytes()) for path in Path(order.bundle).iterdir()}
        dockerfile = order.files["Dockerfile"]
        if not model or b"HEALTHCHECK" not in dockerfile or b"HEALTHCHECK NONE" in dockerfile:
            raise MlspecError("no model, or no HEALTHCHECK")
        say("Step 1/1 : FROM scratch")
        files = {path: bytes_digest(data) for path, data in order.files.items()}
        content = digest({"files": files, "model": model, "labels": dict(order.labels)})
        image = self._here[order.serve] = Image(order.serve, content, order.tag, 400_000_000)
        self._die("built")
        return image

    def bring(self, image: Image, say: Say) -> bool:
        if image in self:
            return True
        if found := self.registry.get(image.reference):
            say("pulling")
            self._here[found.serve] = found
        return found is not None

    def bom(self, image: Image) -> str:
        return json.dumps({"bomFormat": "CycloneDX", "metadata": {"component": {"name": image.serve}}}, indent=2)

    def _die(self, when: str) -> None:
        if error := self.interrupt.pop(when, None):
            raise error


class FakeEngine:
    """An engine: its images, and what the targets run on it."""

    def __init__(self, registry: dict[str, Image] | None = None) -> None:
        self.images = FakeImages(registry)
        self._runtimes: dict[str, FakeRuntime] = {}

    def runtime(self, target: str) -> FakeRuntime:
        """The runtime of one of the engine's targets."""
        return self._runtimes.setdefault(target, FakeRuntime(self.images))
