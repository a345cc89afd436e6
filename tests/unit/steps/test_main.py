"""The command line: plain words and exit code 1 for what the user can mend, and no needless import."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from mlspec.steps.__main__ import main

Project = Any


def test_a_problem_is_told_in_plain_lines(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.rules(width={"type": "number", "max": 2}, length={"type": "integer"})
    project.run()
    assert main(["validate", "models/flower/params.yaml"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    head, *details = said.err.splitlines()
    assert head == "data.csv: 2 of the rules in data.validation are broken"
    assert details[0].startswith("  column width: max 2: ")
    assert details[1].startswith("  column length: type integer: ")


def test_all_is_well(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.run()
    assert main(["prepare", "models/flower/params.yaml"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "argv", [[], ["tune", "p"], ["train"], ["score", "p"], ["train", "p", "--model", "m"]], ids=" ".join
)
def test_wrong_usage_is_told(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: python -m mlspec.steps" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("step", "heavy"), [("validate", ["sklearn", "scipy", "skops"]), ("prepare", ["sklearn", "pandas", "numpy"])]
)
def test_early_steps_are_light(project: Project, step: str, heavy: list[str]) -> None:
    project.run()
    program = (
        "import json, sys\n"
        "from mlspec.steps.__main__ import main\n"
        f"assert main([{step!r}, 'models/flower/params.yaml']) == 0\n"
        f"print(json.dumps(sorted({set(heavy)!r} & sys.modules.keys())))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
