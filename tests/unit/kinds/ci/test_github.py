"""The workflows hold what CI must have, and no more rights than each job needs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from mlspec.compiler.files import project_files
from mlspec.kinds.ci._pins import PINS
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import _TAKEN, ACTIONS, ANCHORS

ENVIRONMENTS = {"here": {"target": "process"}, "staging": {"target": "docker"}, "production": {"target": "swarm"}}
STEP = {"name": "Own", "run": "true"}


def workflows(**ci: object) -> dict[str, dict[Any, Any]]:
    """plan and reconcile, parsed."""
    project = ProjectSpec.model_validate({"ci": ci, "environments": ENVIRONMENTS})
    files = project_files(project, ["wine"])
    found = {re.split(r"[-.]", path)[-2]: yaml.load(content, yaml.BaseLoader) for path, content in files.items()}
    assert set(found) == {"plan", "reconcile"}
    return found


def everything(**ci: object) -> dict[str, dict[Any, Any]]:
    """Both with all jobs that there can be."""
    return workflows(train_on_pull_request=True, **ci)


def jobs(**ci: object) -> dict[str, dict[str, Any]]:
    """The jobs of both."""
    found = everything(**ci)
    return {
        **found["plan"]["jobs"],
        **{name: job for name, job in found["reconcile"]["jobs"].items() if name != "plan"},
    }


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def step(job: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(next(item for item in job["steps"] if name in {item.get("id"), item["name"]}))


def groups(folder: str, environment: str) -> set[str]:
    """The concurrency groups of a reconcile in a folder, with one environment."""
    wanted = {"ci": {"folder": folder}, "environments": {environment: {"target": "docker"}}}
    files = project_files(ProjectSpec.model_validate(wanted), ["wine"])
    [content] = [content for path, content in files.items() if "reconcile" in path]
    found = yaml.safe_load(content)
    return {found["concurrency"]["group"], found["jobs"][f"deploy-{environment}"]["concurrency"]["group"]}


def test_rights() -> None:
    assert {workflow["permissions"] == {} for workflow in everything().values()} == {True}
    write = {
        name: [right for right, how in job["permissions"].items() if how == "write"] for name, job in jobs().items()
    }
    assert write == {
        "plan": [],
        "candidate": [],
        "comment": ["pull-requests"],
        "train": [],
        "publish": ["contents"],
        "deploy-staging": ["contents"],
        "deploy-production": ["contents"],
    }
    assert set(jobs(publish="pull_request")["publish"]["permissions"]) == {"contents", "pull-requests"}


@pytest.mark.parametrize("name", ["comment", "publish"])
def test_jobs_that_write_install_nothing_and_run_nothing_of_the_repository(name: str) -> None:
    words = " ".join(item.get("run", "") + item.get("uses", "") for item in jobs()[name]["steps"])
    assert not re.search(r"\b(pip|python|bash|make)\b|setup-python|mlspec (?!-)(plan|reconcile|compile|apply)", words)


def test_the_token_is_in_the_steps_that_talk_to_the_forge_and_in_no_other() -> None:
    for name, job in jobs().items():
        with_token = {item["name"] for item in job["steps"] if "github.token" in str(item.get("env", ""))}
        known = {"Fetch mlspec's records", "Write the comment", "Check and push the results", "Deploy"}
        assert with_token <= known, name
        assert "env" not in job


@pytest.mark.parametrize("matrix", [None, {"by": "model"}])
@pytest.mark.parametrize("publish", ["push", "pull_request"])
def test_no_expression_inside_a_script_every_action_pinned_every_job_ends(matrix: object, publish: str) -> None:
    found = everything(matrix=matrix, publish=publish)
    for item in steps(found["plan"]) + steps(found["reconcile"]):
        assert "${{" not in item.get("run", "")
        if "uses" in item:
            assert item["uses"] in {pin.uses for pin in PINS.values()}
            assert item["with"].get("persist-credentials", "false") == "false"
    for workflow in found.values():
        assert all(int(job["timeout-minutes"]) > 0 for job in workflow["jobs"].values())


def test_pins_are_whole_commits_of_the_actions_that_specs_may_name() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", pin.commit) for pin in PINS.values())
    assert {pin.action for pin in PINS.values()} == set(ACTIONS)


def test_every_step_that_others_can_stand_beside_is_there() -> None:
    found = jobs(logins=[{"jobs": ["candidate", "train", "deploy"], "aws": {"role": "var:R", "region": "var:S"}}])
    for name, anchors in ANCHORS.items():
        job = found[name if name != "deploy" else "deploy-staging"]
        assert tuple(item["id"] for item in job["steps"]) == anchors


def test_names_that_the_scripts_use_are_taken() -> None:
    for job in jobs(publish="pull_request", requirements="ci.lock").values():
        for item in job["steps"]:
            ours = {name for name in item.get("env", {}) if not name.startswith(("GIT_", "MLSPEC_"))}
            assert ours <= _TAKEN


def test_mlspec_is_installed_by_hashes_where_there_is_a_lock() -> None:
    assert "--require-hashes" in step(jobs(requirements="ci.lock")["plan"], "install")["run"]
    assert step(jobs(requirements="ci.lock")["plan"], "install")["env"] == {"REQUIREMENTS": "ci.lock"}
    assert step(jobs()["plan"], "install")["env"]["PACKAGE"].startswith("mlspec==")


def test_no_cache_where_the_result_is_pushed() -> None:
    found = jobs(requirements="ci.lock")
    assert {name for name, job in found.items() if any("cache" in item.get("with", {}) for item in job["steps"])} == {
        "plan"
    }


def test_branch_schedules_and_runners_come_from_the_spec() -> None:
    reconcile = workflows(branch="release/2", schedule=None, runs_on="big-1")["reconcile"]
    assert reconcile["on"]["push"] == {"branches": ["release/2"]}
    assert "schedule" not in reconcile["on"]
    assert {job["runs-on"] for job in reconcile["jobs"].values()} == {"big-1"}
    assert workflows()["reconcile"]["on"]["schedule"] == [{"cron": "23 3 * * *"}]
    twice = workflows(schedule=["1 2 * * *", "3 4 * * 5"])["reconcile"]["on"]["schedule"]
    assert twice == [{"cron": "1 2 * * *"}, {"cron": "3 4 * * 5"}]


def test_what_is_special_about_one_job_is_special_about_no_other() -> None:
    special = {"runs_on": ["self-hosted", "gpu"], "timeout": "90s", "env": {"A": "secret:S", "B": "value:x: y"}}
    plain, found = jobs(), jobs(jobs={"train": special})
    assert {name for name in plain if plain[name] != found[name]} == {"train"}
    assert (found["train"]["runs-on"], found["train"]["timeout-minutes"]) == (["self-hosted", "gpu"], "2")
    env = step(found["train"], "train")["env"]
    assert (env["A"], env["B"]) == ("${{ secrets.S }}", "x: y")
    assert [item["id"] for item in found["train"]["steps"] if "secrets." in str(item)] == ["train"]


def test_a_container_brings_its_own_python() -> None:
    image = f"python:3.11@sha256:{'0' * 64}"
    job = jobs(jobs={"train": {"container": image}})["train"]
    assert job["container"] == image
    assert "python" not in [item["id"] for item in job["steps"]]


def test_only_environments_that_ci_reaches_have_a_job_one_after_the_other() -> None:
    found = jobs(environments={"production": "Live shop"})
    deploys = {name: job for name, job in found.items() if name.startswith("deploy")}
    assert list(deploys) == ["deploy-staging", "deploy-production"]
    assert [job["environment"] for job in deploys.values()] == ["staging", "Live shop"]
    assert [job["needs"] for job in deploys.values()] == [["publish"], ["publish", "deploy-staging"]]
    assert step(deploys["deploy-staging"], "deploy")["env"]["ENVIRONMENT"] == "staging"


def test_logins_come_with_their_right_and_before_the_work() -> None:
    found = jobs(
        logins=[
            {"jobs": ["train"], "aws": {"role": "var:ROLE", "region": "value:eu-west-1"}},
            {"jobs": ["train", "deploy"], "gcp": {"provider": "var:P", "account": "secret:A"}},
        ]
    )
    with_right = {name for name, job in found.items() if "id-token" in job["permissions"]}
    assert with_right == {"train", "deploy-staging", "deploy-production"}
    [aws, gcp] = [item for item in found["train"]["steps"] if item["name"].startswith("Log in")]
    assert aws["with"] == {"role-to-assume": "${{ vars.ROLE }}", "aws-region": "eu-west-1"}
    assert gcp["with"] == {"workload_identity_provider": "${{ vars.P }}", "service_account": "${{ secrets.A }}"}


def test_own_steps_stand_where_they_were_put_in_their_order() -> None:
    own = [
        {"job": "train", "after": "install", **STEP, "name": "First"},
        {"job": "train", "after": "install", **STEP, "name": "Second"},
        {"job": "train", "before": "train", "name": "Third", "uses": f"a/b@{'1' * 40}", "release": "v2",
         "with": {"key": "secret:K"}, "env": {"X": "var:Z"}},
    ]  # fmt: skip
    names = [item["name"] for item in jobs(steps=own)["train"]["steps"]]
    assert names[names.index("Install mlspec") + 1 :][:2] == ["First", "Second"]
    assert names[names.index("Train") - 1] == "Third"
    third = step(jobs(steps=own)["train"], "Third")
    assert third["with"] == {"key": "${{ secrets.K }}"}
    assert third["env"] == {"X": "${{ vars.Z }}"}


def test_tests_are_a_command_of_ones_own_or_none() -> None:
    hostile = 'make check; echo "it\'s $(id)"'
    found = step(jobs(tests=hostile)["plan"], "tests")
    assert found["run"] == 'bash -eo pipefail -c "$TESTS"'
    assert found["env"] == {"TESTS": hostile}
    assert "tests" not in [item.get("id") for item in jobs(tests="none")["plan"]["steps"]]


def test_only_changes_that_count_start_a_run() -> None:
    found = workflows(changed_only=["src/**"], requirements="ci.lock")
    wanted = ["src/**", "specs/**", "models/**", ".github/workflows/mlspec-*.yml", "ci.lock"]
    assert found["plan"]["on"]["pull_request"]["paths"] == wanted
    assert found["reconcile"]["on"]["push"]["paths"] == wanted
    assert "paths" not in workflows()["plan"]["on"]["pull_request"]


def test_a_matrix_trains_what_the_plan_names() -> None:
    found = workflows(matrix={"max_parallel": 3})["reconcile"]["jobs"]
    assert list(found)[:3] == ["plan", "train", "publish"]
    strategy = found["train"]["strategy"]
    assert strategy["matrix"] == {"model": "${{ fromJSON(needs.plan.outputs.models) }}"}
    assert (strategy["max-parallel"], strategy["fail-fast"]) == ("3", "false")
    assert step(found["train"], "train")["env"]["MODEL"] == "${{ matrix.model }}"
    assert step(found["train"], "keep")["with"]["name"] == "mlspec-result-${{ matrix.model }}"


def test_pins_of_the_project_take_the_place_of_ours() -> None:
    commit = "a" * 40
    found = everything(pins={"actions/checkout": {"commit": commit, "release": "v9.1.0"}})
    used = {item["uses"] for item in steps(found["plan"]) + steps(found["reconcile"]) if "uses" in item}
    assert {uses for uses in used if "checkout" in uses} == {f"actions/checkout@{commit}"}


def test_five_hundred_models_write_the_same_file() -> None:
    project = ProjectSpec()
    assert project_files(project, ["wine"]) == project_files(project, [f"model-{n}" for n in range(500)])
    sizes = [len(content) for content in project_files(project, ["wine"]).values()]
    assert max(sizes) < 20_000


def test_the_command_line_of_the_contract() -> None:
    runs = "\n".join(item.get("run", "") for verb in ("plan", "reconcile") for item in steps(workflows()[verb]))
    for call in (
        "mlspec validate",
        "mlspec compile --check",
        "mlspec plan --markdown out/plan.md --json out/plan.json --detailed-exitcode",
        "mlspec reconcile --only train --json out/outcome.json",
        'mlspec reconcile --only deploy --env "$ENVIRONMENT" --push ',
    ):
        assert call in runs


def test_projects_in_folders_share_no_group() -> None:
    one, other = groups("churn", "eu-production"), groups("churn-eu", "production")
    assert len(one) == len(other) == 2
    assert not one & other
    assert {group.partition("$")[0] for group in groups("a", "b")} == {"mlspec--a/", "mlspec-deploy--a/b"}
