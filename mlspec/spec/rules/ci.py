"""Rules for `ci`: what a job may be given follows from what it is trusted with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.spec.ci import CiSpec, StepSpec
from mlspec.spec.problem import Fault, Path, one_of, suggest
from mlspec.spec.project import ProjectSpec

ANCHORS: Final[Mapping[str, tuple[str, ...]]] = {
    "plan": ("checkout", "python", "install", "records", "validate", "compile", "tests", "plan", "keep"),
    "candidate": ("checkout", "python", "install", "records", "login", "train", "keep"),
    "train": ("checkout", "python", "install", "records", "plan", "login", "train", "result", "keep"),
    "deploy": ("checkout", "python", "install", "records", "login", "deploy", "drift", "keep"),
}
"""The steps of each job that others can stand before or after, by id."""
ACTIONS: Final = (
    *("actions/checkout", "actions/setup-python", "actions/upload-artifact", "actions/download-artifact"),
    *("aws-actions/configure-aws-credentials", "google-github-actions/auth", "azure/login"),
)
"""The actions that the workflows use."""
REACHABLE: Final = ("docker", "swarm")
"""The targets that a machine of CI's can reach; `process` is the machine itself."""
_WRITERS: Final = ("comment", "publish")
_CLOUDS: Final = ("aws", "gcp", "azure")
_SHORTEST: Final = 60.0
_TAKEN: Final = frozenset({
    *("GH_TOKEN", "GITHUB_TOKEN", "HELPER", "PACKAGE", "REQUIREMENTS", "TESTS", "MODE", "MODEL", "MODELS", "BRANCH"),
    *("ENVIRONMENT", "MARKER", "PUBLISH", "PULL", "COMMIT", "RUN_URL", "RESULTS", "SUMMARY", "OUTPUT", "SERVER"),
    *("TEMP", "ERROR", "WARNING", "NOTICE", "FAILED", "FOLDER", "CHAINS", "TAGS", "TRAINED"),
})  # fmt: skip


def check_ci(project: ProjectSpec) -> Iterator[Fault]:
    """Every fault of a project's `ci`."""
    ci = project.ci
    yield from _twice(ci)
    yield from _jobs(ci)
    yield from _logins(ci)
    yield from _environments(project)
    for index, step in enumerate(ci.steps):
        yield from _step(step, ("ci", "steps", index))
        yield from _place(step, ("ci", "steps", index), _absent(ci))
    if not any(environment.target in REACHABLE for environment in project.environments.values()):
        message = "CI deploys nowhere: no environment of the project runs containers"
        places: list[Path] = [("ci", "steps", index) for index, step in enumerate(ci.steps) if step.job == "deploy"]
        places += [("ci", "jobs", "deploy")] if "deploy" in ci.jobs else []
        yield from (Fault(at, message, "remove it") for at in places)
    for action in ci.pins:
        if action not in ACTIONS:
            hint = suggest(action, ACTIONS) or f"known are {one_of(ACTIONS)}"
            yield Fault(("ci", "pins", action), f"the workflows do not use `{action}`", hint)


def _twice(ci: CiSpec) -> Iterator[Fault]:
    lists: Mapping[str, tuple[str, ...]] = {"providers": ci.providers, "schedule": ci.schedule}
    for field, values in lists.items():
        for index, value in enumerate(values):
            if value in values[:index]:
                yield Fault(("ci", field, index), f"`{value}` is here twice", "keep one of them")


def _jobs(ci: CiSpec) -> Iterator[Fault]:
    for name, job in ci.jobs.items():
        at: Path = ("ci", "jobs", name)
        if name in _WRITERS and (job.container or job.env):
            field = "container" if job.container else "env"
            message = f"`{name}` may write to the repository, so it runs nothing of yours"
            yield Fault((*at, field), message, "give it to `train` or `deploy`")
        if name == "deploy" and job.container:
            yield Fault((*at, "container"), "`deploy` runs on its runner, which reaches the engine", "remove it")
        if job.timeout is not None and job.timeout < _SHORTEST:
            yield Fault((*at, "timeout"), "a job gets whole minutes", "at least `1m`")
        yield from _variables(name, job.env, (*at, "env"))
    if "candidate" in ci.jobs and not ci.train_on_pull_request:
        message = "`candidate` is there only where pull requests train"
        yield Fault(("ci", "jobs", "candidate"), message, "add `train_on_pull_request: true`, or remove it")


def _variables(job: str, env: Mapping[str, str], at: Path) -> Iterator[Fault]:
    for name, value in env.items():
        if name in _TAKEN:
            yield Fault((*at, name), f"`{name}` is set by the workflow", "use another name")
        if job == "plan" and value.startswith("secret:"):
            message = "a pull request's own code could read it: `plan` gets no secrets"
            yield Fault((*at, name), message, "plans need none; pull requests that train have the job `candidate`")


def _logins(ci: CiSpec) -> Iterator[Fault]:
    for index, login in enumerate(ci.logins):
        at: Path = ("ci", "logins", index)
        if sum(getattr(login, cloud) is not None for cloud in _CLOUDS) != 1:
            yield Fault(at, f"a login is at one of {one_of(_CLOUDS)}", "write an entry for each")
        if "candidate" in login.jobs and not ci.train_on_pull_request:
            message = "`candidate` is there only where pull requests train"
            yield Fault((*at, "jobs"), message, "add `train_on_pull_request: true`, or remove it")


def _environments(project: ProjectSpec) -> Iterator[Fault]:
    for name in project.ci.environments:
        at: Path = ("ci", "environments", name)
        known = project.environments.get(name)
        if known is None:
            hint = suggest(name, project.environments) or f"known are {one_of(project.environments)}"
            yield Fault(at, f"there is no environment `{name}`", hint)
        elif known.target not in REACHABLE:
            message = f"CI does not deploy to `{name}`: the target `{known.target}` is a machine of its own"
            yield Fault(at, message, "remove it")


def _step(step: StepSpec, at: Path) -> Iterator[Fault]:
    if (step.run is None) == (step.uses is None):
        yield Fault(at, "a step either runs a script or uses an action", "keep one of `run` and `uses`")
    if step.uses is None and (step.with_ or step.release):
        yield Fault((*at, "with" if step.with_ else "release"), "this goes with `uses`", "remove it")
    if step.uses is not None and step.release is None:
        yield Fault(at, "`uses` names a commit, which says nothing to people", "add `release`, such as `v1.2.3`")
    yield from _variables(step.job, {**step.env}, (*at, "env"))
    yield from _variables(step.job, {**step.with_}, (*at, "with"))


def _place(step: StepSpec, at: Path, absent: Mapping[tuple[str, str], str]) -> Iterator[Fault]:
    """Where a step stands: beside one of ours that is there."""
    if (step.before is None) == (step.after is None):
        yield Fault(at, "a step has one place", "keep one of `before` and `after`")
    anchors = ANCHORS[step.job]
    for field in ("before", "after"):
        anchor = getattr(step, field)
        if anchor is not None and anchor not in anchors:
            hint = suggest(anchor, anchors) or f"known are {one_of(anchors)}"
            yield Fault((*at, field), f"the job `{step.job}` has no step `{anchor}`", hint)
        elif (step.job, anchor) in absent:
            message = f"the job `{step.job}` has no step `{anchor}`, as {absent[step.job, anchor]}"
            yield Fault((*at, field), message, "choose another step")


def _absent(ci: CiSpec) -> Mapping[tuple[str, str], str]:
    """Steps that the rest of `ci` leaves out, and why."""
    found: dict[tuple[str, str], str] = {
        (name, "python"): "a container brings its own" for name, job in ci.jobs.items() if job.container
    }
    jobs = {job for login in ci.logins for job in login.jobs}
    found |= {(name, "login"): "it logs in nowhere" for name in ANCHORS if name not in jobs}
    if ci.matrix is not None:
        found["train", "plan"] = "with a matrix another job plans"
    if ci.tests == "none":
        found["plan", "tests"] = "there are no tests"
    if not ci.schedule:
        found["deploy", "drift"] = "there is no schedule"
    return found
