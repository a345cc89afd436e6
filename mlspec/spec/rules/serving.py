"""Rules for `serving:` one way to make an image, and lists that name things once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path

_WRITTEN_THERE: Final = (
    *(("serving", "image", name) for name in ("base", "system_packages", "requirements")),
    *(("serving", name) for name in ("entrypoint", "deps", "health", "limits")),
)
"""What a Dockerfile of one's own decides by itself."""


def check_serving(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of how an image is made."""
    serving = spec.serving
    if serving.image.dockerfile is not None:
        yield from _dockerfile(spec)
    elif serving.entrypoint is not None and written(spec, ("serving", "limits")):
        yield Fault(("serving", "limits"), "`limits` has no effect: the server is your own", "remove it")
    if serving.format != "skops" and spec.training.format == "files":
        hint = "remove it; what `training.command` writes is served as it is"
        yield Fault(("serving", "format"), f"`format: {serving.format}` needs a model in skops' format", hint)
    for field, items in (("env", serving.env), ("deps", serving.deps)):
        yield from _twice(items, ("serving", field))
    yield from _twice(serving.image.system_packages, ("serving", "image", "system_packages"))
    for index, path in enumerate(serving.deps):
        if ":" in path:
            yield Fault(("serving", "deps", index), f"`{path}` can't be on Python's path", "rename it, without `:`")


def written(spec: ModelSpec, at: Path) -> bool:
    """Whether a field of the spec is written down, with whatever value."""
    section: object = spec
    for name in at:
        if str(name) not in getattr(section, "model_fields_set", ()):
            return False
        section = getattr(section, str(name))
    return True


def _dockerfile(spec: ModelSpec) -> Iterator[Fault]:
    """The folder is the build's context, so it holds the image's files and nothing else."""
    path = spec.serving.image.dockerfile or ""
    if "/" not in path:
        hint = f"move it to a folder of its own, such as `serving/{spec.name}/{path}`"
        yield Fault(("serving", "image", "dockerfile"), f"`{path}` is in the repository's root", hint)
    for at in _WRITTEN_THERE:
        if written(spec, at):
            yield Fault(at, f"`{at[-1]}` and `image.dockerfile` exclude each other", "write it in the Dockerfile")


def _twice(items: tuple[str, ...], at: Path) -> Iterator[Fault]:
    for index, item in enumerate(items):
        if item in items[:index]:
            yield Fault((*at, index), f"`{item}` is here twice", "keep one of them")
