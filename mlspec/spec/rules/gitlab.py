"""Rules for `ci` on GitLab: what it does otherwise than GitHub, and what it has no place for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.spec.ci import CiSpec
from mlspec.spec.problem import Fault, Path, one_of
from mlspec.spec.project import ProjectSpec

IMAGED: Final = ("3.11", "3.12", "3.13", "3.14")
"""The Pythons whose image we know."""
_JOBS: Final = 200
"""GitLab runs no more jobs of a kind in parallel."""
_NOWHERE: Final = {
    "python": "GitLab's image brings its own",
    "keep": "GitLab keeps artifacts when all steps are done",
}


def check_gitlab(project: ProjectSpec) -> Iterator[Fault]:
    """Every fault that is GitLab's; that of using its fields without it, too."""
    ci = project.ci
    if "gitlab" not in ci.providers:
        for field in sorted(ci.model_fields_set & {"image", "file"}):
            yield Fault(("ci", field), f"`{field}` is for GitLab, which is none of the `providers`", "remove it")
        return
    yield from _image(ci)
    yield from _steps(ci)
    if "github" not in ci.providers:
        yield from _elsewhere(ci)
    if ci.matrix is not None and ci.matrix.max_parallel > _JOBS:
        at: Path = ("ci", "matrix", "max_parallel")
        yield Fault(at, f"GitLab runs at most {_JOBS} jobs in parallel", f"at most {_JOBS}")
    for name, theirs in ci.environments.items():
        if "." in theirs:
            yield Fault(("ci", "environments", name), "GitLab's environments have no `.` in their names", "use `-`")


def _image(ci: CiSpec) -> Iterator[Fault]:
    if ci.python not in IMAGED and ci.image is None:
        message = f"mlspec knows no image of Python {ci.python} for GitLab"
        yield Fault(("ci", "python"), message, f"use {one_of(IMAGED)}, or name an `image`")


def _steps(ci: CiSpec) -> Iterator[Fault]:
    for index, step in enumerate(ci.steps):
        at: Path = ("ci", "steps", index)
        if step.uses is not None:
            yield Fault((*at, "uses"), "GitLab has no actions", "use `run`")
        for field, anchor in (("before", step.before), ("after", step.after)):
            if anchor == "python" or (field == "after" and anchor == "keep"):
                message = f"the job `{step.job}` has nothing {field} `{anchor}`: {_NOWHERE[anchor]}"
                yield Fault((*at, field), message, "choose another step")


def _elsewhere(ci: CiSpec) -> Iterator[Fault]:
    """Fields that are GitHub's, or that GitLab keeps outside of its file."""
    if "schedule" in ci.model_fields_set and ci.schedule:
        message = "GitLab keeps schedules in the project's settings, not in a file"
        hint = f"remove it, and add a schedule for `{ci.branch}` under Build, Pipeline schedules"
        yield Fault(("ci", "schedule"), message, hint)
    if "python" in ci.model_fields_set and ci.image is not None:
        yield Fault(("ci", "python"), "the `image` brings its own Python", "keep one of `python` and `image`")
    if ci.pins:
        yield Fault(("ci", "pins"), "GitLab has no actions to be pinned", "name an `image`")
