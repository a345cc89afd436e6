"""Following origin: the branch is moved forward to what was fetched, where nothing stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlspec.adapters.git.command import Command
from mlspec.adapters.lock import project_lock
from mlspec.errors import LockHeld, MlspecError


def pull(command: Command, others: Iterable[Path] = ()) -> str:
    """Fast-forward the current branch to origin's, as last fetched; the new commit, or nothing where it is there.

    That changes the files of all projects of the clone, so the locks of the `others` are taken for it. MlspecError
    where one is held, where files are changed and not committed, and where both branches have gone on.
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
    with _undisturbed(others):
        _forward(command, upstream)
    return command.line("rev-parse", "HEAD")


def _forward(command: Command, upstream: str) -> None:
    if command.line("status", "--porcelain", "--untracked-files=no"):
        raise MlspecError("there are uncommitted changes, so nothing was pulled", hint="git commit them, or git stash")
    command.run("merge", "--ff-only", "--quiet", upstream)


@contextmanager
def _undisturbed(others: Iterable[Path]) -> Iterator[None]:
    """Let no other project be changed meanwhile; MlspecError at once where one is: it reads its files."""
    with ExitStack() as held:
        try:
            for lock in others:
                held.enter_context(project_lock(lock, verb="reconcile"))
        except LockHeld as error:
            message = "mlspec is at work on another project of this clone, so nothing was pulled"
            raise MlspecError(message, hint="pulled when that is done", details=error.details) from error
        yield
