"""Making a folder a git repository, with a first commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mlspec.adapters.git.process import attempt, output

_OWN: Final = ("refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master")


def is_repository(folder: Path) -> bool:
    """Whether the folder lies in a git repository's working tree."""
    return attempt(str(folder), "rev-parse", "--is-inside-work-tree").status == 0


def init_repository(folder: Path) -> None:
    """`git init`, with the branch main."""
    output(str(folder), "init", "--quiet", "--initial-branch=main")


def own_branch(folder: Path) -> str:
    """The branch that a repository is about: origin's, else a `main` or `master`, else HEAD's, be it without a commit.

    HEAD may be on a branch that brings mlspec in.
    """
    found = attempt(str(folder), "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if not found.status:
        return found.out.decode().strip().removeprefix("origin/")
    known = attempt(str(folder), "for-each-ref", "--format=%(refname)", *_OWN).out.decode().split()
    if known:
        return min(known, key=_OWN.index).rpartition("/")[2]
    head = attempt(str(folder), "symbolic-ref", "--quiet", "--short", "HEAD")
    return "main" if head.status else head.out.decode().strip()


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
