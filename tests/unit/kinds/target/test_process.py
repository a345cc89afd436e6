"""The process target needs no files."""

from __future__ import annotations

from mlspec.kinds.target.process import KIND
from mlspec.spec.model import ModelSpec


def test_no_files() -> None:
    assert KIND.render(ModelSpec.model_construct(name="wine"), "production") == {}
