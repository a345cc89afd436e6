"""`serving:` and `deploy:` how a model answers requests, and where."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from mlspec.spec.bake import BakeSpec
from mlspec.spec.canary import CanarySpec
from mlspec.spec.containers import DebianPackage, ImageReference, UrlPath, VariableName
from mlspec.spec.promotion import Promotion
from mlspec.spec.replay import ReplaySpec
from mlspec.spec.shadow import ShadowSpec
from mlspec.spec.values import (
    DottedName,
    Duration,
    Integer,
    Name,
    Number,
    OrEmpty,
    RepositoryPath,
    Section,
    Size,
    Text,
    fault,
)

DEFAULT_PYTHON = "3.11"


def _port(value: int) -> int:
    if value and not 1024 <= value <= 65535:
        raise fault(f"{value} is not a port that can be used", "a port from 1024 to 65535, or 0 for any free one")
    return value


_PORT_SCHEMA: dict[str, Any] = {"anyOf": [{"const": 0}, {"type": "integer", "minimum": 1024, "maximum": 65535}]}
Port = Annotated[Integer, AfterValidator(_port), WithJsonSchema(_PORT_SCHEMA)]
Processors = Annotated[
    Number, Field(ge=0.01, le=4096), WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 4096})
]


class ImageSpec(Section):
    """The container image of the model's server, for environments that run containers."""

    base: ImageReference | None = Field(
        default=None,
        description="The image to build on; it has Python as `python`. `python:VERSION-slim` where left out, with the "
        "version of `training.environment.python`, else 3.11.",
    )
    system_packages: tuple[DebianPackage, ...] = Field(
        default=(), description="Debian packages to install, such as `libgomp1`."
    )
    requirements: RepositoryPath | None = Field(
        default=None, description="A requirements file whose packages are installed besides the server's own."
    )
    dockerfile: RepositoryPath | None = Field(
        default=None,
        description="A Dockerfile of your own, in a folder of its own; the folder's files that git tracks are its "
        "context, with the model put below `model/`.",
    )
    refresh: Text | None = Field(
        default=None, description="Any text. When it changes, the image is built anew, on the base's newest state."
    )


class ResourcesSpec(Section):
    """What one instance of the server may use."""

    cpu: Processors | None = Field(default=None, description="Processors, such as `0.5`; at least 0.01.")
    memory: Annotated[Size, Field(ge=6 * 2**20, le=2**50)] | None = Field(
        default=None, description="Memory, such as `1Gi`; at least `6Mi`."
    )


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
    format: Literal["skops", "onnx"] = Field(
        default="skops",
        description="The file that is registered and served: `skops`, the fitted model by scikit-learn; `onnx`, the "
        "same converted, by ONNX Runtime alone: faster for trees and for tables with categories, less memory for all. "
        "A model that can't be converted, or then answers otherwise, is held. A change converts anew and fits nothing.",
    )
    entrypoint: tuple[Text, ...] | None = Field(
        default=None,
        min_length=1,
        description="The command of a server of your own, word by word, in place of mlspec's. It listens on port 8080 "
        "(`$PORT`) and finds the model in `/model` (`$MODEL_DIR`). Containers only.",
    )
    deps: tuple[RepositoryPath, ...] = Field(
        default=(),
        description="Files and folders of the repository that the server needs: put below `/opt/app`, importable. "
        "Containers only.",
    )
    health: UrlPath = Field(
        default="/v2/health/ready",
        description="The path that answers 200 when the server is ready. Containers only.",
    )
    startup_timeout: Annotated[Duration, Field(ge=1, le=3600)] | None = Field(
        default=None,
        description="How long a new server may take to become ready, such as `5m`; a minute where left out.",
    )
    env: tuple[VariableName, ...] = Field(
        default=(),
        description="Names of environment variables that the server gets. Their values come from mlspec's own "
        "environment, or the `env_file` of the project's environment. Containers only.",
    )
    resources: Annotated[ResourcesSpec, OrEmpty] = Field(
        default=ResourcesSpec(), description="What one instance may use. Containers only."
    )
    image: Annotated[ImageSpec, OrEmpty] = Field(
        default=ImageSpec(), description="The server's container image. Containers only."
    )
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
        description="`auto`: a new version that passes its gates is deployed. `manual`: a person promotes it. Or "
        "conditions. The environment's own policy where left out.",
    )
    bake: BakeSpec | None = Field(
        default=None,
        description="What a new version has to keep while it is watched. Where left out, it is not watched.",
    )
    shadow: ShadowSpec | None = Field(
        default=None,
        description="What a candidate has to keep while it answers copies of live requests. Where left out, none are "
        "copied.",
    )
    canary: CanarySpec | None = Field(
        default=None,
        description="What a candidate has to keep while it gets a share of the requests. Where left out, it gets all "
        "at once.",
    )
    replay: Annotated[ReplaySpec | None, OrEmpty] = Field(
        default=None,
        description="What a candidate has to keep on recorded requests before it takes the traffic. Where left out, "
        "none are sent.",
    )
    replicas: Annotated[Integer, Field(ge=1, le=64)] = Field(default=1, description="How many instances run, 1 to 64.")
    port: Port = Field(default=0, description="The port to listen on, 1024 to 65535; 0 takes any free port.")
