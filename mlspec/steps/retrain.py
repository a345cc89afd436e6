"""Training once more, on other rows and in another place: by the estimator, or by the user's own command in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps import package, train
from mlspec.steps.params import Params


@contextmanager
def trained_on(params: Params, rows: pd.DataFrame, test: pd.DataFrame) -> Iterator[Params]:
    """The params of a model that was trained on these rows, in a folder that is gone afterwards.

    MlspecError where the training fails. A search is not repeated, and features are those of the rows as they are: what
    is checked is the training.
    """
    with TemporaryDirectory(prefix="mlspec-check-") as name:
        place = Path(name)
        training = replace(params.training, search=None)
        there = replace(params, folder=place / params.folder, training=training, features=None)
        folder = there.folder / "prepared"
        folder.mkdir(parents=True)
        rows.to_csv(folder / "train.csv", index=False)
        test.to_csv(folder / "test.csv", index=False)
        if params.training.command is None:
            train.run(there)
        else:
            _by_command(params, place)
            made = replace(there.training, model=place / (params.training.model or ""))
            package.run(replace(there, training=made))
        yield there


def _by_command(params: Params, place: Path) -> None:
    """Run the command in a copy of what git tracks and the command reads; the prepared data is there already."""
    for path in map(Path, (*_tracked(), *params.evaluation.checks.deps, str(params.folder / "params.yaml"))):
        _copy(path, place / path)
    command = params.training.command or ""
    # the user's own shell, as DVC runs it
    done = subprocess.run(command, shell=True, cwd=place, capture_output=True, text=True, check=False)  # noqa: S602
    if done.returncode:
        lines = tuple((done.stderr or done.stdout).strip().splitlines()[-10:])
        what = f"training.command failed with exit code {done.returncode} in a copy of what git tracks"
        raise MlspecError(what, hint="name what it reads in training.deps", details=lines)


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=False)
    return [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]


def _copy(source: Path, target: Path) -> None:
    if target.exists() or not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
        target.chmod(source.stat().st_mode | 0o200)
