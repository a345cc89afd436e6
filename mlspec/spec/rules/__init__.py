"""What must be true of one document by itself, beyond the types of its fields."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.features import FeaturesDocument
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import check_ci
from mlspec.spec.rules.data import check_data
from mlspec.spec.rules.deploy import check_deploy
from mlspec.spec.rules.evaluation import check_evaluation
from mlspec.spec.rules.features import check_document, check_features
from mlspec.spec.rules.gitlab import check_gitlab
from mlspec.spec.rules.monitoring import check_monitoring
from mlspec.spec.rules.notify import check_notify
from mlspec.spec.rules.retrain import check_retrain
from mlspec.spec.rules.serving import check_serving
from mlspec.spec.rules.sources import check_sources
from mlspec.spec.rules.targets import check_environments
from mlspec.spec.rules.training import check_training
from mlspec.spec.unsupported import unsupported_in_project


def check_model(spec: ModelSpec) -> Iterator[Fault]:
    """Every fault of a model's spec that needs no other file to be seen."""
    yield from check_sources(spec.data.sources)
    yield from check_data(spec)
    yield from check_features(spec)
    yield from check_training(spec)
    yield from check_evaluation(spec)
    yield from check_deploy(spec)
    yield from check_serving(spec)
    yield from check_monitoring(spec)
    yield from check_retrain(spec)


def check_features_document(document: FeaturesDocument) -> Iterator[Fault]:
    """Every fault of shared features that needs no other file to be seen."""
    yield from check_document(document)


def check_project(spec: ProjectSpec) -> Iterator[Fault]:
    """Every fault of a project's spec."""
    yield from check_ci(spec)
    yield from check_notify(spec)
    yield from check_gitlab(spec)
    yield from check_environments(spec)
    yield from unsupported_in_project(spec)
