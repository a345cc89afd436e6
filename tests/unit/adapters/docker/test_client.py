"""Finding the engine, and what is said where there is none."""

from __future__ import annotations

import socket
from pathlib import Path

import docker
import pytest

from mlspec.adapters.docker.client import connect, explained
from mlspec.errors import MlspecError, Unreachable


def test_no_engine_is_told_in_the_systems_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(Unreachable) as caught:
        connect()
    assert str(caught.value) == (
        f"no Docker Engine answers at unix://{tmp_path}/none.sock: No such file or directory "
        "(is it running, and may you use it? `docker info` says; DOCKER_HOST or a context names another)"
    )


def test_an_engine_that_hangs_up_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unheard:
        unheard.bind(f"{tmp_path}/deaf.sock")  # bound, and nobody listens
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/deaf.sock")
        with pytest.raises(Unreachable, match="Connection refused"):
            connect()


def test_a_context_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(Unreachable, match="the context `nowhere`"):
        connect("nowhere")


def test_what_the_sdk_refuses_is_an_error_with_what_was_done() -> None:
    with pytest.raises(MlspecError, match="looking for x: no"), explained("looking for x"):
        raise docker.errors.DockerException("no")
