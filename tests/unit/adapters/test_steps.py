"""What is installed where mlspec runs, as constraints for images take it."""

from __future__ import annotations

import re
from importlib import metadata
from types import SimpleNamespace

import pytest

from mlspec.adapters.steps import LocalSteps


def test_installed_packages_by_their_normal_names() -> None:
    found = LocalSteps(".").installed()
    assert found["scikit-learn"] == metadata.version("scikit-learn")
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in found)


def test_a_local_part_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index has what was built here under that name."""
    given = [("Torch_Vision", "2.1.0+cu118"), ("numpy", "2.1.0"), (None, "1")]
    monkeypatch.setattr(metadata, "distributions", lambda: [SimpleNamespace(name=n, version=v) for n, v in given])
    assert LocalSteps(".").installed() == {"torch-vision": "2.1.0", "numpy": "2.1.0"}
