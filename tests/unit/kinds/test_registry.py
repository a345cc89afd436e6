"""Discovery: a file is a kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlspec.kinds.ci import Provider
from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.notify import NotifyKind
from mlspec.kinds.registry import Kind, discover
from mlspec.kinds.stage import Stage
from mlspec.kinds.target import Target

GOOD = "class A:\n    name = {name!r}\nKIND = A()\n"


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package of its own, empty but for a shared module."""
    folder = tmp_path / f"family_{tmp_path.name.replace('-', '_')}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "_shared.py").write_text("raise AssertionError('shared modules are not kinds')")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def test_the_kinds_that_there_are() -> None:
    assert set(discover("mlspec.kinds.stage", Stage)) == {
        *("features", "validate", "transform", "prepare", "train", "package", "export", "evaluate", "profile"),
    }
    assert set(discover("mlspec.kinds.ci", Provider)) == {"github", "gitlab"}
    assert set(discover("mlspec.kinds.drift", MeasureKind)) == {"psi", "ks", "chi_square", "jensen_shannon"}
    assert set(discover("mlspec.kinds.notify", NotifyKind)) == {"webhook", "command", "github-issue"}
    assert set(discover("mlspec.kinds.target", Target)) == {"process", "docker", "swarm"}


def test_a_new_file_is_a_new_kind(family: Path) -> None:
    (family / "b.py").write_text(GOOD.format(name="bee"))
    (family / "a.py").write_text(GOOD.format(name="ay"))
    assert list(discover(family.name, Kind)) == ["ay", "bee"]


def test_a_module_without_a_kind_is_an_error(family: Path) -> None:
    (family / "a.py").touch()
    with pytest.raises(TypeError, match=r"a has no KIND"):
        discover(family.name, Kind)


def test_two_kinds_of_one_name_are_an_error(family: Path) -> None:
    (family / "a.py").write_text(GOOD.format(name="x"))
    (family / "b.py").write_text(GOOD.format(name="x"))
    with pytest.raises(TypeError, match="two kinds"):
        discover(family.name, Kind)
