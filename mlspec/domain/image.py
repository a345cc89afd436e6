"""Images: what a model's server is built into, and the digest that says which image a deployment needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlspec.domain.digest import JSON, digest, short
from mlspec.domain.record import VersionRecord

Recipe = Mapping[str, JSON]
"""What an image is built from besides the version: the name of a part → the digest of its content."""


@dataclass(frozen=True, slots=True)
class Image:
    """A built image. `serve` is the digest of what it was built from, and decides whether it is the right one."""

    serve: str
    reference: str
    """what to run: `host/path/wine@sha256:…` where there is a registry, else the engine's own id `sha256:…`"""
    tag: str
    """the name for people: `host/path/wine:v0.1.0-0123456789ab`"""
    size: int
    """bytes, unpacked"""

    @property
    def words(self) -> str:
        """The image for people: `host/path/wine:v0.1.0-0123456789ab, 412 MB`."""
        return f"{self.tag}, {self.size / 1e6:,.0f} MB"


def serve_digest(recipe: Recipe, record: VersionRecord) -> str:
    """The digest of everything that an image is made of; the same in every environment."""
    made_of: dict[str, JSON] = {
        "recipe": recipe,
        "packages": record.packages,
        "model": record.model,
        "version": record.version,
        "artefact": record.artefact_digest,
    }
    if record.profile is not None:
        made_of["profile"] = record.profile.file.sha256
    return digest(made_of)


def image_tag(repository: str, record: VersionRecord, serve: str) -> str:
    """`REPOSITORY/wine:v0.1.0-0123456789ab`; `repository` is the registry's, or the project's name without one."""
    return f"{repository}/{record.model}:{record.version}-{short(serve, 12)}"
