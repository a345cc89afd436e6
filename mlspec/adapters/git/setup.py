"""Making a folder a git repository, with a first commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlspec.adapters.git.process import attempt, output


def is_repository(folder: Path) -> bool:
    """Whether the folder lies in a git repository's working tree."""
    return attempt(str(folder), "rev-parse", "--is-inside-work-tree").status == 0


def init_repository(folder: Path) -> None:
    """`git init`, with the branch main."""
    output(str(folder), "init", "--quiet", "--initial-branch=main")


def commit_first(folder: Path, paths: Sequence[str], message: str) -> None:
    """Commit these files in a repository that may have no commit yet; hooks are not run."""
    names = "\n".join(paths).encode()
    output(str(folder), "add", "--pathspec-from-file=-", data=names)
    identity: list[str] = []
    for key, value in (("user.name", "mlspec"), ("user.email", "mlspec@localhost")):
        if attempt(str(folder), "config", key).status:
            identity += ["-c", f"{key}={value}"]
    rest = ("commit", "--quiet", "--no-verify", "--only", "-m", message, "--pathspec-from-file=-")
    output(str(folder), *identity, *rest, data=names)
