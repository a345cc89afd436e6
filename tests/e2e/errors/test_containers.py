"""What specs say about containers and images, and can't mean: refused with its place before anything is done."""

from __future__ import annotations

import pytest
from e2e.project import Project

PROJECT = "apiVersion: mlspec/v1\nkind: Project\nname: shop\n"
DOCKER = PROJECT + "environments: {production: {target: docker}}\n"


def serving(project: Project, text: str) -> None:
    """Give the model this `serving`, on its last line."""
    project.write("specs/toy.yaml", f"{project.read('specs/toy.yaml').rstrip()}\nserving: {text}\n")


def line(project: Project) -> str:
    """Where that stands."""
    return f"specs/toy.yaml:{len(project.read('specs/toy.yaml').splitlines())}"


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        (
            "{context: far}",
            "`context` has no effect with the target `process` (it is for `docker` or `swarm`",
        ),
        ("{target: docker, constraints: [node.role==worker]}", "`constraints` has no effect with the target `docker`"),
        ("{target: docker, bind: localhost}", "`localhost` is not an IP address (such as `127.0.0.1`"),
        ("{target: kubernetes}", "`target: kubernetes` does not work yet in this version of mlspec (use `process`,"),
    ],
)
def test_what_an_environment_cannot_mean(project: Project, quick, environment: str, problem: str) -> None:
    project.write("specs/project.yaml", f"{PROJECT}environments: {{production: {environment}}}\n")
    before = project.state
    for verb in (["plan"], ["apply", "--yes"]):
        done = quick(project, *verb, code=1)
        assert "specs/project.yaml:4:" in done.err
        assert problem in done.err
    assert project.state == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{resources: {cpu: 1}}", "`resources` has no effect: no environment of the model runs containers"),
        ("{entrypoint: [serve]}", "`entrypoint` needs containers, and the environment `production` runs none"),
        ("{env: [MLSPEC_X]}", "`MLSPEC_X` is set by mlspec in every container"),
        ('{image: {system_packages: ["a; id"]}}', "`a; id` is not a Debian package"),
    ],
)
def test_what_a_model_cannot_mean(project: Project, quick, text: str, problem: str) -> None:
    serving(project, text)
    done = quick(project, "plan", code=1)
    assert line(project) in done.err
    assert problem in done.err


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{deps: [servers/own.py]}", "servers/own.py"),
        ("{image: {requirements: locks/serve.txt}}", "locks/serve.txt"),
        ("{image: {dockerfile: images/Dockerfile}}", "images/Dockerfile"),
    ],
)
def test_a_file_of_the_image_that_git_does_not_have(project: Project, text: str, path: str) -> None:
    """With or without an engine; in a process, as the SDK leaves a socket open where none answers."""
    project.write("specs/project.yaml", DOCKER)
    serving(project, text)
    done = project.mlspec("plan", code=1)
    assert f"{line(project)}: `{path}` is tracked" in done.err
