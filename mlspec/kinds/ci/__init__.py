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


def documents(project: ProjectSpec) -> tuple[Document, ...]:
    """The files of all providers that the project names."""
    known = discover(__name__, Provider)
    return tuple(document for name in project.ci.providers for document in known[name].render(project))


def withdrawn(project: ProjectSpec) -> tuple[str, ...]:
    """Where the files of those providers go that the project does not name."""
    known = discover(__name__, Provider)
    others = (provider for name, provider in known.items() if name not in project.ci.providers)
    return tuple(document.path for provider in others for document in provider.render(project))
