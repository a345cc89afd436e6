"""Facts to findings: what is fine, what is worth a note, what is in the way."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from mlspec.domain.actual import Health, Place, Running, Unseen
from mlspec.domain.desired import Site
from mlspec.ports.engine import EngineFacts
from mlspec.ports.git import Head
from mlspec.reconciler.checkup import engine, project, repository, runtime, tools
from mlspec.reconciler.checkup.check import Check, Status, listed
from mlspec.spec.ci import CiSpec

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM
ROOT = Path(__file__).parents[4]


def head(branch: str | None = "main", default: str | None = None, *, remote: bool = False) -> Head:
    """A HEAD."""
    return Head("0" * 40, branch, default, remote)


def running(health: Health) -> Running:
    """Something that runs."""
    return Running(Place("production", "wine"), "v0.1.0", "sha256:0", {}, 1, health, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("check", "status", "words"),
    [
        (*engine.engine(Site("docker"), EngineFacts("20.10", "linux", manager=False)), OK, "20.10 answers"),
        (*engine.engine(Site("swarm"), EngineFacts("20.10", "linux", manager=True)), OK, "can build"),
        (*engine.engine(Site("swarm"), EngineFacts("20.10", "linux", manager=False)), PROBLEM, "no manager"),
        (*engine.engine(Site("docker"), EngineFacts("20.10", "windows", manager=False)), PROBLEM, "runs windows"),
        (*engine.engine(Site("docker"), EngineFacts("1", "linux", False, ("a:1",))), PROBLEM, "a registry has a:1"),
        (tools.python((3, 11, 2)), OK, "3.11.2"),
        (tools.python((3, 10, 9)), PROBLEM, "too old"),
        (tools.git("git version 2.39.5 (Apple Git-154)"), OK, "2.39.5"),
        (tools.git("git version 2.9.1"), PROBLEM, "2.9 is too old"),
        (tools.git("something else"), NOTE, "does not say"),
        (tools.dvc("3.67.1"), OK, "3.67.1"),
        (tools.dvc("3.70.0"), NOTE, "made for 3.67"),
        (tools.dvc(""), PROBLEM, "not installed"),
        (*project.workflows(CiSpec(), "main", found=False), OK, "listen to main"),
        (*project.workflows(CiSpec(branch="trunk"), None, found=False), OK, "listen to trunk"),
        (*project.workflows(CiSpec(), "master", found=False), NOTE, "move only from master"),
        (*project.workflows(CiSpec(requirements="ci.lock"), "main", found=True), OK, "listen to main"),
        (*project.workflows(CiSpec(requirements="ci.lock"), "main", found=False), PROBLEM, "git has no ci.lock"),
        (repository.identity("Ada", "ada@example.com"), OK, "Ada <ada@example.com>"),
        (repository.identity("", "ada@example.com"), NOTE, "user.name"),
        (repository.identity("Ada", ""), NOTE, "user.email"),
        (repository.branch(head()), OK, "main"),
        (repository.branch(head("main", "main", remote=True)), OK, "main"),
        (repository.branch(head("topic", "main", remote=True)), NOTE, "only from main"),
        (repository.branch(head(None)), PROBLEM, "detached"),
        (repository.remote(head(), fetched=False), NOTE, "no origin"),
        (repository.remote(head(remote=True), fetched=False), NOTE, "not fetched"),
        (repository.remote(head(remote=True), fetched=True), OK, "fetched"),
        (repository.ignored(True), OK, "ignores"),
        (repository.ignored(False), NOTE, "does not ignore"),
        (repository.git_locks([]), OK, "none"),
        (repository.git_locks(["index.lock"]), PROBLEM, "index.lock"),
        (repository.at_work([]), OK, "no other"),
        (repository.at_work(["pid 7", "verb apply"]), NOTE, "pid 7, verb apply"),
        (repository.dvc_setup(True), OK, "initialised"),
        (repository.dvc_setup(False), PROBLEM, "not a DVC repository"),
        (repository.dvc_locks([]), OK, "can be read"),
        (repository.dvc_locks(["models/a/dvc.lock"]), PROBLEM, "models/a/dvc.lock"),
        (repository.analytics(False), OK, "no usage reports"),
        (repository.analytics(True), NOTE, "usage reports"),
        (repository.dvc_remote("store"), OK, "store"),
        (repository.dvc_remote(""), NOTE, "only on this machine"),
        (project.specs(2, []), OK, "2 models"),
        (project.specs(1, ["a.yaml:1:1: bad", "b"]), PROBLEM, "a.yaml:1:1: bad and 1 more"),
        (project.generated([], []), OK, "current"),
        (project.generated(["models/a/dvc.yaml"], []), PROBLEM, "not current: models/a/dvc.yaml"),
        (project.generated([], ["models/b/dvc.yaml"]), PROBLEM, "no spec any more: models/b/dvc.yaml"),
        (project.versions(0, [], remote=False), OK, "0 registered"),
        (project.versions(2, [], remote=False), OK, "all in the cache"),
        (project.versions(2, ["a@v0.1.0"], remote=True), NOTE, "a@v0.1.0"),
        (project.versions(2, ["a@v0.1.0"], remote=False), NOTE, "no DVC remote to ask"),
        (runtime.folder("/run", writable=True), OK, "/run"),
        (runtime.folder("/run", writable=False), PROBLEM, "cannot be written"),
    ],
)
def test_a_fact_becomes_a_finding(check: Check, status: Status, words: str) -> None:
    assert check.status is status
    assert words in check.message
    assert bool(check.hint) is (status is not OK) or check.message.startswith("git does not say")


def test_data_is_told_by_who_has_it() -> None:
    facts = project.DataFacts(4, unknown=["big.csv"], absent=["gone.csv"], away=["far.csv"])
    found = {check.message: check.status for check in project.data(facts)}
    assert list(found.values()) == [PROBLEM, PROBLEM, NOTE]
    assert [word in message for word, message in zip(["gone", "big", "far"], found, strict=True)] == [True] * 3
    assert [check.status for check in project.data(project.DataFacts(1))] == [OK]


def test_each_lock_that_differs_is_told() -> None:
    found = project.environment(2, {"a.lock": ["numpy 1 is wanted, 2 is here"], "b.lock": ["x", "y"]})
    assert [(check.status, check.message) for check in found] == [
        (NOTE, "a.lock: numpy 1 is wanted, 2 is here"),
        (NOTE, "b.lock: x, y"),
    ]
    assert [check.status for check in project.environment(0, {}) + project.environment(1, {})] == [OK, OK]


def test_servers_are_told_by_what_they_answer() -> None:
    silent, ill, well = (Place("production", name) for name in ("a", "b", "c"))
    seen = {silent: Unseen(silent, "NotObserved"), ill: running(Health.DEGRADED), well: running(Health.HEALTHY)}
    assert [check.status for check in runtime.servers(seen)] == [PROBLEM, NOTE]
    assert [check.message for check in runtime.servers({well: seen[well]})] == ["1 running, all healthy"]


def test_long_lists_are_cut() -> None:
    assert listed("abcde") == "a, b, c and 2 more"
    assert listed("abc") == "a, b, c"


def test_the_dvc_that_is_wanted_is_the_one_that_is_required() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (wanted,) = (text for text in dependencies if re.match(r"dvc\b", text))
    assert f">={tools.DVC[0]}.{tools.DVC[1]}," in wanted


def test_an_engine_is_named_by_its_target_and_context() -> None:
    assert [engine.name(site) for site in (Site("docker"), Site("swarm", "prod"))] == ["docker", "swarm at prod"]


def test_what_cannot_be_seen_or_was_changed_is_told_in_the_target_s_words() -> None:
    place = Place("production", "wine")
    [unseen] = runtime.servers({place: Unseen(place, "NotObserved", "the front is paused")})
    assert (unseen.status, unseen.message) == (PROBLEM, "cannot be seen: wine → production (the front is paused)")
    [drifted] = runtime.servers({place: replace(running(Health.HEALTHY), drift="a server was stopped")})
    assert (drifted.status, drifted.message) == (NOTE, "not as deployed: wine → production (a server was stopped)")


def test_graphics_processors_are_looked_for_where_models_train() -> None:
    assert project.processors({}, 0, ["github"]) == []
    [fine] = project.processors({"a": 1}, 1, ())
    assert (fine.status, fine.message) == (OK, "a trains on 1 graphics processor")
    here, ci = project.processors({"b": 2, "a": 1}, 0, ["github", "gitlab"])
    assert {here.status, ci.status} == {NOTE}
    assert here.message == "a, b train on 2 graphics processors, and none can be seen here"
    assert "no runner is named for the job that trains (github, gitlab)" in ci.message
    assert "ci.jobs.train.runs_on" in ci.hint


@pytest.mark.parametrize("ci", [CiSpec(managed=False, branch="x"), CiSpec(providers=(), branch="x")])
def test_workflows_that_nobody_compiles_are_not_looked_at(ci: CiSpec) -> None:
    assert project.workflows(ci, "main", found=False) == []
