"""The process target needs no files, and no settings of its own."""

from __future__ import annotations

from mlspec.kinds.target.process import KIND
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import EnvironmentSpec


def test_no_files() -> None:
    assert KIND.render(ModelSpec.model_construct(name="wine"), "production") == {}
    assert KIND.settings(ModelSpec.model_construct(name="wine"), EnvironmentSpec()) == {}
