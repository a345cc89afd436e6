"""Proving a version on fakes: what is compared, in which order, and when it comes to a training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.shop import SCORE, Shop

from mlspec.errors import IntegrityError, MlspecError
from mlspec.ports.git import NewTag
from mlspec.reconciler.portrait import portrait
from mlspec.reconciler.proof import Proof
from mlspec.reconciler.report import Silence
from mlspec.reconciler.verifying import find_version, verify


@pytest.fixture
def scored(tmp_path: Path) -> Shop:
    """wine@v0.1.0 is registered."""
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    return shop


@pytest.fixture
def proved(scored: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Proof]:
    """Verify in a sandbox that is the very project; its dvc.lock is as DVC writes it, unless a test has written one."""
    ports, path = scored.ports, "models/wine/dvc.lock"
    first, read = ports.files.read(path), ports.files.read
    model = find_version(ports, "wine")[1].artefact
    listing = [{"md5": file.md5, "relpath": file.path} for file in sorted(model, key=lambda file: file.path)]
    md5 = hashlib.md5(json.dumps(listing, sort_keys=True).encode()).hexdigest()
    honest = json.dumps({"stages": {"train": {"outs": [{"path": "models/wine/model", "md5": f"{md5}.dir"}]}}}).encode()

    @contextmanager
    def sandbox(commit: str) -> Iterator[Any]:
        del commit
        yield ports

    def run() -> Proof:
        ports.sandbox = sandbox  # type: ignore[method-assign]
        changed = read(path) != first
        monkeypatch.setattr(ports.files, "read", lambda name: honest if name == path and not changed else read(name))
        return verify(ports, "wine", "", Silence())

    return run


def differing(proof: Proof) -> list[str]:
    """What is not as recorded."""
    return [f"{item.what} {item.subject}" for item in proof.differing]


def test_a_version_that_is_what_it_says_is_trained_once_more(scored: Shop, proved: Callable[[], Proof]) -> None:
    before = scored.trainings
    proof = proved()
    assert (differing(proof), proof.trained, proof.compare, proof.hint) == ([], True, "exact", "")
    assert scored.trainings == before + 1
    assert {item.what for item in proof.findings} >= {"record", "data", "params", "artefact", "metrics"}


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("models/wine/version.json", "{}", "record models/wine/version.json"),
        ("models/wine/version.json", "no JSON", "record models/wine/version.json"),
        ("models/wine/dvc.lock", "stages: {}\n", "record models/wine/dvc.lock: the model"),
        ("models/wine/dvc.lock", "stages:\n", "record models/wine/dvc.lock: the model"),
        ("models/wine/dvc.lock", "stages: [", "record models/wine/dvc.lock: the model"),
        ("data/wine.csv", "alcohol,cultivar\n14,1\n", "data data/wine.csv"),
        ("specs/wine.yaml", SCORE.replace("score: 0.9", "score: 0.8"), "params training.params.score"),
    ],
)
def test_what_differs_is_named_and_then_nothing_is_trained(
    scored: Shop, proved: Callable[[], Proof], path: str, text: str, told: str
) -> None:
    before = scored.trainings
    scored.commit({path: text})
    proof = proved()
    assert told in differing(proof)
    assert (proof.trained, scored.trainings) == (False, before)


def test_a_record_that_was_put_under_another_tag(scored: Shop, proved: Callable[[], Proof]) -> None:
    (tag,) = [tag for tag in scored.git.tags() if tag.name == "wine@v0.1.0"]
    message = scored.git.messages([tag.oid])[tag.oid]
    scored.git.tag(NewTag("wine@v0.9.0", tag.commit, message))
    assert "record the tag's name" in differing(proved())


def test_versions_that_are_not_there(scored: Shop) -> None:
    for model, version, words in (
        ("cider", "", "no version of `cider` is registered"),
        ("wine", "v7.0.0", "wine has no version v7.0.0"),
    ):
        with pytest.raises(MlspecError, match=words):
            find_version(scored.ports, model, version)
    scored.git.tag(NewTag("wine@v0.8.0", scored.git.head, "by hand"))
    with pytest.raises(MlspecError, match="holds no record"):
        find_version(scored.ports, "wine", "v0.8.0")
    assert find_version(scored.ports, "wine", "v0.1.0")[1].version == "v0.1.0"


@pytest.mark.parametrize(("what", "call"), [("data", "deliver"), ("artefact", "materialise")])
def test_bytes_that_are_refused_without_more_words_are_a_finding(
    scored: Shop, proved: Callable[[], Proof], monkeypatch: pytest.MonkeyPatch, what: str, call: str
) -> None:
    def refuse(*_: object) -> None:
        raise IntegrityError("data/wine lists a file that can't be: '../x'")

    monkeypatch.setattr(scored.ports.pipeline, call, refuse)
    found = [item for item in proved().differing if item.what == what]
    assert ["lists a file that can't be" in str(item) for item in found] == [True]


def test_a_version_of_a_model_s_old_name_is_proved_and_drawn_by_the_spec_of_then(scored: Shop, tmp_path: Path) -> None:
    then = Shop(tmp_path / "then", SCORE)
    then.run()
    path = "models/wine/version.json"
    (tmp_path / "then" / path).write_bytes(scored.ports.files.read(path) or b"")

    @contextmanager
    def sandbox(commit: str) -> Iterator[Any]:
        del commit
        yield then.ports

    scored.edit("name: wine\n", "name: cultivars\nwas: wine\n")
    scored.run()
    scored.ports.sandbox = sandbox  # type: ignore[method-assign]
    found = {item.subject: item.same for item in verify(scored.ports, "cultivars", "v0.1.0", Silence()).findings}
    assert found[path] is True
    drawn = portrait(scored.ports, "cultivars", "v0.1.0")
    assert (drawn.made.name, drawn.today.name, drawn.record.model) == ("wine", "cultivars", "cultivars")


def test_data_that_was_edited_while_it_trained(scored: Shop, proved: Callable[[], Proof]) -> None:
    """The commit holds one table, dvc.lock tells of another: seeds have nothing to do with it."""
    read = [{"path": "data/wine.csv", "md5": "0" * 32}]
    scored.ports.files.write("models/wine/dvc.lock", json.dumps({"stages": {"prepare": {"deps": read}}}).encode())
    proof = proved()
    assert "data models/wine/dvc.lock: data/wine.csv" in differing(proof)
    assert "trained from another `data/wine.csv` than its commit holds" in proof.hint
    assert "mlspec apply wine --retrain" in proof.hint
    assert "random_state" not in proof.hint
