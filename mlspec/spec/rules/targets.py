"""Rules for targets: what an environment's target has a use for, and what needs an environment of containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, dotted, one_of
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.serving import written
from mlspec.spec.rules.training import inside, overlap

CONTAINERS: Final = ("docker", "swarm")
"""The targets that run images."""

SPLITTING: Final = CONTAINERS
"""The targets whose front can give a candidate a share of the requests, or copies of them."""

_USED_BY: Final = {
    **dict.fromkeys(("context", "bind", "proxy", "env_file"), CONTAINERS),
    "constraints": ("swarm",),
}
_BY_CONTAINERS: Final[tuple[Path, ...]] = (
    *(("serving", name) for name in ("deps", "health", "env", "resources")),
    *(("serving", "image", name) for name in ("base", "system_packages", "requirements", "refresh")),
)
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - what a swarm does anyway, said aloud
_INSTEAD: Final[tuple[Path, ...]] = (("serving", "entrypoint"), ("serving", "image", "dockerfile"))
"""What puts another server in the place of mlspec's own."""


def check_environments(project: ProjectSpec) -> Iterator[Fault]:
    """Fields of environments that their target can't use."""
    for name, environment in project.environments.items():
        for field, targets in _USED_BY.items():
            if field in environment.model_fields_set and environment.target not in targets:
                message = f"`{field}` has no effect with the target `{environment.target}`"
                yield Fault(("environments", name, field), message, f"it is for {one_of(targets)}; remove it")
        if environment.target == "swarm" and environment.bind not in _EVERYWHERE:
            message = f"a swarm publishes ports on every address of its nodes, and can't on {environment.bind} only"
            hint = "write `bind: 0.0.0.0` if that is meant, and see to the nodes' firewall"
            yield Fault(("environments", name, "bind"), message, hint)


def check_targets(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """Faults of a model's serving that its environments show."""
    if any(name not in project.environments for name in spec.deploy):
        return  # that is told by itself
    yield from _effects(spec, project)
    yield from _canaries(spec, project)
    if any(project.environments[name].target in CONTAINERS for name in spec.deploy):
        yield from _names(spec, project)
        yield from _content(spec, project)


def _canaries(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """Only a front that is told how much each server gets can split the traffic, or copy requests."""
    for name, deploy in spec.deploy.items():
        target = project.environments[name].target
        if target in SPLITTING:
            continue
        instead = f"`deploy.{name}.replay` compares a candidate on recorded requests, on every target"
        hint = f"{instead}; or use {one_of(SPLITTING)}"
        if deploy.shadow is not None:
            message = f"the target `{target}` of `{name}` can't copy requests, so there can be no shadow"
            yield Fault(("deploy", name, "shadow"), message, hint)
        if deploy.canary is not None:
            message = f"the target `{target}` of `{name}` can't split the traffic, so there can be no canary"
            yield Fault(("deploy", name, "canary"), message, hint)


def _effects(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """A server of one's own needs containers everywhere; the rest needs them somewhere."""
    processes = [name for name in spec.deploy if project.environments[name].target not in CONTAINERS]
    for at in _INSTEAD:
        if processes and written(spec, at):
            message = f"`{dotted(at[1:])}` needs containers, and the environment `{processes[0]}` runs none"
            yield Fault(at, message, f"give it the target {one_of(CONTAINERS)}, or don't deploy there")
    useless = _BY_CONTAINERS if len(processes) == len(spec.deploy) else ()
    for at in (*useless, *(() if spec.deploy else _INSTEAD)):
        if written(spec, at):
            hint = f"deploy to an environment with the target {one_of(CONTAINERS)}, or remove it"
            yield Fault(at, f"`{dotted(at[1:])}` has no effect: no environment of the model runs containers", hint)


def _names(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """Both are parts of an image's name, which can't end in a hyphen."""
    if spec.name.endswith("-"):
        yield Fault(("name",), f"`{spec.name}` can't be part of an image's name", "end it with a letter or a digit")
    if project.name.endswith("-"):
        message = f"the project's name `{project.name}` can't be part of an image's name"
        yield Fault(("deploy",), message, "end it with a letter or a digit, by `name` in specs/project.yaml")


def _content(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """What mlspec itself writes after a training must not change what the image is made of."""
    models = project.layout.models
    hint = f"keep it outside of `{models}`, where mlspec writes"
    for index, path in enumerate(spec.serving.deps):
        if overlap(path, models):
            yield Fault(("serving", "deps", index), f"`{path}` overlaps the folder of generated files", hint)
    dockerfile = spec.serving.image.dockerfile
    folder = (dockerfile or "").rpartition("/")[0]
    if dockerfile and folder and overlap(folder, models):
        message = f"the folder of `{dockerfile}` overlaps that of generated files"
        yield Fault(("serving", "image", "dockerfile"), message, hint)
    requirements = spec.serving.image.requirements
    if requirements and inside(requirements, models):
        message = f"`{requirements}` is in the folder of generated files"
        yield Fault(("serving", "image", "requirements"), message, hint)
