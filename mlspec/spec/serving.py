"""`serving:` and `deploy:` how a model answers requests, and where."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from mlspec.spec.values import DottedName, Integer, Name, Number, RepositoryPath, Section, Size, Text, fault, later

Promotion = Literal["auto", "manual"]
DEFAULT_BASE = "python:3.11-slim"


def _port(value: int) -> int:
    if value and not 1024 <= value <= 65535:
        raise fault(f"{value} is not a port that can be used", "a port from 1024 to 65535, or 0 for any free one")
    return value


_PORT_SCHEMA: dict[str, Any] = {"anyOf": [{"const": 0}, {"type": "integer", "minimum": 1024, "maximum": 65535}]}
Port = Annotated[Integer, AfterValidator(_port), WithJsonSchema(_PORT_SCHEMA)]


class ImageSpec(Section):
    """The container image of the model's server."""

    base: Text = Field(
        default=DEFAULT_BASE, description="The image to build on. Only the default works in this version."
    )
    system_packages: tuple[Text, ...] | None = later("Debian packages to install.")
    dockerfile: RepositoryPath | None = later("A Dockerfile of your own.")
    entrypoint: tuple[Text, ...] | None = later("The command that starts the server.")


class ResourcesSpec(Section):
    """What one instance of the server may use."""

    cpu: Number | None = Field(default=None, description="Processors.")
    memory: Size | None = Field(default=None, description="Memory, such as `1Gi`.")


class LimitsSpec(Section):
    """What a request may be at most; more is refused."""

    body: Annotated[Size, Field(ge=1, le=2**30)] = Field(
        default=2**20, description="The size of a request, such as `1MB`; 1 MiB by default, 1 GiB at most."
    )
    batch: Annotated[Integer, Field(ge=1, le=1_000_000)] = Field(default=1000, description="Rows in one request.")
    depth: Annotated[Integer, Field(ge=2, le=100)] = Field(default=16, description="How deep its JSON may be nested.")


class ServingSpec(Section):
    """How the model answers requests."""

    protocol: Literal["open-inference-v2"] = Field(
        default="open-inference-v2", description="The protocol: KServe's Open Inference Protocol, version 2."
    )
    image: ImageSpec = Field(default=ImageSpec(), description="The server's container image.")
    resources: ResourcesSpec | None = later("What one instance may use.")
    trust: tuple[DottedName, ...] = Field(
        default=(), description="Types that the server may load from the model file besides scikit-learn's own."
    )
    limits: LimitsSpec = Field(default=LimitsSpec(), description="What a request may be at most.")


class DeploySpec(Section):
    """How the model runs in one environment."""

    from_: Name | None = Field(
        default=None, alias="from", description="Only versions that this environment runs are promoted here."
    )
    promote: Promotion | None = Field(
        default=None,
        description="`auto`: a new version that passes its gates is deployed. `manual`: a person promotes it. "
        "The environment's own policy where left out.",
    )
    replicas: Annotated[Integer, Field(ge=1, le=64)] = Field(default=1, description="How many instances run, 1 to 64.")
    port: Port = Field(default=0, description="The port to listen on, 1024 to 65535; 0 takes any free port.")
