"""Locks: which there are, whose they are, and that nobody's own is overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.ports import FakePorts
from fakes.wanted import model

from mlspec.domain.desired import FileRef
from mlspec.domain.reason import ReasonKind
from mlspec.errors import MlspecError
from mlspec.reconciler.locking import Lock, locks, state, write

PATH = "requirements.lock"
LOCK = FileRef(PATH, ReasonKind.ENVIRONMENT_CHANGED, 7)
WINE = replace(model().blueprint, lock=LOCK, needs=("numpy",), packages=("six",))


@pytest.fixture
def ports(tmp_path: Path) -> FakePorts:
    """A project on fakes."""
    return FakePorts(tmp_path / "shop")


def only(*models: object) -> Lock:
    """The one lock of some models."""
    [found] = locks(models)  # type: ignore[arg-type]
    return found


def test_models_that_share_a_lock_share_what_they_ask_for() -> None:
    cider = replace(WINE, name="cider", packages=("lightgbm>=4",), requirements="requirements.in", needs=("skops",))
    found = only(WINE, cider)
    assert (found.packages, found.files, found.needs) == (
        ("lightgbm>=4", "six"),
        ("requirements.in",),
        ("numpy", "skops"),
    )


def test_they_can_not_share_one_for_two_pythons() -> None:
    with pytest.raises(MlspecError, match="different Pythons: wine, cider"):
        locks([WINE, replace(WINE, name="cider", python="3.12")])


def test_a_model_without_a_lock() -> None:
    with pytest.raises(MlspecError, match="the model `wine` names no lock"):
        locks([replace(WINE, lock=None)], ["wine"])
    with pytest.raises(MlspecError, match="there is no model `whine`"):
        locks([WINE], ["whine"])


def test_a_lock_is_current_until_other_things_are_asked_for(ports: FakePorts) -> None:
    lock = only(WINE)
    assert state(ports, lock) == "missing"
    assert write(ports, lock, upgrade=False, force=False) == ["+ numpy 1.0", "+ six 1.0"]
    assert state(ports, lock) == "current"
    assert write(ports, lock, upgrade=True, force=False) == []
    assert ports.environments.requests[-1].upgrade
    assert state(ports, only(replace(WINE, packages=("six", "numba")))) == "stale"
    assert state(ports, only(replace(WINE, needs=("numpy", "skops")))) == "current", "a new mlspec asks nobody to lock"


def test_the_requirements_file_counts_by_its_text(ports: FakePorts) -> None:
    lock = only(replace(WINE, requirements="requirements.in"))
    with pytest.raises(MlspecError, match=r"there is no `requirements.in`"):
        write(ports, lock, upgrade=False, force=False)
    ports.files.write("requirements.in", b"six")
    write(ports, lock, upgrade=False, force=False)
    ports.files.write("requirements.in", b"six>=1")
    assert state(ports, lock) == "stale"


@pytest.mark.parametrize(("edit", "words"), [(b"numpy==2\n", "not written by mlspec"), (b"", "edited by hand")])
def test_what_somebody_wrote_by_hand_stays(ports: FakePorts, edit: bytes, words: str) -> None:
    lock = only(WINE)
    write(ports, lock, upgrade=False, force=False)
    mine = edit or (ports.files.read(PATH) or b"") + b"scipy==1\n"
    ports.files.write(PATH, mine)
    with pytest.raises(MlspecError, match=words):
        write(ports, lock, upgrade=False, force=False)
    assert ports.files.read(PATH) == mine
    write(ports, lock, upgrade=False, force=True)
    assert state(ports, lock) == "current"
