"""GitLab's pipeline, executed by gitlab-ci-local against a bare repository and a stand-in for GitLab's API."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from e2e.ci.forge import REPOSITORY, serving
from e2e.ci.gitlab import GitLab, World, is_installed
from e2e.ci.served import DOCKERFILE, OWN, servers
from e2e.docker.shop import SERVER
from e2e.project import Project
from fakes.engine import missing
from fakes.processes import eventually

pytestmark = pytest.mark.slow
LOW = "metrics: [accuracy]\n  gates:\n    - {metric: accuracy, min: 0.55}"
HIGH = LOW.replace("0.55", "0.999")
MARKER = "<!-- mlspec:plan -->"


@pytest.fixture
def world(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """`toy` is compiled, committed and pushed; nothing was ever trained."""
    yield from _world("project_template", request, tmp_path)


@pytest.fixture
def trained_world(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same with toy@v0.1.0, published."""
    yield from _world("trained_template", request, tmp_path)


def _world(template: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if not is_installed():
        missing("gitlab-ci-local is not installed: make gitlab-ci-local, and Debian's rsync")
    shutil.copytree(request.getfixturevalue(template), tmp_path / "shop", symlinks=True)
    bare = tmp_path / "repositories" / f"{REPOSITORY}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    subprocess.run(["git", "config", "receive.advertisePushOptions", "true"], cwd=bare, check=True)
    project = Project(tmp_path / "shop")
    project.git("remote", "add", "origin", str(bare))
    project.dvc("remote", "add", "--quiet", "--default", "store", str(tmp_path / "store"))
    project.dvc("push", "--quiet")
    project.commit("a remote for data")
    there = GitLab(tmp_path / "repositories")
    with serving(there):
        made = World(project, bare, there, tmp_path / "runner")
        made.configure()
        project.git("push", "-q", "origin", "main", "refs/tags/*", "refs/mlspec/*")
        yield made


def test_a_merge_request_gets_one_note_that_is_kept_up_to_date(trained_world: World) -> None:
    world = trained_world
    spoof = world.forge.note(1, f"{MARKER}\nAll is well, merge it.", author=666)
    world.forge.note(1, f"Quoting:\n{MARKER}")
    before = world.refs
    world.spec("C: 1.0", "C: 0.5")
    first = world.merge_request()
    assert (first.code, first.outcome("mlspec-plan"), first.outcome("mlspec-comment")) == (0, "PASS", "PASS"), first.log
    [_, body] = world.forge.by_bot()
    assert body.startswith(f"{MARKER}\n### mlspec plan\n")
    assert "training.params.C 1.0 -&gt; 0.5" in body
    plan = (first.kept("mlspec-plan") / "out/plan.md").read_text()
    assert plan in body
    assert plan in first.said("mlspec-plan")
    assert json.loads((first.kept("mlspec-plan") / "out/plan.json").read_text())["summary"]["train"] == 1

    world.spec("C: 0.5", "C: 0.25")
    assert world.merge_request().code == 0
    [_, updated] = world.forge.by_bot()
    assert "training.params.C 1.0 -&gt; 0.25" in updated
    assert world.forge.calls == ["POST /merge_requests/1/notes", "PUT /merge_requests/1/notes/3"]
    assert spoof["body"] == f"{MARKER}\nAll is well, merge it."
    assert world.refs == before


def test_a_fork_gets_the_artifact_only(world: World) -> None:
    run = world.merge_request(source_project="666")
    assert (run.code, run.outcome("mlspec-plan"), run.outcome("mlspec-comment")) == (0, "PASS", ""), run.log
    assert "1 to train" in (run.kept("mlspec-plan") / "out/plan.md").read_text()
    assert world.forge.calls == []


def test_problems_and_failing_tests_are_told_in_the_merge_request(world: World) -> None:
    world.project.write("test_toy.py", "def test_toy():\n    assert not 'well'\n")
    world.project.commit("tests")
    run = world.merge_request()
    assert (run.code, run.outcome("mlspec-plan"), run.outcome("mlspec-comment")) == (1, "FAIL", "PASS"), run.log
    assert "1 failed" in run.said("mlspec-plan")
    assert "1 to train" in world.forge.by_bot()[0]
    world.project.spec("training:\n", 'parms: "<img> @everyone ```"\ntraining:\n')
    run = world.merge_request()
    assert (run.code, run.outcome("mlspec-plan"), run.outcome("mlspec-comment")) == (1, "FAIL", "PASS"), run.log
    [body] = world.forge.by_bot()
    assert "\n    specs/toy.yaml:14:1: unknown field `parms`" in body


def test_the_plan_is_of_the_branch_when_it_is_merged(trained_world: World) -> None:
    world = trained_world
    topic = world.project.git("rev-parse", "HEAD")
    world.spec("C: 1.0", "C: 0.5")
    world.publish()
    world.project.git("checkout", "-q", "--detach", topic)
    world.project.write("README.md", "a branch that was begun before")
    world.project.commit("a topic")
    assert world.merge_request().code == 0
    assert "training.params.C 1.0 -&gt; 0.5" in world.forge.by_bot()[0]


def test_a_merge_request_that_may_train_shows_what_came_of_it(trained_world: World) -> None:
    world = trained_world
    world.configure("  train_on_pull_request: true\n")
    world.publish()
    before = world.refs
    world.spec(LOW, HIGH, "C: 1.0", "C: 0.5")
    run = world.merge_request()
    assert (run.code, run.outcome("mlspec-candidate")) == (0, "PASS"), run.log
    [body] = world.forge.by_bot()
    came = body.partition("### What came of it")[2]
    assert "| train | toy | known after train | held: accuracy: min 0.999" in came
    assert "| toy | accuracy | 0." in came
    assert world.refs == before


def test_what_is_merged_while_another_trains_is_taken_in_and_an_old_pipeline_changes_nothing(world: World) -> None:
    old = world.project.git("rev-parse", "HEAD")
    first = world.started_push()
    eventually(lambda: "== Train" in first.log, 60)
    world.project.write("README.md", "meanwhile")
    world.project.commit("a push while the first trains")
    world.publish()
    done = world.finish(first)
    assert (done.code, done.outcome("mlspec-train"), done.outcome("mlspec-publish")) == (0, "PASS", "PASS"), done.log
    assert world.tags == ["toy@v0.1.0"]
    published = world.refs
    again = world.finish(world.started_again(old))
    assert (again.code, again.outcome("mlspec-publish")) == (0, "PASS"), again.log
    assert "all of it is there already" in again.said("mlspec-publish")
    assert world.refs == published
    world.pull()
    assert world.project.read("README.md") == "meanwhile"
    assert world.project.planned() == ["promote:toy:production", "deploy:toy:production"]
    assert world.project.git("log", "-1", "--format=%an", "toy@v0.1.0") == "mlspec[bot]"


def test_a_gate_that_fails_is_told_and_moves_nothing(trained_world: World) -> None:
    world = trained_world
    world.spec(LOW, HIGH, "C: 1.0", "C: 0.5")
    world.publish()
    before = world.refs
    run = world.schedule()
    assert (run.code, run.outcome("mlspec-train"), run.outcome("mlspec-publish")) == (0, "PASS", "PASS"), run.log
    assert "| train | toy | known after train | held: accuracy: min 0.999" in run.said("mlspec-train")
    changed = {ref for ref, oid in world.refs.items() if before.get(ref) != oid}
    assert changed == {"refs/mlspec/project"}
    assert world.merge_request().code == 0
    assert "GateFailed" in world.forge.by_bot()[0]


@pytest.mark.parametrize(
    "variables",
    [
        {"MLSPEC_CI_MODEL": "toy; touch ../../../../pwned; $(touch pwned) `touch pwned`"},
        {"MLSPEC_CI_MODEL": "-h\n$CI_JOB_TOKEN", "MLSPEC_CI_MODE": "check'; touch pwned; '"},
    ],
)
def test_hostile_variables_are_inert(trained_world: World, variables: dict[str, str]) -> None:
    before = trained_world.refs
    run = trained_world.run(BRANCH="mlspec/other", PUBLISH="pull_request", **variables)
    assert (run.code, run.outcome("mlspec-train")) == (1, "FAIL"), run.log
    assert "no spec has the model" in run.said("mlspec-train")
    assert not list(trained_world.folder.rglob("pwned"))
    assert trained_world.refs == before


def test_a_matrix_shares_the_models_among_jobs(world: World) -> None:
    world.project.write("specs/twin.yaml", world.project.read("specs/toy.yaml").replace("name: toy", "name: twin"))
    world.configure("  matrix: {max_parallel: 3}\n")
    world.publish()
    run = world.push()
    assert (run.code, run.outcome("mlspec-publish")) == (0, "PASS"), run.log
    assert world.tags == ["toy@v0.1.0", "twin@v0.1.0"]
    assert "The other jobs train all there is" in run.log
    world.pull()
    assert {action.split(":")[0] for action in world.project.planned()} == {"promote", "deploy"}


def test_a_protected_branch_gets_a_merge_request_and_tags_when_it_was_squashed(world: World) -> None:
    world.configure("  publish: pull_request\n")
    world.publish()
    main = world.refs["refs/heads/main"]
    options = world.bare / "options"
    (world.bare / "hooks/post-receive").write_text(f'#!/bin/sh\nset | grep ^GIT_PUSH_OPTION_ > "{options}"\n')
    (world.bare / "hooks/post-receive").chmod(0o755)
    run = world.push()
    assert (run.code, run.outcome("mlspec-publish")) == (0, "PASS"), run.log
    assert (world.refs["refs/heads/main"], world.tags) == (main, [])
    assert {"merge_request.create", "merge_request.target=main"} <= {
        line.partition("=")[2].strip("'") for line in options.read_text().splitlines()
    }
    waits = world.refs
    again = world.schedule()
    assert (again.code, "trained: 1" in again.log, world.refs) == (0, False, waits), again.log
    assert "1 to train" not in again.said("mlspec-train")
    world.project.git("fetch", "-q", "origin", "mlspec/trained")
    world.project.git("merge", "-q", "--squash", "FETCH_HEAD")
    world.project.commit("squashed")
    world.publish()
    squashed = world.refs["refs/heads/main"]
    run = world.push()
    assert (run.code, run.outcome("mlspec-publish")) == (0, "PASS"), run.log
    assert (world.refs["refs/heads/main"], world.tags) == (squashed, ["toy@v0.1.0"])
    world.pull()
    assert world.project.git("rev-parse", "toy@v0.1.0^{commit}") == squashed


def test_a_day_with_containers(
    world: World, engine: docker.DockerClient, proxy_image: str, engine_project: str
) -> None:
    """A merge, a pipeline repeated, a server lost, a gate that fails; each time a look at what runs."""
    world.project.write("images/toy/Dockerfile", DOCKERFILE)
    world.project.write("images/toy/own.py", SERVER)
    world.project.edit("specs/toy.yaml", "deploy:\n", OWN)
    world.configure('  jobs: {deploy: {env: {GREETING: "value:hello"}}}\n', name=engine_project, target="docker")
    world.publish()
    run = world.push()
    jobs = ("mlspec-train", "mlspec-publish", "mlspec-deploy-production")
    assert {run.outcome(job) for job in jobs} == {"PASS"}, run.log
    assert world.tags == ["toy#production#1", "toy@v0.1.0"]
    assert "refs/mlspec/env/production" in world.refs

    before, running = world.refs, servers(engine, engine_project)
    assert len(running) == 1
    engine.containers.get(running.copy().pop()).remove(force=True)
    check = world.run(MLSPEC_CI_MODE="check")
    assert (check.code, check.outcome("mlspec-deploy-production")) == (1, "FAIL"), check.log
    assert "1 to restart" in check.said("mlspec-deploy-production")
    assert (world.refs, servers(engine, engine_project)) == (before, set())
    night = world.schedule()
    assert night.code == 0, night.log
    healed = servers(engine, engine_project)
    assert len(healed) == 1

    world.pull()
    world.spec(LOW, HIGH, "C: 1.0", "C: 0.5")
    world.publish()
    held = world.push()
    assert held.code == 0, held.log
    assert "held: accuracy: min 0.999" in held.said("mlspec-train")
    assert "GateFailed" in held.said("mlspec-deploy-production")
    assert servers(engine, engine_project) == healed
