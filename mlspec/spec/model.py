"""The `Model` document: everything that a team says about one model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlspec.spec.data import ColumnRule, DataSpec, RowsRule, SplitSpec, ValidationSpec
from mlspec.spec.evaluation import EvaluationSpec, GateSpec
from mlspec.spec.features import FeaturesSpec
from mlspec.spec.monitoring import MonitoringSpec
from mlspec.spec.retrain import RetrainSpec
from mlspec.spec.serving import DEFAULT_PYTHON, DeploySpec, ImageSpec, LimitsSpec, ServingSpec
from mlspec.spec.sources import SourceSpec
from mlspec.spec.training import EnvironmentLock, TrainingSpec
from mlspec.spec.values import Name, OrEmpty, Section, Text, VersionName

__all__ = [
    "ColumnRule",
    "DataSpec",
    "DeploySpec",
    "EnvironmentLock",
    "EvaluationSpec",
    "GateSpec",
    "ImageSpec",
    "LimitsSpec",
    "ModelSpec",
    "RowsRule",
    "ServingSpec",
    "SourceSpec",
    "SplitSpec",
    "TrainingSpec",
    "ValidationSpec",
]


class ModelSpec(Section):
    """One model: its data, how it is trained and judged, and where it runs."""

    api_version: Literal["mlspec/v1"] = Field(
        default="mlspec/v1", alias="apiVersion", description="The version of this format: `mlspec/v1`."
    )
    kind: Literal["Model"] = Field(default="Model", description="`Model`.")
    name: Name = Field(description="The model's name: lower-case letters, digits and hyphens, unique in the project.")
    was: Name | None = Field(
        default=None,
        description="The name that the model had before: its versions and promotions are carried over, what runs is "
        "replaced, and nothing is trained for it.",
    )
    description: str = Field(default="", description="What the model is for, in a sentence.")
    owners: tuple[Text, ...] = Field(default=(), description="Who to ask about the model.")
    version: VersionName = Field(default="v0.1.0", description="The first version that is registered.")
    data: DataSpec = Field(description="Where the data comes from, what must be true of it and how it is split.")
    features: FeaturesSpec | None = Field(
        default=None, description="A step of your own between the data and the training."
    )
    training: TrainingSpec = Field(description="How the model is trained.")
    evaluation: EvaluationSpec = Field(description="How the model is measured, and what it must reach.")
    serving: Annotated[ServingSpec, OrEmpty] = Field(
        default=ServingSpec(), description="How the model answers requests."
    )
    deploy: dict[Name, Annotated[DeploySpec, OrEmpty]] = Field(
        default_factory=dict,
        description="The environments of the project that the model goes to. "
        "Without any, versions are registered and nothing is deployed.",
    )
    monitoring: Annotated[MonitoringSpec, OrEmpty] | None = Field(
        default=None, description="What is watched while the model serves. Where left out, nothing is."
    )
    retrain: Annotated[RetrainSpec, OrEmpty] | None = Field(
        default=None,
        description="When the model is trained again. Where left out, whenever what it is made of changes.",
    )

    @property
    def base_image(self) -> str:
        """The image that the server's is built on: the spec's, else one with the Python that trains."""
        return self.serving.image.base or f"python:{self.training.environment.python or DEFAULT_PYTHON}-slim"
