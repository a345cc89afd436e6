"""Chains: what is remembered, and that nothing in them can stop a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.git import FakeGit
from fakes.ports import MemoryCache
from fakes.wanted import model, record, rollout

from mlspec.domain.actual import Rollout
from mlspec.domain.facts import encode
from mlspec.reconciler.chains import PROJECT, environment_ref, equivalents, model_file, read_chain
from mlspec.reconciler.chains import rollout as read_rollout
from mlspec.reconciler.memories import with_rollout

GOOD = rollout(model())
BAD = rollout(model(), "v0.2.0", outcome="failed", detail="no")


def remembered(*rollouts: Rollout) -> dict[str, Any]:
    """The facts after these rollouts, each written and read back."""
    facts: dict[str, Any] = {}
    for last in rollouts:
        facts = json.loads(encode(with_rollout(facts, last)))
    return facts


def test_the_last_rollout_comes_back_and_beside_a_failure_what_still_runs() -> None:
    facts = remembered(GOOD, BAD)
    assert (read_rollout(facts), read_rollout(facts, "failed")) == (GOOD, BAD)
    assert read_rollout(remembered(BAD)) == BAD, "nothing ran there before"
    assert read_rollout(remembered(GOOD), "failed") is None


def test_a_failure_outlives_what_is_done_with_other_versions() -> None:
    facts = remembered(BAD, GOOD, rollout(model(), outcome="retired"), GOOD)
    assert read_rollout(facts) == GOOD
    assert read_rollout(facts, "failed") == BAD


def test_a_failure_ends_when_its_version_runs() -> None:
    assert read_rollout(remembered(BAD, rollout(model(), "v0.2.0"), GOOD), "failed") is None


def test_the_newest_failure_is_the_one_that_counts() -> None:
    newer = rollout(model(), "v0.3.0", outcome="failed")
    assert read_rollout(remembered(BAD, newer), "failed") == newer


@pytest.mark.parametrize(
    "facts",
    [{}, {"rollout": None}, {"rollout": []}, {"rollout": "x"}, {"rollout": {"version": "v1"}}, {"rollout": {"new": 1}}]
    + [{"rollout": remembered(GOOD)["rollout"] | change} for change in ({"serve": None}, {"number": "1"}, {"new": 1})],
)
def test_what_is_no_rollout_counts_as_none(facts: dict[str, Any]) -> None:
    assert read_rollout(facts) is None


@pytest.mark.parametrize("broken", [None, "x", {}, 3, [3], [{}], [{"format": 2}], [[]]])
def test_what_is_no_record_counts_as_none(broken: object) -> None:
    good = json.loads(record(model()).to_json())
    assert equivalents({"equivalent": broken}) == ()
    mixed = [*broken, good] if isinstance(broken, list) else [good]
    assert equivalents({"equivalent": mixed}) == (record(model()),)


def test_a_chain_is_read_by_model_and_only_changed_files_again() -> None:
    git, cache = FakeGit(), MemoryCache()
    ref = environment_ref("production")
    assert read_chain(git, cache, ref) == {}
    git.append(ref, {model_file("wine"): encode({"a": 1}), model_file("cider"): b"{", "README": b"x"}, "one")
    assert read_chain(git, cache, ref) == {"wine": {"a": 1}, "cider": {}}
    git.append(ref, {model_file("wine"): b"[]"}, "two")
    git.objects = {oid: held for oid, held in git.objects.items() if held != b"{"}
    assert read_chain(git, cache, ref) == {"wine": {}, "cider": {}}


def test_a_clone_without_a_chain_reads_its_twin() -> None:
    git, cache = FakeGit(), MemoryCache()
    git.append(PROJECT, {model_file("wine"): encode({"a": 1})}, "one")
    git.refs["refs/mlspec-remote/project"] = git.refs.pop(PROJECT)
    assert read_chain(git, cache, PROJECT) == {"wine": {"a": 1}}
