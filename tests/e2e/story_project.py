"""What the long stories share: a world with remotes, its end state as one value, and an end to all that it started."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Done, Project
from fakes.processes import end_all

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.adapters.process.runtime import ProcessRuntime
from mlspec.domain.actual import Place, Running

PASSING = {"time", "since", "endpoint", "revision", "detail", "fence"}
"""What a record says of when and how it came: a later run has its own lease, and plans at the commit of the first."""
DYING = Path(__file__).with_name("dying.py")


@contextmanager
def made_once(factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """A folder that all processes of a test run share, and whether this one is to fill it."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "stories" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder.with_suffix(".ready")
        yield folder, not ready.exists()
        ready.touch()


@dataclass(frozen=True)
class World:
    """A folder with a project, its git remote, its data remote and a runtime of its own."""

    folder: Path

    @property
    def project(self) -> Project:
        """The clone that works."""
        return Project(self.folder / "shop")

    @property
    def runtime(self) -> Path:
        """Where the servers of this world live."""
        return self.folder / "run"

    @property
    def env(self) -> dict[str, str]:
        """The environment of commands in this world."""
        return {**os.environ, "MLSPEC_RUNTIME_DIR": str(self.runtime)}

    def mlspec(self, *args: str, code: int = 0, project: Project | None = None) -> Done:
        """Run mlspec in this world."""
        return (project or self.project).mlspec(*args, code=code, env=self.env)

    def dying(self, point: str, *args: str) -> tuple[int, list[str]]:
        """Run mlspec until it dies: the exit code (-9 when it did) and the effects that it began."""
        listing = self.folder / "effects"
        listing.write_text("")
        argv = [sys.executable, str(DYING), str(listing), point, *args]
        done = subprocess.run(
            argv,
            cwd=self.project.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
            timeout=300,
        )
        if done.returncode not in {0, -9}:
            raise AssertionError(done.stdout + done.stderr)
        return done.returncode, listing.read_text().splitlines()

    def add_remotes(self) -> None:
        """A bare `origin` and a folder for data, both known to the project and committed."""
        project = self.project
        subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", self.folder / "origin.git"], check=True)
        project.git("remote", "add", "origin", "../origin.git")  # relative, so that the world can be moved
        project.dvc("remote", "add", "--quiet", "--default", "store", "../store")
        project.commit("a remote for data")
        project.git("push", "--quiet", "--set-upstream", "origin", "main")
        project.git("remote", "set-head", "origin", "main")

    def running(self, model: str) -> Running | None:
        """What serves a model in production."""
        found = ProcessRuntime("shop", root=self.runtime).observe().get(Place("production", model))
        assert found is None or isinstance(found, Running)
        return found

    def end(self) -> None:
        """End all servers of this world."""
        end_all(self.runtime)

    def rebuild(self, template: Path) -> None:
        """Make this world a copy of a template that was taken of it."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(template, self.folder, symlinks=True)


def chain(project: Project, ref: str, model: str) -> dict[str, Any]:
    """A model's facts in a chain."""
    facts: dict[str, Any] = json.loads(project.git("cat-file", "blob", f"{ref}:models/{model}.json"))
    return facts


def processes_of(folder: Path) -> list[str]:
    """The command lines of processes that work for a runtime folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ, line = (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()
        except OSError:
            continue  # it ended, or is somebody else's
        if os.fsencode(folder) in environ + line and int(entry.name) != os.getpid():
            found.append(line.replace(b"\0", b" ").decode(errors="replace").strip())
    return sorted(found)


def end_state(world: World, model: str) -> dict[str, Any]:
    """All that has to be the same whatever happened on the way; times, and what follows from them, are left out."""
    project = world.project
    rollout = chain(project, "refs/mlspec/env/production", model)["rollout"]
    running = world.running(model)
    assert running is not None
    git_dir = project.root / ".git"
    return {
        "tree": project.git("rev-parse", "HEAD^{tree}"),
        "subjects": project.git("log", "--format=%s").splitlines(),
        "tags": project.git("for-each-ref", "--format=%(refname:short) %(*tree) %(contents)", "refs/tags"),
        "status": project.status,
        "dvc": DvcPipeline(project.root).check_clean(f"models/{model}/dvc.yaml"),
        "locks": sorted(path.name for path in git_dir.rglob("*.lock") if path.name != "mlspec.lock"),
        "rollout": {name: value for name, value in rollout.items() if name not in PASSING},
        "facts": timeless(chain(project, "refs/mlspec/project", model)),
        "running": (running.version, running.artefact, dict(running.serve), running.health, running.replicas),
        "processes": [line.replace(str(world.folder), "") for line in processes_of(world.runtime)],
        "published": project.refs == origin_refs(project),
        "plan": project.mlspec("plan", "--json", env=world.env).json["summary"],
    }


def timeless(facts: dict[str, Any]) -> dict[str, Any]:
    """What the project remembers, without when trainings were tried and ended, and how long they took."""
    trainings = [(training["version"], training["train"]) for training in facts["trainings"]]
    return {**facts, "trainings": trainings, "tried": None}


def origin_refs(project: Project) -> str:
    """Origin's branches, tags and chains, in the form of `Project.refs`; of leases what they stand on."""
    lines = project.git("ls-remote", "--refs", "origin").splitlines()
    pairs = (line.split("\t") for line in lines)
    return "\n".join(sorted(f"{ref} {record(project, oid)}" for oid, ref in pairs))


def record(project: Project, oid: str) -> str:
    """The record beneath a lease, or what it is itself."""
    parent, _, subject = project.git("log", "-1", "--format=%P %s", oid, "--").partition(" ")
    return parent if subject.startswith("mlspec lease ") else oid
