"""A branch on which origin has gone on, too: what both did since, and a merge of them for origin alone."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.parse import PATH_ERRORS
from mlspec.adapters.git.process import output
from mlspec.adapters.git.trees import write_commit
from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError
from mlspec.ports.git import Divergence

_MESSAGE: Final = "mlspec: take in what was trained meanwhile"


def divergence(top: str, branch: str, folder: Folder) -> Divergence:
    """See the port; MlspecError where the two have nothing in common."""
    ours, theirs = _both(branch)
    base = output(top, "merge-base", ours, theirs).decode().strip()
    subjects = output(top, "log", "--format=%s", f"{theirs}..{ours}", "--").decode(errors="replace")
    changes = (frozenset(map(folder.inward, _changes(top, base, tip))) for tip in (ours, theirs))
    return Divergence(next(changes), tuple(subjects.splitlines()), next(changes))


def _changes(top: str, base: str, tip: str) -> list[str]:
    out = output(top, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base, tip)
    return out.decode("utf-8", PATH_ERRORS).split("\0")[:-1]


def merge(command: Command, branch: str) -> str:
    """See the port. Git's merge-tree works without index and files, so a death here leaves nothing to mend."""
    ours, theirs = _both(branch)
    done = command.attempt("merge-tree", "--write-tree", "--name-only", "--no-messages", theirs, ours)
    tree, *conflicts = done.out.decode("utf-8", PATH_ERRORS).splitlines() or [""]
    if done.status or not tree:
        raise MlspecError(
            f"{branch} moved on origin meanwhile, and can't be merged with what was trained",
            hint="take it in with `git pull` and run the same again",
            details=tuple(conflicts) or tuple(done.err.splitlines()),
        )
    parents = [command.line("rev-parse", "--verify", f"{ref}^{{commit}}") for ref in (theirs, ours)]
    return write_commit(command, tree, parents[0], _MESSAGE, "-p", parents[0], "-p", parents[1])


def _both(branch: str) -> tuple[str, str]:
    return f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"
