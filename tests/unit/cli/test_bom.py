"""`mlspec bom`: the bill of a version's image, or a clear word that there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.wanted import SPEC

from mlspec.adapters.git.writer import Writer
from mlspec.cli.verbs.bom import run
from mlspec.domain.facts import encode
from mlspec.errors import MlspecError
from mlspec.reconciler.chains import BOMS, PROJECT, bom_file, model_file

Git = Callable[..., str]
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.fixture
def shop(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose wine has two versions' images, the newer version's in two kinds."""
    (repo / "specs").mkdir()
    (repo / "specs/wine.yaml").write_text(SPEC)
    (repo / "specs/cider.yaml").write_text(SPEC.replace("name: wine\ndesc", "name: cider\ndesc"))
    git("add", "--all")
    git("commit", "--quiet", "--message", "specs")
    writer = Writer(repo)
    bills = {("v0.9.0", OLD): b'"old"', ("v0.10.0", OLD): b'"first"', ("v0.10.0", NEW): b'"second"'}
    writer.append(BOMS, {bom_file("wine", *key): text for key, text in bills.items()}, "{}")
    image = {"reference": "sha256:1", "tag": "shop/wine:v0.10.0", "size": 1}
    writer.append(PROJECT, {model_file("wine"): encode({"images": {NEW: image, OLD: image}})}, "{}")
    monkeypatch.chdir(repo)
    return repo


@pytest.mark.parametrize(("name", "text"), [("wine", '"first"'), ("wine@v0.10.0", '"first"'), ("wine@v0.9.0", '"old"')])
def test_the_image_that_was_built_last(shop: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    assert run(model=name) == 0
    assert capsys.readouterr().out == f"{text}\n"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("wine@v0.2.0", "no image of wine v0.2.0 was built", "there are images of v0.9.0, v0.10.0"),
        ("cider", "no image of cider was built", "docker or swarm"),
        ("wein", "there is no model `wein`", "wine"),
        ("wine@new", "`new` is no version", "wine@v0.1.0"),
        ("wine@", "`` is no version", "wine@v0.1.0"),
    ],
)
def test_what_is_not_there_is_said(shop: Path, name: str, message: str, hint: str) -> None:
    with pytest.raises(MlspecError) as caught:
        run(model=name)
    assert message in caught.value.message
    assert hint in caught.value.hint
