"""Golden folders: specs in, problems out, byte for byte. MLSPEC_UPDATE_GOLDEN=1 writes what is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlspec.spec.load import load

UPDATE = bool(os.environ.get("MLSPEC_UPDATE_GOLDEN"))  # read before fixtures clear the environment
CASES = sorted(path for path in (Path(__file__).parents[2] / "golden" / "spec-errors").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_is_told_as_expected(case: Path) -> None:
    files = {f"specs/{path.name}": path.read_bytes() for path in case.glob("*.yaml")}
    found = "".join(f"{problem}\n" for problem in load(files).problems)
    if UPDATE:
        (case / "expected.txt").write_text(found)
    assert found
    assert found == (case / "expected.txt").read_text()
