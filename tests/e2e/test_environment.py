"""A model's environment: locked, built where it is not the one that runs mlspec, and used by its stages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e.project import ESTIMATOR, Project
from fakes.wheelhouse import own_wheel, thin

COMMAND = """\
  command: python src/fit.py
  deps: [src/fit.py]
  outs: [models/toy/trained.skops]
  environment: {lock: requirements.lock, packages: [shopkit<2]}
"""
FIT = """\
import sys
import pandas
import shopkit
import skops.io
from sklearn.linear_model import LogisticRegression

rows = pandas.read_csv("models/toy/prepared/train.csv")
skops.io.dump(LogisticRegression(C=shopkit.C).fit(rows[["a", "b"]], rows["y"]), "models/toy/trained.skops")
print("fitted in", sys.prefix)
"""


def shopkit(wheels: Path, version: str) -> None:
    """A release of a package that mlspec itself does not have."""
    own_wheel(wheels, "shopkit", version, {"shopkit.py": f"C = {version}\n"})


@pytest.fixture
def locked(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose code imports `shopkit`; an index, a folder of wheels, has its release 1.0."""
    wheels = thin(tmp_path / "wheels")
    shopkit(wheels, "1.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    project.write("src/fit.py", FIT)
    project.edit("specs/toy.yaml", ESTIMATOR, COMMAND)
    project.edit("specs/toy.yaml", "  params: {C: 1.0}\n", "")
    project.mlspec("compile")
    return project


def record(project: Project, version: str) -> dict[str, object]:
    """A version's record."""
    text = project.git("cat-file", "tag", f"toy@{version}")
    found: dict[str, object] = json.loads(text[text.index("{") :])
    return found


@pytest.mark.slow
def test_a_model_trains_with_what_its_lock_pins(locked: Project, tmp_path: Path) -> None:
    assert "+ shopkit 1.0" in locked.mlspec("lock").out
    assert locked.mlspec("lock").out == "requirements.lock pins the same as before\n"
    locked.mlspec("lock", "--check")
    locked.commit()
    locked.mlspec("apply", "--yes", "--only", "train", "--jobs", "2")
    [environment] = {path.parent.name for path in (locked.root / ".mlspec/env").glob("*/whole.mlspec")}
    assert f".mlspec/env/{environment}" in locked.read(".mlspec/logs/toy/train.log")
    packages = record(locked, "v0.1.0")["packages"]
    assert isinstance(packages, dict)
    assert packages["shopkit"] == "1.0"
    assert locked.planned() == ["promote:toy:production", "deploy:toy:production"]
    assert locked.status == ""

    shopkit(tmp_path / "wheels", "1.5")
    assert locked.mlspec("lock").out == "requirements.lock pins the same as before\n"
    assert "shopkit 1.0 -> 1.5" in locked.mlspec("lock", "--upgrade").out
    locked.commit()
    assert "shopkit" in locked.mlspec("plan").out
    assert "train:toy" in locked.planned()


def test_a_lock_that_is_behind_is_found_without_an_index(locked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    locked.mlspec("lock", "toy")
    monkeypatch.setenv("UV_FIND_LINKS", "/nowhere")
    locked.edit("specs/toy.yaml", "shopkit<2", "shopkit<3")
    assert "requirements.lock: stale" in locked.mlspec("lock", "--check", code=3).err
    locked.edit("requirements.lock", "shopkit==1.0", "shopkit==1.1")
    assert "requirements.lock: hand-edited" in locked.mlspec("lock", "--check", code=3).err
    told = locked.mlspec("lock", code=1).err
    assert "was edited by hand" in told
    assert "--force" in told
