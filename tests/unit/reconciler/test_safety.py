"""What is refused before anything is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.shop import Shop
from fakes.wanted import COMMAND

from mlspec.errors import MlspecError
from mlspec.reconciler.safety import refuse_unsafe, uncommitted

CODE = {"train.py": "import prep\n", "prep.py": "", "requirements.lock": "", "src/shop/a.py": "", "src/shop/b.txt": "b"}


def dirty(shop: Shop) -> list[str]:
    """The inputs that are not committed."""
    world, _ = shop.look()
    return uncommitted(world, world.desired.models)


def test_what_is_no_input_may_be_dirty(shop: Shop) -> None:
    shop.git.files["notes.txt"] = b"new"
    shop.git.files["README.md"] = b"changed"
    assert dirty(shop) == []
    assert "done deploy" in shop.run()


@pytest.mark.parametrize("path", ["specs/wine.yaml", "data/wine.csv", "specs/project.yaml"])
def test_an_input_that_is_not_committed_is_refused(shop: Shop, path: str) -> None:
    before = shop.git.files.get(path, b"apiVersion: mlspec/v1\nkind: Project\n")
    shop.git.files[path] = before + b"\n"
    with pytest.raises(MlspecError, match="uncommitted changes") as caught:
        shop.apply()
    assert caught.value.details == (path,)
    assert shop.trainings == 0


@pytest.fixture
def coded(tmp_path: Path) -> Shop:
    """A project whose model is trained by a command."""
    spec = COMMAND.replace("  outs:", "  deps: [src/shop]\n  outs:")
    shop = Shop(tmp_path / "coded", spec)
    shop.commit(CODE)
    return shop


@pytest.mark.parametrize("path", CODE)
def test_code_locks_and_what_is_imported_are_inputs(coded: Shop, path: str) -> None:
    coded.git.files[path] = b"x = 1\n"
    assert dirty(coded) == [path]


@pytest.mark.parametrize("path", ["src/shop/a.py", "src/shop/b.txt"])
def test_a_file_that_is_gone_from_a_folder_is_noticed(coded: Shop, path: str) -> None:
    del coded.git.files[path]
    assert dirty(coded) == [path]


def test_a_file_that_is_new_in_a_folder_is_noticed(coded: Shop) -> None:
    coded.git.files["src/shop/c.py"] = b""
    coded.git.files["src/shopping.py"] = b""
    assert dirty(coded) == ["src/shop/c.py"]


def test_a_pointer_is_an_input(shop: Shop) -> None:
    shop.commit({"data/wine.csv.dvc": "outs:\n- md5: a\n  path: wine.csv\n"})
    shop.git.files["data/wine.csv.dvc"] = b"outs:\n- md5: b\n  path: wine.csv\n"
    assert dirty(shop) == ["data/wine.csv.dvc"]


def test_another_models_edits_are_its_own(shop: Shop) -> None:
    """A plan of one model is not refused for what is unfinished in another."""
    world, plan = shop.look()
    world = replace(world, dirty=frozenset({"data/wine.csv"}))
    refuse_unsafe(replace(plan, actions=()), world)
    with pytest.raises(MlspecError):
        refuse_unsafe(plan, world)


def test_a_detached_head_has_nothing_to_commit_to(shop: Shop) -> None:
    shop.git.detach()
    with pytest.raises(MlspecError, match="HEAD is detached"):
        shop.apply()


def test_a_detached_head_can_deploy(shop: Shop) -> None:
    shop.run()
    shop.git.detach()
    shop.ports.process.running.clear()
    assert shop.run() == ["done restart"]
