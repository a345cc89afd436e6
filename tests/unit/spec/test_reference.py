"""The committed reference page is the one that the models give. MLSPEC_UPDATE_GOLDEN=1 writes it."""

from __future__ import annotations

import os
from pathlib import Path

from mlspec.spec.reference import reference_markdown

UPDATE = bool(os.environ.get("MLSPEC_UPDATE_GOLDEN"))  # read before fixtures clear the environment
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "spec.md"


def test_the_page_is_up_to_date() -> None:
    if UPDATE:
        PAGE.write_text(reference_markdown())
    assert PAGE.read_text() == reference_markdown()


def test_the_page_names_every_supported_section() -> None:
    headings = [line for line in reference_markdown().splitlines() if line.startswith("### ")]
    assert "### `data.validation.columns.NAME`" in headings
    assert "### `deploy.NAME`" in headings
    assert "### `evaluation.gates[]`" in headings
    assert "### `training.search`" in headings
