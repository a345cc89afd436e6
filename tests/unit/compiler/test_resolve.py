"""Blueprint × tree: every file that counts by its content, and what is missing."""

from __future__ import annotations

import pytest
from fakes.wanted import COMMAND, FILES, SPEC, model

DEPS = COMMAND.replace("  outs:", "  deps: [src/shop, conf.json]\n  outs:")
CODE = FILES | {
    "train.py": "import helper\n",
    "helper.py": "",
    "requirements.lock": "numpy==2.0",
    "src/shop/a.py": "import away\n",
    "src/shop/table.txt": "1",
    "src/shopping.py": "",
    "src/away.py": "",
    "conf.json": "{}",
}


def without(*paths: str) -> dict[str, str]:
    """The files but these."""
    return {path: text for path, text in CODE.items() if path not in paths}


def inputs(spec: str = DEPS, files: dict[str, str] = CODE) -> set[str]:
    """The files among the inputs."""
    return {name for name in model(spec, files=files).inputs if name in files or "/" in name}


def test_files_folders_and_what_they_import() -> None:
    assert inputs() == CODE.keys() - {"src/shopping.py"}


@pytest.mark.parametrize("path", sorted(CODE.keys() - {"src/shopping.py"}))
def test_each_of_them_changes_the_digest(path: str) -> None:
    assert model(DEPS, files=CODE | {path: "other = 1\n"}).train != model(DEPS, files=CODE).train


def test_a_neighbour_does_not() -> None:
    assert model(DEPS, files=CODE | {"src/shopping.py": "x = 1"}).train == model(DEPS, files=CODE).train


def test_a_file_that_moves_is_a_change() -> None:
    moved = without("src/shop/table.txt") | {"src/shop/list.txt": "1"}
    assert model(DEPS, files=moved).train != model(DEPS, files=CODE).train


@pytest.mark.parametrize("path", ["data/wine.csv", "train.py", "conf.json", "requirements.lock"])
def test_what_nobody_has_is_missing(path: str) -> None:
    found = model(DEPS, files=without(path))
    assert [ref.path for ref in found.missing] == [path]
    assert path in {ref.path for ref in found.missing}


def test_an_empty_folder_is_missing() -> None:
    assert [ref.path for ref in model(DEPS, files=without("src/shop/a.py", "src/shop/table.txt")).missing] == [
        "src/shop"
    ]


def test_a_module_of_somebody_elses_is_not_missing() -> None:
    spec = COMMAND.replace("python train.py", "python -m sklearn.train")
    assert model(spec, files=CODE).missing == ()
    assert "src/shop/a.py" in model(spec.replace("sklearn.train", "shop.a"), files=CODE).inputs


def test_a_pointer_stands_for_its_data() -> None:
    pointer = {"data/wine.csv.dvc": "outs:\n- md5: abc\n  path: wine.csv\n"}
    found = model(SPEC, files=pointer)
    assert (found.inputs["data/wine.csv"], found.missing) == ("md5:abc", ())
    assert model(SPEC, files=pointer | FILES).train == found.train


def test_a_folder_of_dvc_stands_for_its_content() -> None:
    spec = COMMAND.replace("  outs:", "  deps: [images]\n  outs:")
    found = model(spec, files=CODE | {"images.dvc": "outs:\n- md5: abc.dir\n  path: images\n"})
    assert (found.inputs["images"], found.missing) == ("md5:abc.dir", ())


def test_a_broken_pointer_without_data_is_missing() -> None:
    assert [ref.path for ref in model(SPEC, files={"data/wine.csv.dvc": "<<<<<<< HEAD\n"}).missing] == ["data/wine.csv"]


def test_packages_are_in_the_model() -> None:
    assert model(COMMAND, files=CODE).packages == {"numpy": "2.0"}
    assert model(SPEC).packages == {}


def test_the_same_tree_gives_the_same_digests() -> None:
    turned = dict(reversed(CODE.items()))
    one, two = model(DEPS, files=CODE), model(DEPS, files=turned)
    assert (one.train, one.evaluate, one.describe) == (two.train, two.evaluate, two.describe)
