"""What happens to a project on GitHub: pull requests, pushes, schedules, and runs started by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.ci.forge import REPOSITORY, Forge
from e2e.ci.person import Person
from e2e.ci.runner import Run, Runner, Started
from e2e.project import Project

PROJECT = """\
apiVersion: mlspec/v1
kind: Project
name: {name}
environments:
  production: {{target: {target}}}
"""


@dataclass(frozen=True)
class World(Person):
    """A clone of the project, its origin, and the machine that runs its workflows."""

    project: Project
    bare: Path
    forge: Forge
    runner: Runner
    end: str = ""
    """what the names of the workflows' files end with, for a project in a folder"""

    def configure(self, ci: str = "", *, name: str = "shop", target: str = "process") -> None:
        """Write the project's spec, compile and commit."""
        self.project.write("specs/project.yaml", PROJECT.format(name=name, target=target) + ci)
        self.project.mlspec("compile")
        self.project.commit("the project")

    def pull_request(self, number: int = 1, *, repository: str = REPOSITORY) -> Run:
        """What is committed here is proposed: GitHub merges it for a try, and tells the workflow."""
        self.project.git("push", "-q", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        head = {"sha": self.project.git("rev-parse", "HEAD"), "ref": "topic", "repo": {"full_name": repository}}
        pull = {"number": number, "head": head, "base": {"ref": "main"}}
        return self._run("plan", "pull_request", {"number": number, "pull_request": pull})

    def push(self) -> Run:
        """Somebody pushed to main."""
        return self._run("reconcile", "push", {"ref": "refs/heads/main"})

    def started_push(self) -> Started:
        """The same, without waiting for the run's end."""
        return self.runner.start(self.project.root, "mlspec-reconcile.yml", "push", _event({"ref": "refs/heads/main"}))

    def schedule(self) -> Run:
        """It is three in the night."""
        return self._run("reconcile", "schedule", {"schedule": "23 3 * * *"})

    def dispatch(self, **inputs: str) -> Run:
        """Somebody starts it by hand."""
        return self._run("reconcile", "workflow_dispatch", {"ref": "refs/heads/main", "inputs": inputs})

    def _run(self, workflow: str, event: str, payload: Mapping[str, Any]) -> Run:
        return self.runner.run(self.project.root, f"mlspec-{workflow}{self.end}.yml", event, _event(payload))


def _event(payload: Mapping[str, Any]) -> dict[str, Any]:
    owner = REPOSITORY.partition("/")[0]
    return {**payload, "repository": {"full_name": REPOSITORY, "owner": {"login": owner}, "default_branch": "main"}}
