"""GitHub Actions: a plan for every pull request, a reconcile for every push and every night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mlspec import __version__
from mlspec.domain.folder import Folder
from mlspec.kinds.ci import Document, Provider
from mlspec.kinds.ci._jobs import JobView, job, joint, marker, reachable, told, watched
from mlspec.kinds.ci._pins import pins
from mlspec.spec.ci import CiSpec
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import ANCHORS

_SHARED: Final = frozenset({"checkout", "python", "install", "records", "login"})
"""Steps that are the same in every job."""

_VERBS: Final = ("plan", "reconcile")
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
        return tuple(Document(path, f"ci/github/{verb}.yml.j2", values) for verb, path in _files(project).items())

    def places(self, project: ProjectSpec) -> tuple[str, ...]:
        """See Provider."""
        return tuple(_files(project).values())


def _files(project: ProjectSpec) -> Mapping[str, str]:
    """Verb → the workflow's file: GitHub looks for all of them at git's top, whosesoever they are."""
    home = Folder(project.ci.folder or "")
    end = f"--{home.slug}" if home.slug else ""
    return {verb: f"{home.up}.github/workflows/mlspec-{verb}{end}.yml" for verb in _VERBS}


def _values(project: ProjectSpec) -> Mapping[str, object]:
    ci = project.ci
    jobs = {name: _job(ci, name) for name in ("plan", "candidate", "comment", "train", "publish", "deploy")}
    jobs["select"] = replace(jobs["plan"], name="select")
    home = Folder(ci.folder or "")
    return {
        "home": home,
        "told": told(home) if home.name else {},
        "end": f"--{home.slug}" if home.slug else "",
        "joint": joint(home),
        "branch": ci.branch,
        "python": ci.python,
        "schedule": ci.schedule,
        "paths": watched(project, ".github/workflows/mlspec-*.yml"),
        "requirements": ci.requirements,
        "marker": marker(home),
        "package": f"mlspec=={__version__}",
        "models": home.outward(project.layout.models),
        "tests": ci.tests,
        "candidates": ci.train_on_pull_request,
        "publish": ci.publish,
        "matrix": ci.matrix,
        "environments": tuple(reachable(project)),
        "pins": pins(ci.pins),
        "issues": any(item.kind == "github-issue" and not item.repository for item in project.notify.values()),
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
