"""mlspec runs on itself: this repository's own specs are valid, and what is committed is what compile writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("verb", [["validate"], ["compile", "--check"]])
def test_the_own_specs_hold(verb: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlspec", *verb], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_own_specs_are_the_examples_but_for_their_places() -> None:
    for name in ("wine", "diabetes", "digits"):
        own = (ROOT / f"specs/{name}.yaml").read_text()
        example = (ROOT / f"templates/examples/{name}/specs/{name}.yaml").read_text()
        for before, after in (("data/", "specs/data/"), ("src/", "specs/src/"), ("models/", "specs/models/")):
            example = example.replace(f" {before}", f" {after}").replace(f"[{before}", f"[{after}")
        assert own == example
