"""A project on fakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project in which nothing was done yet."""
    return Shop(tmp_path / "shop", SCORE)
