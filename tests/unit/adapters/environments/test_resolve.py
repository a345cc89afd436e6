"""Locks by uv, without a network: an index is a folder of wheels here."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.wheelhouse import own_wheel

from mlspec.adapters.environments.store import LocalEnvironments
from mlspec.errors import MlspecError
from mlspec.ports.environments import LockRequest


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalEnvironments:
    """A project whose index has two releases of `shopkit`, and `needy`, which needs it."""
    for version in ("1.0", "1.1"):
        own_wheel(tmp_path / "wheels", "shopkit", version, {"shopkit.py": ""})
    own_wheel(tmp_path / "wheels", "needy", "1.0", {"needy.py": ""}, requires=["shopkit"])
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "project").mkdir()
    return LocalEnvironments(str(tmp_path / "project"))


def request(*packages: str, previous: str = "", upgrade: bool = False) -> LockRequest:
    """What is asked for."""
    return LockRequest("3.11", (), packages, previous, upgrade)


def test_a_lock_has_all_that_is_needed_with_hashes_and_is_the_same_each_time(store: LocalEnvironments) -> None:
    text = store.resolve(request("needy"))
    assert "shopkit==1.1" in text
    assert text.count("--hash=sha256:") == 2
    assert store.resolve(request("needy")) == text


def test_versions_stay_until_an_upgrade(store: LocalEnvironments) -> None:
    old = store.resolve(request("needy", "shopkit<1.1"))
    assert "shopkit==1.0" in store.resolve(request("needy", previous=old))
    assert "shopkit==1.1" in store.resolve(request("needy", previous=old, upgrade=True))


def test_hashes_that_somebody_wrote_into_a_lock_do_not_stay(store: LocalEnvironments) -> None:
    text = store.resolve(request("shopkit"))
    forged = "shopkit==1.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert store.resolve(request("shopkit", previous=forged)) == text


def test_a_requirements_file(store: LocalEnvironments, tmp_path: Path) -> None:
    (tmp_path / "project" / "requirements.in").write_text("shopkit<1.1\n")
    text = store.resolve(LockRequest("", ("requirements.in",), ("needy",), ""))
    assert "shopkit==1.0" in text
    assert "needy==1.0" in text
    assert str(tmp_path) not in text


def test_what_does_not_fit_together_is_told_in_the_resolvers_words(store: LocalEnvironments) -> None:
    with pytest.raises(MlspecError, match="resolving the lock failed") as caught:
        store.resolve(request("shopkit<1", "needy"))
    assert any("shopkit" in line for line in caught.value.details)


def test_what_mlspec_itself_asks_of_the_packages_that_steps_need(store: LocalEnvironments) -> None:
    assert store.requirements(("numpy", "skops")) == ("numpy>=2", "skops>=0.16")
