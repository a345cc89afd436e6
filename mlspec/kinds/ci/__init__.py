"""CI providers: each file is one. A provider names the templates of its files and what they are told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mlspec.kinds.registry import discover
from mlspec.spec.project import ProjectSpec


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be rendered: where it goes, the template, and the values that the template may use."""

    path: str
    template: str
    values: Mapping[str, object]


class Provider(Protocol):
    """A kind of CI."""

    @property
    def name(self) -> str:
        """The name in `ci.providers`."""
        ...

    def render(self, project: ProjectSpec) -> tuple[Document, ...]:
        """The files that make this CI run mlspec."""
        ...

    def places(self, project: ProjectSpec) -> tuple[str, ...]:
        """Where its files may lie, also those of other settings."""
        ...


def documents(project: ProjectSpec) -> tuple[Document, ...]:
    """The files of all providers that the project names."""
    known = discover(__name__, Provider)
    return tuple(document for name in project.ci.providers for document in known[name].render(project))


def withdrawn(project: ProjectSpec) -> tuple[str, ...]:
    """Where providers' files may be left that the project does not ask for."""
    wanted = {document.path for document in documents(project)}
    places = (place for provider in discover(__name__, Provider).values() for place in provider.places(project))
    return tuple(place for place in places if place not in wanted)
