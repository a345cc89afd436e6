"""The examples are valid specs, and their stories about gates are true."""

from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlspec.cli.examples import CONTAINED, EXAMPLES, example_files
from mlspec.compiler.emit import document
from mlspec.compiler.params import params
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.errors import MlspecError
from mlspec.kinds.gate.absolute import Absolute
from mlspec.kinds.gate.against import Against
from mlspec.spec.load import load
from mlspec.spec.model import ModelSpec
from mlspec.steps.params import load_params

CONTAINERS = {
    "specs/project.yaml": b"""\
apiVersion: mlspec/v1
kind: Project
environments: {production: {target: docker}}
"""
}


def spec(name: str, changes: Mapping[str, str] | None = None) -> ModelSpec:
    """An example's spec, with some text of it replaced; it must be valid."""
    text = example_files(name)[f"specs/{name}.yaml"].decode()
    for old, new in (changes or {}).items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    loaded = load({f"specs/{name}.yaml": text.encode(), **(CONTAINERS if name in CONTAINED else {})})
    assert loaded.problems == ()
    return loaded.models[0].spec


def metrics(model: ModelSpec) -> dict[str, float]:
    """The model's metrics after all of its steps, in the current folder."""
    folder = Path("models") / model.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.yaml").write_text(document(params(model)))
    given = load_params(folder / "params.yaml")
    steps = ["validate", "prepare", "train", "evaluate"]
    if model.features is not None:
        subprocess.run([sys.executable, *str(model.features.command).split()[1:]], check=True)
    if model.training.command:
        command = model.training.command.split()
        steps[2] = "package"
        for step in steps[:2]:
            importlib.import_module(f"mlspec.steps.{step}").run(given)
        subprocess.run([sys.executable, *command[1:]], check=True)
        del steps[:2]
    for step in steps:
        importlib.import_module(f"mlspec.steps.{step}").run(given)
    found: dict[str, float] = json.loads((folder / "metrics.json").read_text())
    return found


def judge(model: ModelSpec, found: dict[str, float], baseline: dict[str, float] | None) -> list[Verdict]:
    """The verdicts of the model's gates."""
    verdicts = []
    evidence = Evidence(found, others={} if baseline is None else {"production": baseline})
    for gate in model.evaluation.gates:
        kind: Any = Absolute() if gate.against is None else Against()
        read = replace(kind.read(gate, 1), higher=model.evaluation.higher(gate.metric))
        verdicts.append(kind.judge(read, evidence))
    return verdicts


@pytest.fixture
def checkout(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An example's files in the current folder; its name."""
    name: str = request.param
    for path, content in example_files(name).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return name


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_a_spec_data_and_a_readme(name: str) -> None:
    files = example_files(name)
    assert {f"specs/{name}.yaml", f"data/{name}.csv", "README.md"} <= set(files)
    rows = list(csv.reader(files[f"data/{name}.csv"].decode().splitlines()))
    assert spec(name).features is not None or spec(name).training.target in rows[0]
    assert all(column.isidentifier() and column.islower() for column in rows[0])
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) >= {"wine": 178, "diabetes": 442, "digits": 1797, "text": 300}[name] + 1
    assert example_files(name) == files


def test_an_unknown_example_is_told() -> None:
    with pytest.raises(MlspecError, match="there are: wine, diabetes, digits, text"):
        example_files("whine")


@pytest.mark.parametrize(
    ("checkout", "harmless", "harmful"),
    [
        ("wine", {"max_depth: 8\n": "max_depth: 6\n"}, {"max_depth: 8\n": "max_depth: 1\n"}),
        ("diabetes", {"alpha: 1.0\n": "alpha: 2.0\n"}, {"alpha: 1.0\n": "alpha: 1000.0\n"}),
        ("digits", {"C: 10.0\n": "C: 5.0\n"}, {"C: 10.0\n": "C: 0.01\n"}),
        ("text", {"order: 5}": "order: 4}"}, {"order: 5}": "order: 2}"}),
    ],
    indirect=["checkout"],
)
@pytest.mark.slow
def test_gates_let_a_good_change_pass_and_hold_a_bad_one(
    checkout: str, harmless: dict[str, str], harmful: dict[str, str]
) -> None:
    first = metrics(spec(checkout))
    assert all(verdict.passed for verdict in judge(spec(checkout), first, None))
    better = metrics(spec(checkout, harmless))
    good = judge(spec(checkout), better, first)
    assert all(verdict.passed for verdict in good), good
    worse = metrics(spec(checkout, harmful))
    bad = judge(spec(checkout), worse, first)
    assert any(not verdict.passed and "production" in verdict.gate for verdict in bad), bad
    if checkout == "wine":
        readme = Path("README.md").read_text()
        for depth, found in ((8, first), (6, better), (1, worse)):
            assert f"| {depth} | {found['accuracy']:.3f} | {found['log_loss']:.3f} |" in readme
