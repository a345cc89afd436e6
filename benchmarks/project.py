"""A repository of N models as it is after years of use: one is really trained, the others are made after its image."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlspec.domain.digest import digest
from mlspec.domain.record import VersionRecord

BIN = Path(sys.executable).parent
FIRST = "m00000"
VERSIONS = 5
SPEC = """\
apiVersion: mlspec/v1
kind: Model
name: m00000
description: One of many
owners: [bench@example.com]
data:
  sources:
    - {name: points, path: data/m00000.csv}
  validation:
    columns:
      x: {type: number}
      y: {type: number}
      label: {type: integer, min: 0, max: 1}
    rows: {min: 50}
  split: {test: 0.2, stratify: label, seed: 7}
training:
  estimator: sklearn.linear_model.LogisticRegression
  target: label
  params: {C: 1.0, random_state: 7}
evaluation:
  metrics: [accuracy]
  gates:
    - {metric: accuracy, min: 0.5}
"""


def sandbox(folder: Path) -> None:
    """Settings for all commands: an identity for git, and nothing of the user's own."""
    person = {f"GIT_{role}_{key}": "bench" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    own = {"MLSPEC_RUNTIME_DIR": "run", "DVC_SITE_CACHE_DIR": "site", "DVC_GLOBAL_CONFIG_DIR": "dvc", "HOME": "home"}
    os.environ |= person | {name: str(folder / value) for name, value in own.items()}
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    os.environ |= {"DVC_NO_ANALYTICS": "1", "DVC_TEST": "1", "NO_COLOR": "1"}


def make_project(folder: Path, models: int) -> None:
    """A committed repository of `models` trained models with five registered versions each; its plan is empty."""
    start(folder)
    call(folder, "mlspec", "apply", "--yes")
    names = [f"m{number:05}" for number in range(1, models)]
    for name in names:
        (folder / f"data/{name}.csv").write_bytes((folder / f"data/{FIRST}.csv").read_bytes())
        (folder / f"specs/{name}.yaml").write_text(SPEC.replace(FIRST, name))
    call(folder, "mlspec", "compile")
    heading, record = read_record(folder)
    for name in names:
        copy_products(folder / "models" / FIRST, folder / "models" / name)
    last = {name: record_for(name, record, VERSIONS - 1) for name in (FIRST, *names)}
    for name, latest in last.items():
        write_record(folder / "models" / name / "version.json", latest)
    commit(folder, "many")
    for number in range(VERSIONS):
        git(folder, "commit", "--quiet", "--allow-empty", f"--message=retrained {number}")
    write_tags(folder, [FIRST, *names], heading, record)
    git(folder, "gc", "--quiet")


def start(folder: Path) -> None:
    """A repository with one model, compiled and committed, not trained yet."""
    for part in ("specs", "data"):
        (folder / part).mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "gc.auto", "0")  # not in the background, beneath what is measured
    call(folder, "dvc", "init", "--quiet")
    dice = random.Random(7)
    rows = [f"{dice.random() + number % 2:.4f},{dice.random():.4f},{number % 2}\n" for number in range(100)]
    (folder / f"data/{FIRST}.csv").write_text("x,y,label\n" + "".join(rows))
    (folder / f"specs/{FIRST}.yaml").write_text(SPEC)
    (folder / ".gitignore").write_text(".mlspec/\n")
    commit(folder, "the spec")  # mlspec compiles what git knows, and wants a first commit
    call(folder, "mlspec", "compile")
    commit(folder, "one")


def copy_products(source: Path, target: Path) -> None:
    """What training left in the first model's folder, for another model; what `compile` wrote there stays."""
    changed: dict[bytes, bytes] = {}
    lock = source / "dvc.lock"
    for path in sorted(source.rglob("*"), key=lambda path: path == lock):  # the lock last: it names digests
        copy = target / path.relative_to(source)
        if path.is_dir() or copy.exists():
            continue
        old = path.read_bytes()
        new = old if path.parent.name == "model" else old.replace(FIRST.encode(), target.name.encode())
        if path == lock:
            for was, now in changed.items():
                new = new.replace(was, now)
        changed[md5(old)] = md5(new)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(new)


def md5(data: bytes) -> bytes:
    """DVC's name for a content."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def read_record(folder: Path) -> tuple[str, VersionRecord]:
    """The first model's tag: the text before the record, and the record; the tag is deleted."""
    tag = git(folder, "tag", "--list", f"{FIRST}@*").strip()
    message = git(folder, "for-each-ref", "--format=%(contents)", f"refs/tags/{tag}")
    heading, brace, rest = message.partition("{")
    git(folder, "tag", "--delete", tag)
    return heading, VersionRecord.from_json((brace + rest).strip())


def record_for(model: str, record: VersionRecord, number: int) -> VersionRecord:
    """The record of a model's n-th version, after the first model's; all but the last had other data."""
    own = VersionRecord.from_json(record.to_json().replace(FIRST, model))
    inputs = dict(own.inputs)
    if number < VERSIONS - 1:
        inputs[f"data/{model}.csv"] = digest(number)
    return replace(own, version=f"v0.1.{number}", inputs=inputs, train=digest(inputs))


def write_record(path: Path, record: VersionRecord) -> None:
    """The record beside dvc.lock, ending as mlspec ends it."""
    end = "\n" if path.read_text().endswith("\n") else ""
    path.write_text(record.to_json() + end)


def write_tags(folder: Path, models: Sequence[str], heading: str, record: VersionRecord) -> None:
    """All annotated tags by one `git fast-import`; the n-th versions stand on the n-th of the newest commits."""
    commits = git(folder, "rev-list", f"--max-count={VERSIONS}", "--reverse", "HEAD").split()
    stream = b"".join(
        tag_command(record_for(model, record, number), commit, heading)
        for model in models
        for number, commit in enumerate(commits)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)


def tag_command(record: VersionRecord, commit: str, heading: str) -> bytes:
    """One `tag` command of git's fast-import language."""
    heading = heading.replace(FIRST, record.model).replace("v0.1.0", record.version)
    message = f"{heading}{record.to_json()}\n".encode()
    head = f"tag {record.model}@{record.version}\nfrom {commit}\ntagger bench <bench> 1700000000 +0000\n"
    return head.encode() + f"data {len(message)}\n".encode() + message + b"\n"


def commit(folder: Path, message: str) -> None:
    """Commit all that is there."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")


def call(folder: Path, program: str, *args: str) -> str:
    """The output of a program of this environment; SystemExit with what it said when it fails."""
    done = subprocess.run([BIN / program, *args], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(args)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def git(folder: Path, *args: str) -> str:
    """The output of a git command."""
    return subprocess.run(["git", *args], cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout
