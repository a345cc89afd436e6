"""A person's push while we trained: merged for origin where it changes nothing of the plan, else planned again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.git import FakeCommit
from fakes.shop import SCORE, Shop, pair

from mlspec.errors import MlspecError
from mlspec.ports.git import Divergence
from mlspec.reconciler.merging import obstacle
from mlspec.reconciler.world import observe


def while_training(shop: Shop, do: Callable[[], object]) -> None:
    """Something that happens once, while a stage runs."""
    run = shop.ports.pipeline.run
    left = [do]

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        if left:
            left.pop()()
        return run(*arguments, **options)

    shop.ports.pipeline.run = meanwhile  # type: ignore[method-assign]


def push(shop: Shop, files: dict[str, str]) -> str:
    """A person's commit, pushed."""
    shop.git.fetch()
    shop.commit(files)
    shop.git.push("main")
    return shop.git.head


def main(shop: Shop) -> FakeCommit:
    """Origin's branch."""
    found = shop.git.objects[shop.git.origin.refs["refs/heads/main"]]  # type: ignore[union-attr]
    assert isinstance(found, FakeCommit)
    return found


def test_a_push_in_between_is_merged_for_origin_and_nothing_moves_here(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    theirs: list[str] = []
    while_training(ada, lambda: theirs.append(push(ben, {"README.md": "ben was here\n"})))
    ada.edit("max_depth: 8", "max_depth: 9")
    ada.git.push("main")
    ben.git._set_head(ada.git.head)
    ben.git.files.update(ada.git.files)
    outcomes = ada.apply(push=True)
    assert {outcome.status for outcome in outcomes} == {"done"}
    merge = main(ada)
    assert (merge.parent, merge.merged) == (theirs[0], ada.git.head)
    assert ada.git.objects[merge.tree["README.md"]] == b"ben was here\n"
    assert ada.git.files["README.md"] != b"ben was here\n"
    tagged = {tag.name: tag.commit for tag in ada.git.tags()}
    assert tagged["wine@v0.2.0"] == ada.git.head, "a version's commit stays what it is"
    assert ada.git.origin.refs.keys() >= {"refs/tags/wine@v0.2.0"}  # type: ignore[union-attr]
    assert ada.serves() == "v0.2.0"
    assert [name for name in ada.git.effects if name == "merge"] == ["merge"], "what comes later has nothing to merge"


def test_a_push_that_changes_the_spec_is_planned_again(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    ada.git.push("main")
    ben.git._set_head(ada.git.head)
    while_training(ada, lambda: push(ben, {"specs/wine.yaml": SCORE.replace("max_depth: 8", "max_depth: 7")}))
    with pytest.raises(MlspecError, match="main moved on origin meanwhile") as caught:
        ada.apply(push=True)
    assert caught.value.details[-1] == "origin's commits change `specs/wine.yaml`, which was applied as it is here"
    assert "wine@v0.2.0" in ada.tags, "it is kept here"
    assert (ada.serves(), main(ada).merged) == ("v0.1.0", None)


@pytest.mark.parametrize(
    ("found", "models", "words"),
    [
        ((["models/wine/dvc.lock"], ["mlspec: train wine v0.2.0"], ["a"]), "wine", ""),
        (([], ["mlspec: compile"], ["specs/wine.yaml"]), "other", ""),
        (([], [], ["specs/wine.yaml"]), "wine", "`specs/wine.yaml`, which was applied"),
        (([], [], ["data/wine.csv"]), "wine", "change `data/wine.csv`"),
        (([], ["mlspec: a", "my own"], []), "wine", "commits of yours that origin lacks: my own"),
        ((["README.md"], ["mlspec: a"], []), "wine", "`README.md`, which mlspec does not write in this project"),
        ((["models/wine/dvc.lock", "../b/models/x/version.json"], ["mlspec: train x v0.1.0"], []), "wine", ""),
        ((["../b/models/x/version.json"], ["mlspec: a"], ["specs/wine.yaml"]), "wine", "which was applied"),
    ],
)
def test_only_what_mlspec_made_is_merged_with_what_it_does_not_depend_on(
    tmp_path: Path, found: tuple[list[str], list[str], list[str]], models: str, words: str
) -> None:
    world = observe(Shop(tmp_path / "shop", SCORE).ports)
    why = obstacle(world, Divergence(frozenset(found[0]), tuple(found[1]), frozenset(found[2])), {models})
    assert (bool(why), words in why) == (bool(words), True)


def test_who_changed_the_same_is_not_merged(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ada.commit({"models/wine/dvc.lock": "ours\n"})
    push(ben, {"models/wine/dvc.lock": "theirs\n"})
    ada.git.fetch()
    with pytest.raises(MlspecError, match="can't be merged"):
        ada.git.merge("main")
