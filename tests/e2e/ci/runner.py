"""Running generated GitHub workflows under act: on this machine, without containers and without a network."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.ci.actions import variables, write_bash_env, write_python, write_stubs
from e2e.ci.forge import REPOSITORY, TOKEN, Forge

ACT = Path(sys.executable).with_name("act")
DEADLINE = 240.0


@dataclass(frozen=True)
class Run:
    """A workflow run that ended."""

    code: int
    log: str
    events: list[dict[str, Any]]
    base: Path

    @property
    def artifacts(self) -> Path:
        """What was uploaded: a folder for each name."""
        return self.base / "artifacts"

    def summary(self, job: str) -> str:
        """A job's summary; empty where it wrote none."""
        path = self.base / "summaries" / job
        return path.read_text() if path.exists() else ""

    def outcome(self, job: str) -> str:
        """How a job ended: `success`, `failure`, or `skipped` where it never ran."""
        found = [event["jobResult"] for event in self.events if event.get("jobID") == job and "jobResult" in event]
        return found[-1] if found else "skipped"

    def steps(self, job: str) -> dict[str, str]:
        """Step → how it ended, for the steps of a job that ran."""
        return {
            event["step"]: event["stepResult"]
            for event in self.events
            if event.get("jobID") == job and event.get("stage") == "Main" and "stepResult" in event
        }

    def said(self, job: str = "") -> str:
        """What the steps wrote, but for the line that moves."""
        whole = "".join(
            event["msg"] for event in self.events if event.get("raw_output") and job in {"", event.get("jobID")}
        )
        return re.sub("[^\n]*\x1b\\[K", "", whole)


@dataclass
class Runner:
    """A machine that runs the workflows of a clone as GitHub's would."""

    folder: Path
    forge: Forge
    env: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.stubs = write_stubs(self.folder / "stubs")
        write_python(self.folder / "python")

    def run(self, clone: Path, workflow: str, event: str, payload: Mapping[str, Any]) -> Run:
        """Run one workflow of a clone for an event."""
        return self.finish(self.start(clone, workflow, event, payload))

    def start(self, clone: Path, workflow: str, event: str, payload: Mapping[str, Any]) -> Started:
        """The same, without waiting for its end."""
        self.runs += 1
        base = self.folder / f"run-{self.runs}"
        for name in ("artifacts", "summaries", "temp", "home"):
            (base / name).mkdir(parents=True)
        write_bash_env(base)
        (base / "event.json").write_text(json.dumps(payload))
        path = clone / ".github" / "workflows" / workflow
        argv = [
            *(str(ACT), event, "--json", "-C", str(clone), "-W", str(path), "-e", str(base / "event.json")),
            *("-P", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--action-offline-mode", "--pull=false"),
            *("--no-cache-server", "--action-cache-path", str(base / "cache"), "--env-file", "", "--secret-file", ""),
            *("-s", f"GITHUB_TOKEN={TOKEN}", "--actor", "ada"),
            *self._mapped(path),
            *(word for name, value in self._variables(base).items() for word in ("--env", f"{name}={value}")),
        ]
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(
                argv,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self._environ(base),
                start_new_session=True,
            )
        return Started(process, base)

    def _environ(self, base: Path) -> dict[str, str]:
        """A home of its own, as a fresh runner has."""
        return {
            **os.environ,
            "HOME": str(base / "home"),
            "XDG_CACHE_HOME": str(base / "home/cache"),
            "TMPDIR": str(base / "temp"),
        }

    def finish(self, started: Started) -> Run:
        """Wait for a run's end."""
        try:
            code = started.process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            os.killpg(started.process.pid, signal.SIGKILL)  # it and all that it started: a session of its own
            code = started.process.wait()
        log = (started.base / "log").read_text(errors="replace")
        events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        return Run(code, log, events, started.base)

    def _mapped(self, workflow: Path) -> list[str]:
        """Each pinned action that the workflow uses, and the folder of its stand-in."""
        used = sorted(set(re.findall(r"uses: (\S+?)@([0-9a-f]{40})", workflow.read_text())))
        return [
            word
            for action, commit in used
            for word in ("--local-repository", f"{_repository(action)}@{commit}={self.stubs[_repository(action)]}")
        ]

    def _variables(self, base: Path) -> dict[str, str]:
        proxy = self.forge.url
        return {
            **variables(base, self.folder / "python"),
            "GIT_TERMINAL_PROMPT": "0",
            "GH_HOST": "github.localhost",
            "http_proxy": proxy,
            "no_proxy": "127.0.0.1",
            "GITHUB_SERVER_URL": proxy,
            "GITHUB_REPOSITORY": REPOSITORY,
            **self.env,
        }


def _repository(action: str) -> str:
    """`owner/name` of an action that may lie in a folder of its repository."""
    return "/".join(action.split("/")[:2])


@dataclass(frozen=True)
class Started:
    """A workflow run that goes on."""

    process: subprocess.Popen[bytes]
    base: Path

    @property
    def log(self) -> str:
        """What was said so far."""
        return (self.base / "log").read_text(errors="replace")
