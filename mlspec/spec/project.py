"""The `Project` document: what the models of a repository share. All of it has defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from mlspec.spec.ci import CiSpec
from mlspec.spec.containers import Address, Constraint, DockerContext, ImageReference, ImageRepository
from mlspec.spec.notify import NotifySpec
from mlspec.spec.promotion import AUTO, Promotion
from mlspec.spec.sources import EnvName
from mlspec.spec.values import Duration, Flag, Name, OrEmpty, RepositoryPath, Section, Text, later

Target = Literal["process", "docker", "swarm", "kubernetes"]


class EnvironmentSpec(Section):
    """A place where models run."""

    target: Target = Field(
        default="process",
        description="What runs the models. `process`: servers on this machine. `docker`: containers of one engine. "
        "`swarm`: services of a swarm.",
    )
    promote: Promotion = Field(
        default=AUTO,
        json_schema_extra={"default": "auto"},
        description="`auto`: new versions that pass their gates are deployed. `manual`: a person promotes them. Or "
        "conditions.",
    )
    context: DockerContext | None = Field(
        default=None,
        description="With `docker` and `swarm`: the Docker context whose engine it is. Where left out, the engine that "
        "`docker` itself would use.",
    )
    bind: Address = Field(
        default="127.0.0.1",
        description="With `docker` and `swarm`: the address that published ports listen on; `0.0.0.0` for all, "
        "which is all that `swarm` can do.",
    )
    proxy: ImageReference = Field(
        default="haproxy:2.6",
        description="With `docker` and `swarm`: the image of the proxy in front of the servers, an HAProxy.",
    )
    env_file: RepositoryPath | None = Field(
        default=None,
        description="With `docker` and `swarm`: a file of `KEY=VALUE` lines, ignored by git, for the names in "
        "`serving.env`.",
    )
    constraints: tuple[Constraint, ...] = Field(
        default=(), description="With `swarm`: which nodes may run the models, such as `node.role==worker`."
    )


class LayoutSpec(Section):
    """Where generated files go."""

    models: RepositoryPath = Field(default="models", description="The folder that holds a folder per model.")


class DataRemoteSpec(Section):
    """Where data and model files are kept."""

    remote: Text | None = later("The DVC remote to use.")


class RegistrySpec(Section):
    """Where versions and their images are registered."""

    images: ImageRepository | None = Field(
        default=None,
        description="Where images are pushed to and pulled from: a registry's host and a path. Where left out, images "
        "stay on the engine that built them.",
    )
    prefix: Text | None = later("What the names of tags start with.")


class TrackingSpec(Section):
    """A tracking server that is told of registered versions; git stays the truth."""

    export: Literal["mlflow"] = Field(description="What kind of server it is: `mlflow`.")
    uri_env: EnvName = Field(
        default="MLFLOW_TRACKING_URI",
        description="The environment variable with its address, such as `http://mlflow.example:5000`.",
    )
    files: Flag = Field(
        default=False, description="Whether it gets the models' files too; their digests it gets in any case."
    )


class DefaultsSpec(Section):
    """What models get that don't say otherwise."""

    training: dict[str, JsonValue] | None = Field(default=None, description="As a model's `training`.")
    evaluation: dict[str, JsonValue] | None = Field(default=None, description="As a model's `evaluation`.")
    serving: dict[str, JsonValue] | None = Field(default=None, description="As a model's `serving`.")
    deploy: dict[str, JsonValue] | None = Field(default=None, description="As an entry of a model's `deploy`.")


def _production() -> dict[str, Any]:
    return {"production": EnvironmentSpec()}


class ProjectSpec(Section):
    """What the models of a repository share. There is at most one; all of it has defaults."""

    api_version: Literal["mlspec/v1"] = Field(
        default="mlspec/v1", alias="apiVersion", description="The version of this format: `mlspec/v1`."
    )
    kind: Literal["Project"] = Field(default="Project", description="`Project`.")
    name: Name = Field(
        default="project",
        json_schema_extra={"default": None},
        description="The project's name; the repository's folder is its name where left out.",
    )
    environments: dict[Name, Annotated[EnvironmentSpec, OrEmpty]] = Field(
        default_factory=_production,
        min_length=1,
        description="The environments that models can be deployed to; `production` with the target `process` "
        "where left out.",
    )
    layout: Annotated[LayoutSpec, OrEmpty] = Field(default=LayoutSpec(), description="Where generated files go.")
    data: Annotated[DataRemoteSpec, OrEmpty] = Field(
        default=DataRemoteSpec(), description="Where data and model files are kept."
    )
    ci: Annotated[CiSpec, OrEmpty] = Field(default=CiSpec(), description="The continuous integration to write.")
    registry: Annotated[RegistrySpec, OrEmpty] = Field(
        default=RegistrySpec(), description="Where versions and their images are registered."
    )
    notify: dict[Name, NotifySpec] = Field(
        default_factory=dict,
        description="Who hears of what, by a name of your own: told once when it begins, and "
        "once when it is over, by `mlspec reconcile` and `mlspec drift --notify`.",
    )
    budget: Duration | None = Field(
        default=None,
        description="How long the trainings of one run should take together, such as `4h`, whatever runs side by side. "
        "`plan` warns where former trainings say that it will be more.",
    )
    tracking: TrackingSpec | None = Field(
        default=None, description="A tracking server that is told of registered versions."
    )
    defaults: DefaultsSpec | None = later("What models get that don't say otherwise.")
