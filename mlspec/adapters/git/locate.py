"""Finding the project: the nearest folder upwards that has specs, at most git's top."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.adapters.git.process import output
from mlspec.domain.folder import Folder

_HEAD: Final = 4096
"""A spec says what it is in so many bytes."""


@dataclass(frozen=True, slots=True)
class Located:
    """A project: git's top, and the project's folder below it."""

    top: str
    folder: Folder

    @property
    def root(self) -> str:
        """The project's folder, absolute."""
        return str(Path(self.top, self.folder.name))

    @property
    def lock(self) -> Path:
        """The file that lets one mlspec at a time change this project, and no other.

        Inside .git nobody deletes it; a linked worktree has no such folder of its own.
        """
        git = Path(self.top, ".git")
        name = f"mlspec--{self.folder.slug}.lock" if self.folder.name else "mlspec.lock"
        return git / name if git.is_dir() else Path(self.root, ".mlspec", "lock")


def find_top(start: Path | str) -> str:
    """The top folder of the repository that `start` is in; MlspecError where it is in none."""
    return os.fsdecode(output(str(start), "rev-parse", "--show-toplevel")).removesuffix("\n")


def find_project(start: Path | str) -> Located:
    """The project that `start` is in: the nearest folder with specs, else with DVC, else git's top."""
    top = find_top(start)
    below = list(_upwards(Path(start).resolve(), Path(top)))
    found = next((folder for folder in below if _has_specs(folder)), None)
    found = found or next((folder for folder in below if (folder / ".dvc").is_dir()), Path(top))
    name = found.relative_to(top).as_posix()
    return Located(top, Folder("" if name == "." else name))


def other_projects(place: Located) -> list[str]:
    """The folders, absolute, of the other projects of a repository that git tracks a project's spec of."""
    words = ("--no-literal-pathspecs", "ls-files", "-z", "--", ":(glob)**/specs/project.yaml")
    paths = os.fsdecode(output(place.top, *words)).split("\0")[:-1]
    folders = (str(Path(place.top, path).parents[1]) for path in paths)
    return [folder for folder in folders if folder != place.root]


def other_locks(place: Located) -> list[Path]:
    """The locks of the other projects of this working tree, as far as one was ever changed there."""
    git = Path(place.top, ".git")
    if git.is_dir():
        known = {git / "mlspec.lock", *git.glob("mlspec--*.lock")}
    else:
        known = {Path(folder, ".mlspec", "lock") for folder in other_projects(place)}
    return sorted(lock for lock in known - {place.lock} if lock.is_file())


def _upwards(start: Path, top: Path) -> Iterator[Path]:
    """The folders from `start` up to git's top; none where git says that its top is elsewhere."""
    for folder in (start, *start.parents) if start.is_relative_to(top) else ():
        yield folder
        if folder == top:
            return


def _has_specs(folder: Path) -> bool:
    """Whether there is a spec: `specs/` alone may be anybody's."""
    specs = folder / "specs"
    if (specs / "project.yaml").is_file():
        return True
    found = (path for path in specs.rglob("*") if path.suffix in {".yaml", ".yml"}) if specs.is_dir() else ()
    return any(_is_spec(path) for path in found)


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return b"mlspec/v" in stream.read(_HEAD)
    except OSError:
        return False
