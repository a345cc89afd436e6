"""A model's folder to run steps in: params.yaml, a source, and the steps called in this process."""

from __future__ import annotations

import importlib
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlspec.errors import MlspecError
from mlspec.steps.params import load_params

NUMBERS = itertools.count()


def flowers(rows: int = 120) -> str:
    """Three kinds that differ in width, a colour that helps, a length that does not."""
    draw = random.Random(1)
    lines = ["width,length,colour,kind"]
    for row in range(rows):
        kind = row % 3
        width = kind + draw.random() * 1.5
        lines.append(f"{width:.3f},{draw.random():.2f},{['red', 'blue', 'white'][kind if row % 5 else 0]},{kind}")
    return "\n".join(lines) + "\n"


def default_params() -> dict[str, Any]:
    """The params of a small forest on the flowers' numbers."""
    return {
        "model": "flower",
        "data": {"source": "data.csv", "validation": {"columns": {}, "rows": {}}},
        "split": {"test": 0.25, "stratify": "kind", "seed": 7},
        "training": {
            "estimator": "sklearn.ensemble.RandomForestClassifier",
            "command": None,
            "target": "kind",
            "features": None,
            "exclude": ["colour"],
            "params": {"n_estimators": 10, "random_state": 7},
            "model": None,
            "trust": [],
        },
        "evaluation": {"metrics": ["accuracy"]},
    }


@dataclass
class Project:
    """A repository with one model."""

    folder: Path
    params: dict[str, Any]

    @property
    def model(self) -> Path:
        """The model's folder."""
        return self.folder / "models/flower"

    def source(self, text: str) -> None:
        """Write the source."""
        (self.folder / "data.csv").write_bytes(text.encode())

    def rules(self, **columns: dict[str, Any]) -> None:
        """Set the rules of columns."""
        self.params["data"]["validation"]["columns"] = columns

    def run(self, *steps: str) -> None:
        """Run steps as the command line does."""
        self.model.mkdir(parents=True, exist_ok=True)
        path = Path("models/flower/params.yaml")
        path.write_text(json.dumps(self.params))  # JSON is YAML
        for step in steps:
            importlib.import_module(f"mlspec.steps.{step}").run(load_params(path))

    def fail(self, *steps: str) -> str:
        """Run steps of which the last must fail; all that the user is told."""
        self.run(*steps[:-1])
        with pytest.raises(MlspecError) as caught:
            self.run(steps[-1])
        return "\n".join((str(caught.value), *caught.value.details))

    def read(self, name: str) -> Any:
        """A JSON file that a step wrote."""
        return json.loads((self.model / name).read_text())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The flowers in a folder of their own, which is the current one."""
    made = Project(tmp_path, default_params())
    made.source(flowers())
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture(scope="session")
def flower_csv() -> Callable[[int], str]:
    """The flowers' CSV text by its number of rows."""
    return flowers


@pytest.fixture
def own(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes a module of the user's with a name that no other test has, and names its function in the params."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(code: str, *, root: str = "", inputs: list[str] | None = None) -> str:
        name = f"own{next(NUMBERS)}"
        path = project.folder / root / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        project.params["features"] = {"function": f"{name}:make", "inputs": inputs}
        project.params["training"]["exclude"] = []
        return name

    yield write
    for name in [name for name in sys.modules if name.startswith("own")]:
        del sys.modules[name]
