"""A user's project, driven as its user would: files, git, and the real command line as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

SPEC = """\
apiVersion: mlspec/v1
kind: Model
name: toy
owners: [ada@example.com]
data:
  sources:
    - {name: rows, path: data/rows.csv}
  validation:
    columns:
      a: {type: number, min: 0, max: 1}
      y: {type: integer, values: [0, 1]}
    rows: {min: 20}
  split: {test: 0.3, stratify: y, seed: 1}
training:
  estimator: sklearn.linear_model.LogisticRegression
  target: y
  params: {C: 1.0}
evaluation:
  metrics: [accuracy]
  gates:
    - {metric: accuracy, min: 0.55}
deploy:
  production: {}
"""
ESTIMATOR = "  estimator: sklearn.linear_model.LogisticRegression\n"


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document: fails where anything else is there."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """A folder with a project in it."""

    root: Path
    deadline: ClassVar[float] = 300.0
    """seconds that a command may take"""

    def mlspec(self, *args: str, code: int = 0, env: Mapping[str, str] | None = None) -> Done:
        """Run mlspec; AssertionError with all that it said where it ends otherwise than by `code`."""
        done = self.finish(self.start(*args, env=env))
        assert done.code == code, f"mlspec {' '.join(args)}: exit {done.code}\n{done.out}\n{done.err}"
        assert "Traceback" not in done.err, done.err
        assert "has a fault" not in done.err, done.err
        return done

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start mlspec as a terminal would: in a process group of its own; without a terminal to ask on."""
        return subprocess.Popen(
            [sys.executable, "-m", "mlspec", *args],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Done:
        """Wait for what was started; it is killed where it takes too long."""
        with process:
            try:
                out, err = process.communicate(timeout=self.deadline)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Done(process.returncode, out, err)

    def git(self, *args: str) -> str:
        """Git's standard output; AssertionError where it fails."""
        done = subprocess.run(["git", *args], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def dvc(self, *args: str) -> str:
        """DVC's standard output; AssertionError where it fails."""
        command = [sys.executable, "-m", "dvc", *args]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"dvc {' '.join(args)}: {done.stderr}"
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file, with the folders that it needs."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path: str) -> str:
        """A file's text."""
        return (self.root / path).read_text()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that occurs in a file."""
        text = self.read(path)
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new, 1))

    def spec(self, old: str, new: str) -> None:
        """Change the model's spec and commit that."""
        self.edit("specs/toy.yaml", old, new)
        self.commit(f"{old!r} -> {new!r}")

    def commit(self, message: str = "a change") -> str:
        """Commit all there is; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    @property
    def status(self) -> str:
        """What git sees as changed, untracked files included."""
        return self.git("status", "--porcelain", "--untracked-files=all")

    @property
    def state(self) -> dict[str, str]:
        """All that a refused command must leave alone: the tree, every ref and the chains."""
        return {
            "head": self.read(".git/HEAD"),
            "commit": self.git("rev-parse", "HEAD"),
            "status": self.status,
            "refs": self.refs,
        }

    @property
    def refs(self) -> str:
        """Branches, tags and chains."""
        return self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags", "refs/mlspec")

    @property
    def tags(self) -> list[str]:
        """The names of tags."""
        return self.git("tag", "--list").split()

    def plan(self, *args: str) -> Any:
        """The plan as JSON."""
        return self.mlspec("plan", "--json", *args).json

    def planned(self) -> list[str]:
        """The ids of the planned actions."""
        return [action["id"] for action in self.plan()["actions"]]

    def held(self) -> dict[str, str]:
        """reason → message of what the plan holds back."""
        return {held["reason"]: held["message"] for held in self.plan()["held"]}
