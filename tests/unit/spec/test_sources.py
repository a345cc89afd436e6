"""Sources: how each is had, and that what the documentation shows is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mlspec.spec.parse import load_one
from mlspec.spec.sources import SourceSpec

PAGE = Path(__file__).parents[3] / "docs" / "data.md"
SPEC: dict[str, Any] = {
    "apiVersion": "mlspec/v1",
    "kind": "Model",
    "name": "wine",
    "training": {"estimator": "sklearn.linear_model.Ridge", "target": "y"},
    "evaluation": {"metrics": ["r2"]},
}


def shown() -> list[dict[str, Any]]:
    """The sources of the page's first example."""
    block = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].partition("```")[0]
    found: list[dict[str, Any]] = yaml.safe_load(block)["data"]["sources"]
    return found


@pytest.mark.parametrize("source", shown(), ids=lambda source: str(source["name"]))
def test_what_the_page_shows_works(source: dict[str, Any]) -> None:
    spec = SPEC | {"data": {"sources": [source]}}
    assert load_one("specs/wine.yaml", yaml.safe_dump(spec).encode()).problems == ()


def test_the_page_shows_every_way() -> None:
    ways = {SourceSpec.model_validate(source).way for source in shown()}
    assert ways == {"file", "folder", "url", "remote", "s3", "sql", "command"}


def test_what_is_fetched_has_a_path_by_itself() -> None:
    assert SourceSpec.model_validate({"name": "a", "url": "https://example.com/b.csv"}).path == "data/a.csv"
    assert SourceSpec.model_validate({"name": "a", "command": "make", "path": "x/y.csv"}).path == "x/y.csv"
    assert SourceSpec.model_validate({"name": "a", "folder": "data/months"}).path == "data/months"
