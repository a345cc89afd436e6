"""GitLab CI: one pipeline that plans every merge request, and reconciles every push, night and run by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlspec import __version__
from mlspec.domain.folder import Folder
from mlspec.kinds.ci import Document, Provider
from mlspec.kinds.ci._jobs import JobView, job, joint, marker, reachable, told, watched
from mlspec.kinds.ci._pins import image
from mlspec.kinds.ci._shell import audience, exports, extra, given, login, token
from mlspec.spec.ci import CiSpec
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import ANCHORS

WHOLE: Final = ".gitlab-ci.yml"
"""The file that GitLab reads; by any other name ours is for `include: local` in it."""
_JOBS: Final = ("plan", "candidate", "comment", "train", "publish", "deploy")
_NOTHING: Final = frozenset({"python"})
"""Steps that GitLab needs none for: the image brings its Python."""
_OWN: Final = frozenset({
    *("plan-checkout", "plan-validate", "plan-compile", "plan-tests", "plan-plan", "plan-keep"),
    *("candidate-checkout", "candidate-train", "train-plan", "train-train", "train-result", "train-keep"),
    *("deploy-checkout", "deploy-deploy", "deploy-drift"),
})  # fmt: skip
"""Steps that one job alone has; of others there is one for all."""
_HELPER: Final = '!f() { echo "username=mlspec"; echo "password=$MLSPEC_TOKEN"; }; f'
_AUTHOR: Final = {
    "GIT_AUTHOR_NAME": "mlspec[bot]",
    "GIT_AUTHOR_EMAIL": "mlspec[bot]@users.noreply.gitlab.com",
    "GIT_COMMITTER_NAME": "mlspec[bot]",
    "GIT_COMMITTER_EMAIL": "mlspec[bot]@users.noreply.gitlab.com",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of our own steps: its id, and its template."""

    id: str
    template: str


@dataclass(frozen=True, slots=True)
class View:
    """A job, as the templates want it: what the user added is lines of bash."""

    name: str
    runs_on: tuple[str, ...]
    minutes: int
    container: str | None
    given: str
    logins: tuple[str, ...]
    tokens: Mapping[str, str]
    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]


class GitLab:
    """One file. What models there are is read from the specs when it runs, not written into it."""

    name = "gitlab"

    def render(self, project: ProjectSpec) -> tuple[Document, ...]:
        """See Provider."""
        return (Document(project.ci.file, "ci/gitlab/pipeline.yml.j2", _values(project)),)

    def places(self, project: ProjectSpec) -> tuple[str, ...]:
        """See Provider."""
        return tuple(dict.fromkeys((WHOLE, project.ci.file)))


def _values(project: ProjectSpec) -> Mapping[str, object]:
    ci = project.ci
    home = Folder(ci.folder or "")
    jobs = {name: _view(job(ci, name)) for name in _JOBS}
    select = _view(job(ci, "plan"), name="select")
    return {
        "home": home,
        "end": f"--{home.slug}" if home.slug else "",
        "joint": joint(home),
        "whole": ci.file == WHOLE and not home.name,
        "image": image(ci),
        "paths": watched(project, home.outward(ci.file)),
        "requirements": ci.requirements,
        "tests": ci.tests,
        "publish": ci.publish,
        "candidates": ci.train_on_pull_request,
        "matrix": ci.matrix,
        "environments": tuple(reachable(project)),
        "jobs": jobs | {"select": select},
        "steps": {name: _steps(name, jobs[name], ci) for name in ANCHORS} | {"select": _selecting()},
        "names": _names(project),
        **_rules(ci),
    }


def _rules(ci: CiSpec) -> Mapping[str, str]:
    """When there is a pipeline: for a merge request, one that is not a fork's, a push, and what somebody started."""
    request = f'$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "{ci.branch}"'
    asked = f' && ($MLSPEC_CI_FOLDER == "" || $MLSPEC_CI_FOLDER == "{ci.folder}")' if ci.folder else ""
    started = '$CI_PIPELINE_SOURCE =~ /^(schedule|web|api|trigger)$/ && $CI_COMMIT_BRANCH == "'
    return {
        "request": request,
        "trusted": f"{request} && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID",
        "pushed": f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{ci.branch}"',
        "started": f'{started}{ci.branch}"{asked}',
    }


def _names(project: ProjectSpec) -> Mapping[str, str]:
    """What each job's scripts are told; nobody who starts a pipeline can tell them otherwise."""
    ci, home = project.ci, Folder(project.ci.folder or "")
    installs = {"REQUIREMENTS": ci.requirements} if ci.requirements else {"PACKAGE": f"mlspec=={__version__}"}
    works = {"BRANCH": ci.branch, **installs, **_AUTHOR}
    pushes = {"BRANCH": ci.branch, "HELPER": _HELPER, **_AUTHOR}
    tests = {} if ci.tests in {"auto", "none"} else {"TESTS": ci.tests}
    known = {
        "plan": works | tests,
        "candidate": works,
        "select": works,
        "train": works,
        "publish": pushes | {"MODELS": home.outward(project.layout.models), "PUBLISH": ci.publish},
        "deploy": pushes | installs,
    }
    comment = f"{exports(told(home) | {'MARKER': marker(home)})} COMMIT=$CI_COMMIT_SHA RUN_URL=$CI_PIPELINE_URL"
    return {name: exports({**values, **told(home)}) for name, values in known.items()} | {"comment": comment}


def _view(view: JobView, *, name: str = "") -> View:
    return View(
        name=name or view.name,
        runs_on=view.runs_on,
        minutes=view.minutes,
        container=view.container,
        given="" if name else given(view.env),
        logins=tuple(login(found, number) for number, found in enumerate(view.logins)),
        tokens={token(found, number): audience(found) for number, found in enumerate(view.logins)},
        before={} if name else {at: tuple(map(extra, steps)) for at, steps in view.before.items()},
        after={} if name else {at: tuple(map(extra, steps)) for at, steps in view.after.items()},
    )


def _steps(name: str, view: View, ci: CiSpec) -> tuple[Step, ...]:
    """The job's own steps, in order; planning moves out before a matrix."""
    absent = {
        "login": not view.logins,
        "tests": ci.tests == "none",
        "plan": name == "train" and ci.matrix is not None,
    }
    ids = [step for step in ANCHORS[name] if step not in _NOTHING and not absent.get(step, False)]
    found = tuple(Step(step, _template(name, step)) for step in ids)
    if name == "train" and ci.matrix is not None:
        share = next(number for number, step in enumerate(found) if step.id == "train")
        return (*found[:share], Step("share", _template("", "train-share")), *found[share:])
    return found


def _selecting() -> tuple[Step, ...]:
    """The job before a matrix: it plans, and says which models are to be trained."""
    first = tuple(Step(step, _template("select", step)) for step in ("checkout", "install", "records"))
    return (*first, Step("plan", _template("train", "plan")), Step("select", _template("", "train-select")))


def _template(job: str, step: str) -> str:
    own = f"{job}-{step}"
    if step == "records" and job in {"plan", "candidate"}:
        own = "request-records"
    elif own not in _OWN:
        own = step
    return f"ci/gitlab/steps/{own}.yml.j2"


KIND: Final[Provider] = GitLab()
