"""The scripts of the reconcile workflow, run in real repositories with a stand-in for mlspec."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from mlspec.compiler.files import project_files
from mlspec.spec.project import ProjectSpec

MODELS = "models (old)"
STAND_IN = """\
#!/bin/sh
printf '<%s>' "$@" >> "$MLSPEC_CALLS"
[ "$1" = validate ] || echo plan > out/plan.md
"""


@dataclass(frozen=True)
class Job:
    """One job of the workflow in a clone of its own."""

    name: str
    folder: Path
    environ: dict[str, str]

    def run(self, step: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run one step as GitHub would; expressions in its `env` must be given."""
        files = project_files(ProjectSpec.model_validate({"layout": {"models": MODELS}}), ["wine"])
        workflow = yaml.safe_load(files[".github/workflows/mlspec-reconcile.yml"])
        found = next(item for item in workflow["jobs"][self.name]["steps"] if item["name"] == step)
        given = {key: value for key, value in found.get("env", {}).items() if "${{" not in value} | env
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            cwd=self.folder,
            env=self.environ | given,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, step: str, **env: str) -> None:
        """Run one step that has to succeed."""
        done = self.run(step, **env)
        assert done.returncode == 0, done.stderr

    def git(self, *args: str) -> str:
        """Git in the job's clone."""
        done = subprocess.run(["git", *args], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@pytest.fixture
def train(repo: Path, git: Callable[..., str], remote: Path, tmp_path: Path) -> Job:
    """The train job up to its plan; the remote has a tag and a chain already."""
    (repo / MODELS).mkdir()
    (repo / MODELS / "lock").write_text("1")
    git("add", ".")
    git("commit", "-qm", "models")
    git("tag", "-am", "old", "wine@v0.1.0")
    chain = git("commit-tree", "-m", "chain", git("mktree", data=""))
    git("push", "-q", "origin", "main", "wine@v0.1.0", f"{chain}:refs/mlspec/project")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mlspec").write_text(STAND_IN)
    (tmp_path / "bin" / "mlspec").chmod(0o755)
    names = {
        "RUNNER_TEMP": "temp",
        "GITHUB_STEP_SUMMARY": "summary",
        "GITHUB_OUTPUT": "output",
        "MLSPEC_CALLS": "calls",
    }
    environ = os.environ | {name: str(tmp_path / file) for name, file in names.items()}
    environ |= {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "GITHUB_SERVER_URL": "https://github.com"}
    (tmp_path / "temp").mkdir()
    git("clone", "-q", str(remote), str(tmp_path / "train"))
    job = Job("train", tmp_path / "train", environ)
    job.must("Fetch mlspec's records")
    job.must("Plan", MODEL="")
    return job


def publish(train: Job) -> Job:
    """The publish job, with the train job's artifact."""
    folder = train.folder.with_name("publish")
    train.git("clone", "-q", train.git("remote", "get-url", "origin"), str(folder))
    out = Path(train.environ["RUNNER_TEMP"]) / "out"
    out.mkdir()
    (train.folder / "out" / "result.bundle").rename(out / "result.bundle")
    return replace(train, name="publish", folder=folder)


def commit(job: Job, path: str, *tags: str) -> None:
    """What training leaves behind."""
    (job.folder / path).parent.mkdir(exist_ok=True)
    (job.folder / path).write_text("2")
    job.git("add", path)
    job.git("commit", "-qm", "trained")
    for tag in tags:
        job.git("tag", "-am", "new", tag)


def test_nothing_done_is_nothing_to_publish(train: Job) -> None:
    train.must("Bundle the result")
    assert not (train.folder / "out" / "result.bundle").exists()
    assert not Path(train.environ["GITHUB_OUTPUT"]).exists()


def test_commit_tags_and_chain_arrive_together(train: Job, remote: Path) -> None:
    commit(train, f"{MODELS}/lock", "wine@v0.2.0", "wine#production#1")
    train.git("tag", "-am", "late", "other@v0.1.0", "HEAD~1")  # a tag that an earlier run did not get to
    chain = train.git("commit-tree", "-p", "refs/mlspec/project", "-m", "next", "HEAD^{tree}")
    train.git("update-ref", "refs/mlspec/project", chain)
    train.must("Bundle the result")
    assert Path(train.environ["GITHUB_OUTPUT"]).read_text() == "changed=true\n"
    job = publish(train)
    job.must("Check the result")
    job.must("Push", GH_TOKEN="")
    listed = train.git("ls-remote", str(remote))
    for ref in ("refs/heads/main", "refs/mlspec/project", *(f"refs/tags/{tag}" for tag in train.git("tag").split())):
        assert f"{train.git('rev-parse', ref)}\t{ref}" in listed.splitlines()


@pytest.mark.parametrize(
    ("path", "tag", "words"),
    [
        (".github/workflows.yml", "wine@v0.2.0", "may only change"),
        ("models (older)", "wine@v0.2.0", "may only change"),
        (f"{MODELS}/lock", "v1.0.0", "may only have the tags"),
        (f"{MODELS}/lock", "wine@latest", "may only have the tags"),
    ],
)
def test_other_changes_are_refused(train: Job, path: str, tag: str, words: str) -> None:
    commit(train, path, tag)
    train.must("Bundle the result")
    done = publish(train).run("Check the result")
    assert done.returncode == 1
    assert words in done.stdout


def test_a_branch_that_moved_on_is_left_alone(train: Job, repo: Path, git: Callable[..., str]) -> None:
    commit(train, f"{MODELS}/lock")
    train.must("Bundle the result")
    git("commit", "--allow-empty", "-qm", "somebody else")
    git("push", "-q", "origin", "main")
    done = publish(train).run("Check the result")
    assert (done.returncode, "moved on" in done.stdout) == (1, True)


@pytest.mark.parametrize(("model", "args"), [("", ""), ("wine", "<wine>"), ("--help $(x)", "<--help $(x)>")])
def test_the_model_asked_for_is_one_word_and_no_option(train: Job, model: str, args: str) -> None:
    Path(train.environ["MLSPEC_CALLS"]).unlink()
    train.must("Train", MODEL=model)
    called = Path(train.environ["MLSPEC_CALLS"]).read_text()
    assert called == f"<reconcile><--only><train><--json><out/outcome.json><-->{args}"
