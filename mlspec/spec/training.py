"""`features:` and `training:` how a model is made from its data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mlspec.spec.compute import ComputeSpec
from mlspec.spec.search import SearchSpec
from mlspec.spec.values import (
    Command,
    DottedName,
    OrEmpty,
    PythonVersion,
    RepositoryPath,
    Section,
    Text,
)

Paths = tuple[RepositoryPath, ...]


class EnvironmentLock(Section):
    """Which Python and which packages train the model."""

    python: PythonVersion | None = Field(default=None, description='The Python version, such as `"3.11"`.')
    lock: RepositoryPath | None = Field(
        default=None,
        description="A file with pinned packages, such as `requirements.lock`. A change of it trains the model again. "
        "`mlspec lock` writes it. Where it is not what mlspec itself runs with, an environment is built of it.",
    )
    requirements: RepositoryPath | None = Field(
        default=None,
        description="A requirements file that `mlspec lock` resolves into `lock`, such as `requirements.in`.",
    )
    packages: tuple[Text, ...] = Field(
        default=(), description="Requirements that `mlspec lock` resolves besides, such as `lightgbm>=4`."
    )


class TrainingSpec(Section):
    """How the model is trained: by a scikit-learn `estimator`, or by a `command` of your own."""

    estimator: DottedName | None = Field(
        default=None, description="A scikit-learn estimator by its import path. This or `command`."
    )
    command: Command | None = Field(
        default=None,
        description="A shell command that writes `outs`, run from the project's folder. This or `estimator`.",
    )
    target: Text = Field(description="The column to predict.")
    features: tuple[Text, ...] | None = Field(
        default=None,
        min_length=1,
        description="The columns to predict from; all but the target and the excluded where left out.",
    )
    exclude: tuple[Text, ...] = Field(default=(), description="Columns that the model must not see.")
    params: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="The estimator's parameters, or those of your command (which finds them in `params.yaml`).",
    )
    deps: Paths = Field(
        default=(),
        description="With `command`: files and folders it reads, besides the prepared data. "
        "Python modules that it imports from the repository are found without being named.",
    )
    outs: Paths = Field(
        default=(), description="With `command`: files it writes. The first is the model, in skops' format."
    )
    format: Literal["skops", "files"] = Field(
        default="skops",
        description="With `command`: `skops`, a scikit-learn model that mlspec measures and serves; `files`, the "
        "`outs` as they are, measured by `evaluation.command` and served by `serving.entrypoint`.",
    )
    search: SearchSpec | None = Field(
        default=None,
        description="Search for the best hyperparameters, by cross-validation on the training rows alone.",
    )
    reproducible: Literal["exact", "metrics"] = Field(
        default="exact",
        description="What `mlspec verify` expects of training a version once more. `exact`: the same bytes. `metrics`: "
        "the same metrics, within `evaluation.tolerance`.",
    )
    environment: EnvironmentLock = Field(
        default=EnvironmentLock(), description="Which Python and which packages train the model."
    )
    compute: Annotated[ComputeSpec, OrEmpty] = Field(
        default=ComputeSpec(), description="What the training may use. A change of it trains nothing again."
    )
