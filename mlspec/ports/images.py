"""Images, as mlspec needs them: build one from a context in memory, find it again, say what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mlspec.domain.image import Image

Say = Callable[[str], None]
"""Takes one line of progress at a time."""


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """What shall be built.

    `files` is the build context (path → content, `Dockerfile` and `.dockerignore` among them), to which the builder
    adds mlspec's server below `server/`, and the model's files from the folder `bundle`, already checked against the
    version's record, below `model/`. `labels` are put on the image as they are. With a `registry` the image is pushed
    to it under `tag`. `fresh`: the base image is looked up again, and no layer is taken from the engine's cache.
    """

    serve: str
    tag: str
    files: Mapping[str, bytes]
    bundle: str
    labels: Mapping[str, str]
    registry: str = ""
    fresh: bool = False


class Images(Protocol):
    """The images of one project on one engine. MlspecError, saying what to do, wherever the engine refuses."""

    def known(self) -> Mapping[str, Image]:
        """Serve digest → image, of all images of this project that the engine has. Unreachable without an engine."""
        ...

    def build(self, order: ImageOrder, say: Say) -> Image:
        """Build, push where there is a registry, and return the image; interrupted, it leaves nothing with a tag."""
        ...

    def bring(self, image: Image, say: Say) -> bool:
        """Have the engine hold it, pulled by digest where it is not there; False where nobody has it any more.

        IntegrityError when what was pulled is not labelled with its serve digest.
        """
        ...

    def bom(self, image: Image) -> str:
        """What is installed in the image: a CycloneDX bill of materials, JSON, the same for the same packages."""
        ...
