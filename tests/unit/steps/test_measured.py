"""Models of any kind: a command of the user's own measures, and what the training wrote is kept as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlspec.steps.params import load_params
from mlspec.steps.score import run as score

Project = Any

MEASURE = """\
import json, os, pathlib
print("measuring")
counts = json.loads(pathlib.Path(os.environ["MODEL_DIR"], "counts.json").read_text())
rows = len(pathlib.Path(os.environ["PREPARED_DIR"], "test.csv").read_text().splitlines()) - 1
pathlib.Path(os.environ["METRICS_FILE"]).write_text(json.dumps(FOUND))
"""


def measure(project: Project, found: str, *metrics: str) -> None:
    """A model of one JSON file, and a command that measures it by an expression."""
    trained = project.folder / "trained"
    (trained / "vocabulary").mkdir(parents=True, exist_ok=True)
    (trained / "counts.json").write_text('{"a": 7}')
    (trained / "vocabulary/words.txt").write_text("a\n")
    (project.folder / "measure.py").write_text(MEASURE.replace("FOUND", found))
    project.params["training"] |= {"estimator": None, "command": "true", "model": "trained", "outs": ["trained"]}
    project.params["evaluation"] = {"metrics": list(metrics or ("perplexity",)), "command": "python measure.py"}


def test_a_command_measures_what_mlspec_can_not(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    measure(project, '{"perplexity": counts["a"] + rows, "speed": 1}')
    project.run("prepare", "package", "evaluate")
    assert project.read("metrics.json") == {"perplexity": 37.0, "model_size": 10}
    said = capfd.readouterr()
    assert said.out == ""
    assert "measuring" in said.err
    assert "note: evaluation.metrics does not name speed" in said.err
    files = {str(path.relative_to(project.model / "model")) for path in (project.model / "model").rglob("*.*")}
    assert files == {"counts.json", "vocabulary/words.txt"}


def test_another_version_is_measured_by_the_same_command(project: Project) -> None:
    measure(project, '{"perplexity": counts["a"]}')
    project.run("prepare", "package")
    other = project.folder / "other"
    other.mkdir()
    (other / "counts.json").write_text('{"a": 5}')
    assert score(load_params(Path("models/flower/params.yaml")), other) == {"perplexity": 5.0, "model_size": 8}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ('{"perplexty": 1}', "evaluation.command did not measure perplexity (did you mean perplexty?)"),
        ('{"perplexity": float("nan")}', "perplexity is NaN, which is no finite number"),
        ('{"perplexity": "7"}', 'perplexity is "7", which is no finite number'),
        ('{"perplexity": -10 ** 400}', f"perplexity is -1{'0' * 58}…, which is no finite number"),
        ("[1]", "did not write a JSON object"),
        ("1 / 0", "evaluation.command failed with exit code 1"),
    ],
)
def test_what_a_command_got_wrong_is_told(project: Project, found: str, told: str) -> None:
    measure(project, found)
    assert told in project.fail("prepare", "package", "evaluate")


def test_a_command_that_writes_nothing(project: Project) -> None:
    measure(project, "{}")
    project.params["evaluation"]["command"] = "true"
    assert "evaluation.command did not write its metrics" in project.fail("prepare", "package", "evaluate")


def test_several_outs_keep_their_names(project: Project) -> None:
    measure(project, "{}")
    project.params["training"]["outs"] = ["trained/vocabulary", "trained/counts.json"]
    project.run("prepare", "package")
    files = {str(path.relative_to(project.model / "model")) for path in (project.model / "model").rglob("*.*")}
    assert files == {"counts.json", "vocabulary/words.txt"}


@pytest.mark.parametrize(
    ("outs", "told"),
    [
        (["trained", "gone"], "gone: training.command did not write this"),
        (["trained", "elsewhere/trained"], "two of them are called trained"),
    ],
)
def test_outs_that_can_not_be_kept(project: Project, outs: list[str], told: str) -> None:
    measure(project, "{}")
    (project.folder / "elsewhere/trained").mkdir(parents=True)
    project.params["training"]["outs"] = outs
    assert told in project.fail("prepare", "package")
