"""GitHub's workflows, executed by act against a bare repository and a stand-in for GitHub's API."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import docker
import pytest
from e2e.ci.served import DOCKERFILE, OWN, servers
from e2e.ci.world import World
from e2e.docker.shop import SERVER
from fakes.processes import eventually

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow

LOW = "metrics: [accuracy]\n  gates:\n    - {metric: accuracy, min: 0.55}"
HIGH = LOW.replace("0.55", "0.999")


def test_a_pull_request_gets_one_comment_that_is_kept_up_to_date(trained_world: World) -> None:
    world = trained_world
    spoof = world.forge.comment(1, "<!-- mlspec:plan -->\nAll is well, merge it.", login="mallory")
    world.forge.comment(1, "Quoting:\n<!-- mlspec:plan -->")
    before = world.refs
    world.spec("C: 1.0", "C: 0.5")
    first = world.pull_request()
    assert (first.code, first.outcome("plan"), first.outcome("comment")) == (0, "success", "success"), first.said()
    [_, body] = world.forge.by_bot()
    assert body.startswith("<!-- mlspec:plan -->\n### mlspec plan\n")
    assert "training.params.C 1.0 -&gt; 0.5" in body
    assert "| deploy | toy → production |" in body
    assert world.project.git("rev-parse", "HEAD") in body
    plan = (first.artifacts / "mlspec-plan" / "plan.md").read_text()
    assert plan in body
    assert first.summary("plan") == plan
    assert json.loads((first.artifacts / "mlspec-plan" / "plan.json").read_text())["summary"]["train"] == 1

    world.spec("C: 0.5", "C: 0.25")
    assert world.pull_request().code == 0
    [_, updated] = world.forge.by_bot()
    assert "training.params.C 1.0 -&gt; 0.25" in updated
    assert [call for call in world.forge.calls if not call.startswith("GET")] == [
        "POST /repos/acme/shop/issues/1/comments",
        "PATCH /repos/acme/shop/issues/comments/3",
    ]
    assert spoof["body"] == "<!-- mlspec:plan -->\nAll is well, merge it."
    assert world.refs == before


def test_a_fork_gets_the_summary_only(world: World) -> None:
    run = world.pull_request(repository="mallory/shop")
    assert (run.code, run.outcome("plan"), run.outcome("comment")) == (0, "success", "skipped")
    assert "1 to train" in run.summary("plan")
    assert world.forge.calls == []


def test_problems_and_failing_tests_are_told_in_the_pull_request(world: World) -> None:
    world.project.write("test_toy.py", "def test_toy():\n    assert not 'well'\n")
    world.project.commit("tests")
    run = world.pull_request()
    assert (run.code, run.steps("plan")["Test"], run.steps("plan")["Plan"]) == (1, "failure", "success")
    assert "1 to train" in world.forge.by_bot()[0]
    world.project.spec("training:\n", 'parms: "<img> @everyone ```"\ntraining:\n')
    run = world.pull_request()
    assert (run.code, run.outcome("plan"), run.outcome("comment")) == (1, "failure", "success")
    [body] = world.forge.by_bot()
    assert "\n    specs/toy.yaml:14:1: unknown field `parms`" in body
    assert "There is no plan" in run.summary("plan")


def test_a_pull_request_that_may_train_shows_what_came_of_it(trained_world: World) -> None:
    world = trained_world
    world.configure("ci: {train_on_pull_request: true}\n")
    world.project.mlspec("promote", "toy", "v0.1.0", "--to", "production")
    world.project.git("push", "-q", "--tags", "origin")
    world.publish()
    before = world.refs
    world.spec("C: 1.0", "C: 0.5")
    run = world.pull_request()
    assert (run.code, run.outcome("candidate")) == (0, "success"), run.said()
    [body] = world.forge.by_bot()
    assert re.search(
        r"\| toy \| accuracy \| 0\.\d+ \| production v0\.1\.0 \| 0\.\d+ \| (better|worse|the same) \|", body
    )
    world.spec(LOW, HIGH, "C: 0.5", "C: 0.25")
    run = world.pull_request()
    assert (run.code, run.outcome("candidate")) == (0, "success"), run.said()
    [body] = world.forge.by_bot()
    came = body.partition("### What came of it")[2]
    assert "| train | toy | known after train | held: accuracy: min 0.999" in came
    assert "| toy | accuracy | 0." in came
    assert world.refs == before


def test_a_matrix_trains_each_model_in_a_job_of_its_own(world: World) -> None:
    world.project.write("specs/twin.yaml", world.project.read("specs/toy.yaml").replace("name: toy", "name: twin"))
    world.configure("ci: {matrix: {max_parallel: 1}}\n")
    world.publish()
    run = world.push()
    assert (run.code, run.outcome("publish")) == (0, "success"), run.said()
    assert sorted(path.name for path in run.artifacts.glob("mlspec-result-*")) == [
        "mlspec-result-toy",
        "mlspec-result-twin",
    ]
    assert world.tags == ["toy@v0.1.0", "twin@v0.1.0"]
    world.pull()
    assert {action.split(":")[0] for action in world.project.planned()} == {"promote", "deploy"}
    again = world.push()
    assert (again.code, again.outcome("train"), again.outcome("publish")) == (0, "skipped", "skipped")


def test_a_protected_branch_gets_a_pull_request_and_tags_when_it_was_squashed(world: World) -> None:
    world.configure("ci: {publish: pull_request}\n")
    world.publish()
    main = world.refs["refs/heads/main"]
    run = world.push()
    assert (run.code, run.outcome("publish")) == (0, "success"), run.said()
    assert (world.refs["refs/heads/main"], world.tags) == (main, [])
    [pull] = world.forge.pulls
    assert (pull["head"], pull["base"]) == ("mlspec/trained", "main")
    waits = world.refs
    again = world.schedule()
    assert (again.code, again.outcome("publish"), world.refs) == (0, "skipped", waits), again.said()
    assert "1 to train" not in again.summary("train")
    world.project.git("fetch", "-q", "origin", "mlspec/trained")
    world.project.git("merge", "-q", "--squash", "FETCH_HEAD")
    world.project.commit("squashed")
    world.publish()
    squashed = world.refs["refs/heads/main"]
    run = world.push()
    assert (run.code, run.outcome("publish")) == (0, "success"), run.said()
    assert (world.refs["refs/heads/main"], world.tags) == (squashed, ["toy@v0.1.0"])
    assert len(world.forge.pulls) == 1
    world.pull()
    assert world.project.git("rev-parse", "toy@v0.1.0^{commit}") == squashed


def test_what_is_merged_while_another_trains_is_taken_in_and_nothing_is_trained_twice(world: World) -> None:
    first = world.started_push()
    eventually(lambda: "Run Main Train" in first.log, 60)
    world.project.write("README.md", "meanwhile")
    world.project.commit("a push while the first trains")
    world.publish()
    done = world.runner.finish(first)
    assert (done.code, done.outcome("train"), done.outcome("publish")) == (0, "success", "success"), done.said()
    assert world.tags == ["toy@v0.1.0"]
    again = world.push()
    assert (again.code, again.outcome("publish")) == (0, "skipped"), again.said()
    world.pull()
    assert world.project.read("README.md") == "meanwhile"
    assert world.project.planned() == ["promote:toy:production", "deploy:toy:production"]
    assert world.project.git("log", "-1", "--format=%an", "toy@v0.1.0") == "mlspec[bot]"


def test_a_gate_that_fails_is_told_and_moves_nothing(trained_world: World) -> None:
    world = trained_world
    world.spec(LOW, HIGH, "C: 1.0", "C: 0.5")
    world.publish()
    before = world.refs
    run = world.push()
    assert (run.code, run.outcome("train"), run.outcome("publish")) == (0, "success", "success"), run.said()
    came = run.summary("train").partition("### What came of it")[2]
    assert "| train | toy | known after train | held: accuracy: min 0.999" in came
    changed = {ref for ref, oid in world.refs.items() if before.get(ref) != oid}
    assert changed == {"refs/mlspec/project"}
    assert world.pull_request().code == 0
    assert "GateFailed" in world.forge.by_bot()[0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"model": "toy; touch ../../../../pwned; $(touch pwned) `touch pwned`"},
        {"model": "${{ github.token }}", "mode": "check'; touch pwned; '"},
    ],
)
def test_hostile_inputs_are_inert(trained_world: World, inputs: dict[str, str]) -> None:
    before = trained_world.refs
    run = trained_world.dispatch(**inputs)
    assert (run.code, run.outcome("train"), run.outcome("publish")) == (1, "failure", "skipped")
    assert "no spec has the model" in run.said("train")
    assert not list(trained_world.runner.folder.rglob("pwned"))
    assert trained_world.refs == before


def test_one_line_in_a_workflow_of_ones_own(world: World) -> None:
    commit = "0" * 40
    world.runner.stubs["mlspec/mlspec"] = world.runner.folder / "ours"  # act copies all of it, so not the whole tree
    shutil.copytree(ROOT / ".github/actions", world.runner.folder / "ours/.github/actions")
    world.project.write(
        ".github/workflows/own.yml",
        f"""\
on: push
jobs:
  own:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@{commit}
        with: {{ref: main, fetch-depth: 0, persist-credentials: false}}
      - uses: actions/setup-python@{commit}
        with: {{python-version: "3.11"}}
      - uses: mlspec/mlspec/.github/actions/mlspec@{commit}
        with: {{package: mlspec==0.1.0, model: toy}}
""",
    )
    run = world.runner.run(world.project.root, "own.yml", "push", {})
    assert run.code == 0, run.said()
    assert "1 to train" in run.summary("own")


def test_a_day_with_containers(
    world: World, engine: docker.DockerClient, proxy_image: str, engine_project: str
) -> None:
    """A merge, a run repeated, a night in which a server was lost, a gate that fails; each time a look at what runs."""
    world.project.write("images/toy/Dockerfile", DOCKERFILE)
    world.project.write("images/toy/own.py", SERVER)
    world.project.edit("specs/toy.yaml", "deploy:\n", OWN)
    world.configure('ci: {jobs: {deploy: {env: {GREETING: "value:hello"}}}}\n', name=engine_project, target="docker")
    world.publish()
    run = world.push()
    outcomes = {name: run.outcome(name) for name in ("train", "publish", "deploy-production")}
    assert set(outcomes.values()) == {"success"}, run.said()
    assert world.tags == ["toy#production#1", "toy@v0.1.0"]
    assert "refs/mlspec/env/production" in world.refs

    before, running = world.refs, servers(engine, engine_project)
    assert len(running) == 1
    again = world.push()
    assert (again.code, again.outcome("publish")) == (0, "skipped"), again.said()
    assert "No changes" in again.summary("deploy-production")
    assert (world.refs, servers(engine, engine_project)) == (before, running)

    engine.containers.get(running.copy().pop()).remove(force=True)
    check = world.dispatch(mode="check")
    assert (check.code, check.outcome("train"), check.outcome("deploy-production")) == (1, "success", "failure")
    assert "1 to restart" in check.summary("deploy-production")
    assert (world.refs, servers(engine, engine_project)) == (before, set())
    night = world.schedule()
    assert night.code == 0, night.said()
    healed = servers(engine, engine_project)
    assert len(healed) == 1

    world.pull()
    world.spec(LOW, HIGH, "C: 1.0", "C: 0.5")
    world.publish()
    held = world.push()
    assert held.code == 0, held.said()
    assert "held: accuracy: min 0.999" in held.summary("train")
    assert "GateFailed" in held.summary("deploy-production")
    assert servers(engine, engine_project) == healed
