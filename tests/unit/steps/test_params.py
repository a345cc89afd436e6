"""params.yaml is read as YAML 1.2, and what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.errors import MlspecError
from mlspec.steps.params import load_params

MINIMAL = """
model: m
data: {source: data/m.csv}
split: {test: 0.2}
training: {target: y, params: {%s}}
evaluation: {metrics: [r2]}
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1e-3", 0.001),
        ("1.0e-3", 0.001),
        ("5", 5),
        ("-0.5", -0.5),
        ("on", "on"),
        ("no", "no"),
        ("1:30", "1:30"),
        ("true", True),
        ("null", None),
        ("0x10", 16),
        ("'5'", "5"),
        ("sqrt", "sqrt"),
    ],
)
def test_values_are_those_of_yaml_1_2(tmp_path: Path, written: str, meant: object) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(MINIMAL % f"x: {written}")
    value = load_params(path).training.params["x"]
    assert (value, type(value)) == (meant, type(meant))


def test_what_is_left_out_asks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(MINIMAL % "")
    params = load_params(path)
    assert params.data.rules == {}
    assert params.data.rows == (None, None)
    assert params.data.extra_columns
    assert params.split.stratify is None
    assert params.folder == tmp_path


@pytest.mark.parametrize("text", ["", "a: [", "model: m", "just text"])
def test_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(MlspecError, match="mlspec compile") as caught:
        load_params(path)
    assert caught.value.where == str(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="No such file"):
        load_params(tmp_path / "params.yaml")
