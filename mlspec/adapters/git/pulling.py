"""Following origin: the branch is moved forward to what was fetched, where nothing stands in the way."""

from __future__ import annotations

from mlspec.adapters.git.command import Command
from mlspec.errors import MlspecError


def pull(command: Command) -> str:
    """Fast-forward the current branch to origin's, as last fetched; the new commit, or nothing where it is there.

    MlspecError where files are changed and not committed, and where both branches have gone on.
    """
    found = command.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
    branch = found.out.decode().strip()
    upstream = f"refs/remotes/origin/{branch}"
    if found.status or command.attempt("rev-parse", "--verify", "--quiet", upstream).status:
        return ""
    if not command.attempt("merge-base", "--is-ancestor", upstream, "HEAD").status:
        return ""
    if command.attempt("merge-base", "--is-ancestor", "HEAD", upstream).status:
        hint = "git pull --rebase; where mlspec makes the commits, --push publishes them"
        raise MlspecError(f"{branch} and origin's have gone separate ways, so nothing was pulled", hint=hint)
    if command.line("status", "--porcelain", "--untracked-files=no"):
        raise MlspecError("there are uncommitted changes, so nothing was pulled", hint="git commit them, or git stash")
    command.run("merge", "--ff-only", "--quiet", upstream)
    return command.line("rev-parse", "HEAD")
