"""Variables whose values the spec does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.adapters.docker.environ import environ
from mlspec.domain.actual import Place
from mlspec.errors import MlspecError

PLACE = Place("production", "wine")
SERVE = {"env": ["A", "B"], "environment.env_file": "some.env"}


def test_nothing_is_asked_for(tmp_path: Path) -> None:
    assert environ(PLACE, {"environment.env_file": "nowhere.env"}, tmp_path) == {}


def test_the_shell_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.env").write_text("# a comment\n\nA=file\n B = 'as it is' # too\nC=not asked for\n")
    monkeypatch.setenv("A", "shell")
    assert environ(PLACE, SERVE, tmp_path) == {"A": "shell", "B": " 'as it is' # too"}


def test_an_empty_value_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "")
    assert environ(PLACE, {"env": ["A"]}, tmp_path) == {"A": ""}


def test_all_that_are_missing_are_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "some.env").write_text("A\n")
    with pytest.raises(MlspecError) as failure:
        environ(PLACE, SERVE, tmp_path)
    assert failure.value.message == "wine → production: no value for A, B, named by serving.env"
    assert failure.value.hint == "set it where mlspec runs, or write A=… into some.env"


def test_without_a_file_the_field_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match=r"a file that environments\.production\.env_file names"):
        environ(PLACE, {"env": ["A"]}, tmp_path)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match=r"environments\.production\.env_file: cannot read .*some\.env: No such file"):
        environ(PLACE, SERVE, tmp_path)
    (tmp_path / "some.env").write_bytes(b"A=\xff\n")
    with pytest.raises(MlspecError, match="it is not UTF-8"):
        environ(PLACE, SERVE, tmp_path)
