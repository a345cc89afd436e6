"""Contexts are found as `docker context create` leaves them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mlspec.adapters.docker.contexts import endpoint


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of contexts in a home that has no config.json."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    return tmp_path / ".docker/contexts"


def write(contexts: Path, name: str, **endpoints: object) -> str:
    identity = hashlib.sha256(name.encode()).hexdigest()
    folder = contexts / "meta" / identity
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    return identity


def test_a_context_of_a_home_without_config_json(contexts: Path) -> None:
    write(contexts, "cellar", docker={"Host": "ssh://deploy@cellar", "SkipTLSVerify": False})
    found = endpoint("cellar")
    assert (found.host, found.tls) == ("ssh://deploy@cellar", None)


def test_docker_config_names_another_folder(tmp_path: Path, contexts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "other"))
    write(tmp_path / "other/contexts", "x", docker={"Host": "unix:///run/x.sock"})
    assert endpoint("x").host == "unix:///run/x.sock"


def test_certificates_are_those_of_the_context(contexts: Path) -> None:
    identity = write(contexts, "far", docker={"Host": "tcp://far:2376", "SkipTLSVerify": False})
    folder = contexts / "tls" / identity / "docker"
    folder.mkdir(parents=True)
    for name in ("ca", "cert", "key"):
        (folder / f"{name}.pem").write_text("-")
    tls = endpoint("far").tls
    assert tls is not None
    assert (tls.cert, tls.ca_cert) == ((str(folder / "cert.pem"), str(folder / "key.pem")), str(folder / "ca.pem"))
    assert tls.verify is True


@pytest.mark.parametrize(("name", "message"), [("none", "no Docker context `none`"), ("kube", "names no engine")])
def test_what_names_no_engine(contexts: Path, name: str, message: str) -> None:
    write(contexts, "kube", kubernetes={"Host": "https://k"})
    with pytest.raises(ValueError, match=message):
        endpoint(name)
