"""What git remembers of a model, put together from tags, records and chains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.git import FakeGit
from fakes.ports import MemoryCache
from fakes.wanted import SPEC, model, record

from mlspec.domain.actual import ModelHistory, Training
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.ports.git import NewTag
from mlspec.reconciler.histories import read_histories
from mlspec.reconciler.records import RecordText, read_texts
from mlspec.reconciler.tags import read_tags

ONE, TWO = record(model()), record(model(SPEC.replace("max_depth: 8", "max_depth: 9")), "v0.2.0")


@pytest.fixture
def git() -> FakeGit:
    """A repository in which each version has a commit of its own."""
    return FakeGit()


def register(git: FakeGit, made: VersionRecord, name: str = "", message: str = "") -> str:
    """Tag a version on a commit of its own; the commit."""
    git.files["models/wine/version.json"] = made.to_json()
    commit = git.commit_all(made.version)
    git.tag(NewTag(name or f"wine@{made.version}", commit, message or f"Register\n\n{made.to_json()}\n"))
    return commit


def known(git: FakeGit, committed: VersionRecord | None = None, **facts: Any) -> ModelHistory:
    """The history of wine."""
    left = {"wine": RecordText(committed.version, committed.to_json())} if committed else {}
    return read_histories(git, MemoryCache(), read_tags(git.tags()), [model().blueprint], left, {"wine": facts})["wine"]


def test_a_model_without_tags_has_an_empty_history(git: FakeGit) -> None:
    found = known(git)
    assert replace(found, versions=dict(found.versions)) == ModelHistory()


def test_versions_commits_and_stages(git: FakeGit) -> None:
    commits = [register(git, ONE), register(git, TWO)]
    git.tag(NewTag("wine#production#1", commits[0], "x"))
    found = known(git)
    assert dict(found.versions) == {Version(0, 1, 0): ONE, Version(0, 2, 0): TWO}
    assert list(found.commits.values()) == commits
    assert (found.stages, found.assigned) == (*({"production": Version(0, 1, 0)}, {"production": (Version(0, 1, 0),)}),)
    assert (found.counter, found.highest, found.unregistered) == (1, Version(0, 2, 0), None)


@pytest.mark.parametrize("message", ["made by hand", "{", '{"format": 2}', "[]", '{"a": 1}', ONE.to_json(), "\xff"])
def test_a_version_that_holds_no_record_of_its_own_is_no_version(git: FakeGit, message: str) -> None:
    """Made by hand or by GTO, or copied from another version: its number is taken, and nothing is deployed from it."""
    register(git, ONE)
    commit = register(git, TWO, message=message)
    git.tag(NewTag("wine#production#1", commit, "x"))
    found = known(git)
    assert set(found.versions) == {Version(0, 1, 0)}
    assert (found.highest, found.stages) == (Version(0, 2, 0), {})


def test_a_tag_without_a_record_does_not_take_the_place_of_the_version_at_its_commit(git: FakeGit) -> None:
    register(git, ONE)
    commit = register(git, TWO)
    git.tag(NewTag("wine@v9.0.0", commit, "made by hand"))
    git.tag(NewTag("wine#production#1", commit, "x"))
    found = known(git)
    assert found.stages == {"production": Version(0, 2, 0)}
    assert (found.strays, found.highest) == ((Version(9, 0, 0),), Version(9, 0, 0))


def test_a_stage_falls_back_on_the_version_before_one_that_does_not_exist(git: FakeGit) -> None:
    first = register(git, ONE)
    git.tag(NewTag("wine#production#1", first, "x"))
    git.tag(NewTag("wine#production#2", git.commit_all("no version here"), "x"))
    assert known(git).stages == {"production": Version(0, 1, 0)}


def test_a_committed_record_without_a_tag_is_unregistered(git: FakeGit) -> None:
    register(git, ONE)
    assert known(git, TWO).unregistered == TWO
    assert known(git, ONE).unregistered is None
    register(git, TWO, name="wine@v0.2.0!")
    assert known(git, TWO).unregistered is None


def test_a_committed_record_of_a_version_is_its_equal_when_the_bytes_are(git: FakeGit) -> None:
    register(git, ONE)
    later = replace(ONE, train="sha256:later")
    assert known(git, later).equivalent == (later,)
    assert known(git, replace(later, artefact=TWO.artefact)).equivalent == ()


@pytest.mark.parametrize("failed", [None, [], "x", 3])
def test_memories_that_are_broken_are_forgotten(git: FakeGit, failed: object) -> None:
    found = known(git, failed=failed, equivalent=failed, described=failed)
    assert (found.failed, found.equivalent) == ({}, ())


@pytest.mark.parametrize("change", ['"version": "v0.1"', '"version": 3', '"version": null', '"artefact": [3]'])
def test_records_that_were_edited_are_no_records(change: str) -> None:
    name = change.partition(":")[0]
    broken = ONE.to_json().replace(f"{name}: {'[{' if 'artefact' in name else ''}", f'{change}, "was": ', 1)
    assert broken != ONE.to_json()
    messages = {"broken": broken, "good": f"Register wine\n\n{ONE.to_json()}"}
    assert [*read_texts(MemoryCache(), messages, lambda _: messages)] == ["good"]


def test_records_are_read_once(git: FakeGit) -> None:
    register(git, ONE)
    cache = MemoryCache()
    read_histories(git, cache, read_tags(git.tags()), [], {}, {})
    git.messages = lambda oids: pytest.fail(f"read again: {oids}") if list(oids) else {}  # type: ignore[assignment,method-assign]
    assert dict(read_histories(git, cache, read_tags(git.tags()), [], {}, {})["wine"].versions) == {
        Version(0, 1, 0): ONE
    }


def test_the_last_trainings_are_remembered_with_their_times(git: FakeGit) -> None:
    good = {"version": "v0.1.0", "train": ONE.train, "time": 1700000000.5, "seconds": 12.25}
    found = known(git, trainings=[good, {"version": "v0.2.0"}, "no training", {**good, "seconds": "long"}])
    assert found.trainings == (Training("v0.1.0", ONE.train, 1700000000.5, 12.25),)
    assert known(git, trainings="none").trainings == ()
