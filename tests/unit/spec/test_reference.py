"""The committed reference page is the one that the models give. MLSPEC_UPDATE_GOLDEN=1 writes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlspec.spec.reference import example_documents, reference_markdown

UPDATE = bool(os.environ.get("MLSPEC_UPDATE_GOLDEN"))  # read before fixtures clear the environment
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "spec.md"


@pytest.fixture(scope="module")
def text() -> str:
    """The page as the code and the examples give it."""
    return reference_markdown(example_documents(PAGE.parent / "examples"))


def test_the_page_is_up_to_date(text: str) -> None:
    if UPDATE:
        PAGE.write_text(text)
    assert PAGE.read_text() == text


def test_the_page_names_every_supported_section(text: str) -> None:
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert "### `data.validation.columns.NAME`" in headings
    assert "### `deploy.NAME`" in headings
    assert "### `evaluation.gates[]`" in headings
    assert "### `training.search`" in headings


def test_a_field_stands_beside_its_example(text: str) -> None:
    (row,) = [line for line in text.splitlines() if line.startswith("| `max_missing` |")]
    assert "| `0.05` |" in row
    assert "| `unique` | list of list of text | | `[[customer, month]]` |" in text
    assert "| `data` | mapping | **required** | | Where the data comes from" in text
