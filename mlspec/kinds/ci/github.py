"""GitHub Actions: a plan for every pull request, a reconcile for every push and every night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mlspec import __version__
from mlspec.kinds.ci import Document, Provider
from mlspec.kinds.ci._jobs import JobView, job, reachable, watched
from mlspec.kinds.ci._pins import pins
from mlspec.spec.ci import CiSpec
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import ANCHORS

_SHARED: Final = frozenset({"checkout", "python", "install", "records", "login"})
"""Steps that are the same in every job."""

_FILES: Final = {verb: f".github/workflows/mlspec-{verb}.yml" for verb in ("plan", "reconcile")}
_RUNNER: Final = ("ubuntu-24.04",)

_CLOUDS: Final = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}
_INPUTS: Final = {
    "aws": {"role": "role-to-assume", "region": "aws-region"},
    "gcp": {"provider": "workload_identity_provider", "account": "service_account"},
    "azure": {"client": "client-id", "tenant": "tenant-id", "subscription": "subscription-id"},
}
"""What the login actions call what the spec says."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of our own steps: its id, and its template."""

    id: str
    template: str


class GitHub:
    """Two workflows. What models there are is read from the specs when they run, not written into them.

    Targets that CI does not reach (`process` is the very machine that mlspec runs on) have no job.
    """

    name = "github"

    def render(self, project: ProjectSpec) -> tuple[Document, ...]:
        """See Provider."""
        values = _values(project)
        return tuple(Document(path, f"ci/github/{verb}.yml.j2", values) for verb, path in _FILES.items())

    def places(self, project: ProjectSpec) -> tuple[str, ...]:
        """See Provider."""
        del project
        return tuple(_FILES.values())


def _values(project: ProjectSpec) -> Mapping[str, object]:
    ci = project.ci
    jobs = {name: _job(ci, name) for name in ("plan", "candidate", "comment", "train", "publish", "deploy")}
    jobs["select"] = replace(jobs["plan"], name="select")
    return {
        "branch": ci.branch,
        "python": ci.python,
        "schedule": ci.schedule,
        "paths": watched(project, ".github/workflows/mlspec-*.yml"),
        "requirements": ci.requirements,
        "package": f"mlspec=={__version__}",
        "models": project.layout.models,
        "tests": ci.tests,
        "candidates": ci.train_on_pull_request,
        "publish": ci.publish,
        "matrix": ci.matrix,
        "environments": tuple(reachable(project)),
        "pins": pins(ci.pins),
        "clouds": _CLOUDS,
        "inputs": _INPUTS,
        "jobs": jobs,
        "steps": {name: _steps(name, jobs[name], ci) for name in ANCHORS} | {"select": _selecting(jobs["select"])},
    }


def _job(ci: CiSpec, name: str) -> JobView:
    view = job(ci, name)
    return view if view.runs_on else replace(view, runs_on=_RUNNER)


def _steps(name: str, view: JobView, ci: CiSpec) -> tuple[Step, ...]:
    """The job's own steps, in order; a container brings its Python, and planning moves out before a matrix."""
    absent = {
        "python": view.container is not None,
        "login": not view.logins,
        "tests": ci.tests == "none",
        "drift": not ci.schedule,
        "plan": name == "train" and ci.matrix is not None,
    }
    return tuple(_step(name, step) for step in ANCHORS[name] if not absent.get(step, False))


def _selecting(view: JobView) -> tuple[Step, ...]:
    """The job before a matrix: it plans, and says which models are to be trained."""
    first = [step for step in ("checkout", "python", "install", "records") if step != "python" or not view.container]
    return (*(_step("train", step) for step in (*first, "plan")), Step("select", _template("train-select")))


def _step(name: str, step: str) -> Step:
    return Step(step, _template(step if step in _SHARED else f"{name}-{step}"))


def _template(name: str) -> str:
    return f"ci/github/steps/{name}.yml.j2"


KIND: Final[Provider] = GitHub()
