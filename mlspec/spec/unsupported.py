"""What the schema knows and this version can't do yet: refused with its place, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.problem import Fault, Path, dotted
from mlspec.spec.project import ProjectSpec


def refuse(at: Path, *, what: str = "", instead: str = "remove it") -> Fault:
    """The fault of using something that a later version will bring."""
    return Fault(at, f"`{what or dotted(at)}` does not work yet in this version of mlspec", instead, waits=True)


def unsupported_in_project(spec: ProjectSpec) -> Iterator[Fault]:
    """Values of supported fields that no version can use yet."""
    for name, environment in spec.environments.items():
        if environment.target == "kubernetes":
            at = ("environments", name, "target")
            yield refuse(at, what="target: kubernetes", instead="use `process`, `docker` or `swarm`")
