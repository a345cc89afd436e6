"""GitLab's pipeline holds what CI must have, and each job no more than it needs."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from mlspec.compiler.files import project_files, withdrawn_files
from mlspec.kinds.ci._pins import IMAGES
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import _TAKEN, ANCHORS
from mlspec.spec.rules.gitlab import IMAGED

ENVIRONMENTS = {"here": {"target": "process"}, "staging": {"target": "docker"}, "production": {"target": "swarm"}}


def project(**ci: object) -> ProjectSpec:
    return ProjectSpec.model_validate({"ci": {"providers": ["gitlab"], **ci}, "environments": ENVIRONMENTS})


def pipeline(**ci: object) -> dict[str, Any]:
    """The one file, parsed."""
    [content] = project_files(project(**ci), ["wine"]).values()
    found = yaml.safe_load(content)
    assert isinstance(found, dict)
    return found


def jobs(**ci: object) -> dict[str, dict[str, Any]]:
    """All jobs that there can be."""
    found = pipeline(**{"train_on_pull_request": True, **ci})
    return {name.removeprefix("mlspec-"): job for name, job in found.items() if name.startswith("mlspec-")}


def in_folder(folder: str, environment: str) -> dict[str, Any]:
    """The file of a project in a folder, with one environment, parsed."""
    wanted = {"ci": {"providers": ["gitlab"], "folder": folder}, "environments": {environment: {"target": "docker"}}}
    [content] = project_files(ProjectSpec.model_validate(wanted), ["wine"]).values()
    found = yaml.safe_load(content)
    assert isinstance(found, dict)
    return found


def script(job: dict[str, Any]) -> str:
    return "\n".join(job["script"])


def test_each_job_has_variables_of_its_own_and_only_deployments_are_deployments() -> None:
    found = jobs(environments={"production": "Live shop"})
    assert {name: job.get("environment") for name, job in found.items()} == {
        "plan": None,
        "candidate": {"name": "mlspec/candidate", "action": "access"},
        "comment": {"name": "mlspec/comment", "action": "access"},
        "train": {"name": "mlspec/train", "action": "access"},
        "publish": {"name": "mlspec/publish", "action": "access"},
        "deploy-staging": {"name": "staging"},
        "deploy-production": {"name": "Live shop"},
    }
    assert {name for name, job in found.items() if "MLSPEC_TOKEN" in script(job)} == {
        "comment",
        "publish",
        "deploy-staging",
        "deploy-production",
    }


@pytest.mark.parametrize("name", ["comment", "publish"])
def test_jobs_that_write_have_no_file_of_the_repository_and_install_nothing(name: str) -> None:
    job = jobs()[name]
    assert job["variables"]["GIT_CHECKOUT"] == "false"
    assert not re.search(r"\b(pip|pytest|mlspec (plan|reconcile|compile))\b", script(job))


def test_merge_requests_of_forks_are_planned_and_nothing_else() -> None:
    trusted = {name for name, job in jobs().items() if "SOURCE_PROJECT_ID" in str(job["rules"])}
    requests = {name for name, job in jobs().items() if "merge_request_event" in str(job["rules"])}
    assert (trusted, requests) == ({"candidate", "comment"}, {"plan", "candidate", "comment"})
    assert all(job["interruptible"] for name, job in jobs().items() if name in requests)
    assert not any("interruptible" in job for name, job in jobs().items() if name not in requests)


def test_what_changes_something_is_done_one_at_a_time_in_the_order_of_the_environments() -> None:
    found = jobs()
    assert {name: job["resource_group"] for name, job in found.items() if "resource_group" in job} == {
        "train": "mlspec",
        "publish": "mlspec",
        "deploy-staging": "mlspec-staging",
        "deploy-production": "mlspec-production",
    }
    assert found["publish"]["needs"] == ["mlspec-train"]
    assert found["deploy-staging"]["needs"] == ["mlspec-publish"]
    assert found["deploy-production"]["needs"] == ["mlspec-publish", "mlspec-deploy-staging"]
    assert {name for name, job in found.items() if job["rules"][0].get("when")} == {
        "comment",
        "publish",
        "deploy-production",
    }


@pytest.mark.parametrize(
    ("one", "other"), [(("churn", "eu-production"), ("churn-eu", "production")), (("churn", "eu"), ("churn-eu", "eu"))]
)
def test_projects_in_folders_share_no_job_and_no_group(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = in_folder(*one), in_folder(*other)
    assert set(first) & set(second) == {"variables"}, "which are what each of them declares"
    groups = [{job["resource_group"] for job in found.values() if "resource_group" in job} for found in (first, second)]
    assert [len(found) for found in groups] == [2, 2]
    assert not groups[0] & groups[1]
    assert all(re.fullmatch(r"[\w/${}. -]+", group) for group in groups[0] | groups[1]), "GitLab takes no other"


@pytest.mark.parametrize("folder", ["services/churn.v2", "churn_2"])
def test_the_plan_of_a_folder_is_exposed_by_a_name_that_gitlab_takes(folder: str) -> None:
    """GitLab refuses the whole pipeline by `EXPOSE_AS_REGEX` of its `lib/gitlab/ci/config/entry/artifacts.rb`."""
    exposed = in_folder(folder, "production")[f"mlspec-plan--{folder.replace('/', '--')}"]["artifacts"]["expose_as"]
    assert re.fullmatch(r"\w[-\w ]*", exposed, re.ASCII)
    assert folder[:5] in exposed


def test_images_are_pinned_for_every_python_that_a_spec_may_name() -> None:
    assert tuple(IMAGES) == IMAGED
    assert all(re.fullmatch(r"python:3\.\d+[.\d]*-bookworm@sha256:[0-9a-f]{64}", image) for image in IMAGES.values())
    assert pipeline(python="3.12")[".mlspec"]["image"] == IMAGES["3.12"]
    own = f"own@sha256:{'1' * 64}"
    assert pipeline(image=own)[".mlspec"]["image"] == own
    assert jobs(jobs={"train": {"container": own}})["train"]["image"] == own


def test_beside_a_pipeline_of_ones_own_it_sets_nothing_for_all_jobs() -> None:
    found = pipeline(file=".gitlab/mlspec.yml")
    assert not {"workflow", "stages", "default", "image"} & set(found)
    assert not any("stage" in job for job in found.values())
    assert {"workflow", "stages"} <= set(pipeline())


def test_a_file_that_is_wanted_no_more_is_withdrawn() -> None:
    assert ".gitlab-ci.yml" not in withdrawn_files(project())
    assert ".gitlab-ci.yml" in withdrawn_files(project(file=".gitlab/mlspec.yml"))
    assert ".gitlab-ci.yml" in withdrawn_files(ProjectSpec())
    assert ".github/workflows/mlspec-plan.yml" in withdrawn_files(project())


def test_every_step_that_others_can_stand_beside_is_there() -> None:
    login = [{"jobs": ["candidate", "train", "deploy"], "aws": {"role": "var:R", "region": "var:S"}}]
    for name, anchors in ANCHORS.items():
        for anchor in set(anchors) - {"python"}:
            found = jobs(
                logins=login,
                steps=[
                    {"job": name, "name": "Before", "before": anchor, "run": "true"},
                    *([{"job": name, "name": "After", "after": anchor, "run": "true"}] if anchor != "keep" else []),
                ],
            )
            words = script(found[name if name != "deploy" else "deploy-staging"])
            assert "echo '== Before'" in words, (name, anchor)
            assert anchor == "keep" or words.index("== Before") < words.index("== After")


def test_own_steps_are_words_of_a_shell_of_their_own() -> None:
    hostile = 'x\'; echo "$(id)" # \\'
    step = {"job": "train", "after": "install", "name": hostile, "run": hostile, "env": {"A": f"value:{hostile}"}}
    [line] = [item for item in jobs(steps=[step])["train"]["script"] if "bash -eo" in item]
    words = shlex.split(line)
    assert words[:2] == ["echo", f"== {hostile}"]
    assert words[words.index("then") + 1 :] == [f"A={hostile}", "bash", "-eo", "pipefail", "-c", f"{hostile};", "fi"]


def test_values_reach_the_step_that_does_the_work_under_their_names() -> None:
    env = {"A": "secret:S", "B": "value:it's", "C": "var:V"}
    items = jobs(jobs={"train": {"env": env}})["train"]["script"]
    assert items[items.index('given() { export A="$S" B=\'it\'"\'"\'s\' C="$V"; }') + 1].startswith('echo "== Train"')


def test_names_that_the_scripts_use_are_taken() -> None:
    found = jobs(requirements="ci.lock", tests="make check")
    lines = [line.strip() for job in found.values() for line in script(job).splitlines()]
    exported = {
        word.partition("=")[0] for line in lines if line.startswith("export ") for word in shlex.split(line)[1:]
    }
    assert {name for name in exported if not name.startswith(("GIT_", "MLSPEC_"))} <= _TAKEN


def test_logins_are_tokens_for_one_cloud_each() -> None:
    logins = [
        {"jobs": ["train"], "gcp": {"provider": "var:P", "account": "value:a'b"}},
        {"jobs": ["train"], "azure": {"client": "secret:C", "tenant": "secret:T", "subscription": "secret:S"}},
    ]
    train = jobs(logins=logins)["train"]
    assert train["id_tokens"] == {
        "MLSPEC_ID_GCP_0": {"aud": "https://iam.googleapis.com/$P"},
        "MLSPEC_ID_AZURE_1": {"aud": "api://AzureADTokenExchange"},
    }
    assert "GOOGLE_APPLICATION_CREDENTIALS" in script(train)
    assert "id_tokens" not in jobs(logins=logins)["plan"]


def test_a_matrix_is_as_many_jobs_as_may_run_at_a_time() -> None:
    found = jobs(matrix={"by": "model", "max_parallel": 3})
    assert (found["train"]["parallel"], found["train"]["needs"]) == (3, ["mlspec-select"])
    assert "parallel" not in jobs()["train"]


def test_five_hundred_models_write_the_same_file() -> None:
    assert project_files(project(), ["wine"]) == project_files(project(), [f"model-{n}" for n in range(500)])
