"""GitHub Actions: a plan for every pull request, a reconcile for every push and every night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec import __version__
from mlspec.kinds.ci import Document, Provider
from mlspec.kinds.ci._pins import PINS
from mlspec.spec.project import ProjectSpec


class GitHub:
    """Two workflows. What models there are is read from the specs when they run, not written into them.

    No job deploys: the one target that there is, `process`, lives on a machine that CI does not reach.
    """

    name = "github"

    def render(self, project: ProjectSpec) -> tuple[Document, ...]:
        """See Provider."""
        values = _values(project)
        return tuple(
            Document(f".github/workflows/mlspec-{verb}.yml", f"ci/github/{verb}.yml.j2", values)
            for verb in ("plan", "reconcile")
        )


def _values(project: ProjectSpec) -> Mapping[str, object]:
    ci = project.ci
    return {
        "branch": ci.branch,
        "runs_on": ci.runs_on,
        "python": ci.python,
        "schedule": ci.schedule,
        "requirements": ci.requirements,
        "package": f"mlspec=={__version__}",
        "models": project.layout.models,
        "pins": PINS,
    }


KIND: Final[Provider] = GitHub()
