"""The repository: who commits, where HEAD stands, what origin knows, what a killed program left behind."""

from __future__ import annotations

from collections.abc import Sequence

from mlspec.ports.git import Head
from mlspec.reconciler.checkup.check import Check, listed, note, ok, problem


def identity(name: str, email: str) -> Check:
    """Who git says commits."""
    if name and email:
        return ok("identity", f"{name} <{email}>")
    what = "user.name" if not name else "user.email"
    return note("identity", f"git knows no {what}: mlspec commits in its own name", f"git config --global {what} …")


def branch(head: Head) -> Check:
    """Where training commits go, and whether environments may move from here."""
    if head.branch is None:
        return problem("branch", "HEAD is detached, so that nothing can be committed", "git switch main")
    if head.default_branch not in {None, head.branch}:
        message = f"this is {head.branch}: environments move only from {head.default_branch}"
        return note("branch", message, f"git switch {head.default_branch}, to deploy")
    return ok("branch", head.branch)


def remote(head: Head, *, fetched: bool) -> Check:
    """Whether origin is there and what it knows of mlspec's was fetched: plain clones leave it out."""
    if not head.has_remote:
        return note("remote", "no origin: versions and history stay in this clone", "git remote add origin URL")
    if not fetched:
        message = "what origin remembers of earlier runs was not fetched yet, or there is nothing"
        return note("remote", message, "mlspec plan fetches it")
    return ok("remote", "origin is there, and what it remembers was fetched")


def ignored(yes: bool) -> Check:  # noqa: FBT001 - the fact itself
    """Whether git leaves mlspec's own folder alone."""
    if yes:
        return ok("ignored", "git ignores .mlspec")
    return note("ignored", "git does not ignore .mlspec, which holds hints and logs", "add /.mlspec/ to .gitignore")


def git_locks(stale: Sequence[str]) -> Check:
    """Locks of a git that is no more; git itself waits for them for ever."""
    if not stale:
        return ok("git locks", "none left behind")
    message = f"a killed git left behind {listed(stale)}"
    return problem("git locks", message, "mlspec apply removes them, or remove them from .git yourself")


def at_work(holder: Sequence[str]) -> Check:
    """Another mlspec; `holder` is what it says of itself, nothing where there is none."""
    if not holder:
        return ok("lock", "no other mlspec is at work here")
    return note("lock", f"another mlspec is at work here: {', '.join(holder)}", "wait until it is done")


def dvc_setup(yes: bool) -> Check:  # noqa: FBT001 - the fact itself
    """Whether DVC is set up at the repository's top."""
    if yes:
        return ok("dvc setup", "DVC is initialised")
    return problem("dvc setup", "this is not a DVC repository", "mlspec init, or dvc init at the repository's top")


def dvc_locks(broken: Sequence[str]) -> Check:
    """DVC's own files that a kill left empty or torn, on which DVC fails."""
    if not broken:
        return ok("dvc locks", "all can be read")
    return problem("dvc locks", f"DVC cannot read {listed(broken)}", "mlspec apply mends them before it trains")


def analytics(on: bool) -> Check:  # noqa: FBT001 - the fact itself
    """Whether DVC reports its use to its makers."""
    if not on:
        return ok("analytics", "DVC sends no usage reports")
    return note("analytics", "DVC sends usage reports to its makers", "dvc config core.analytics false")


def dvc_remote(name: str) -> Check:
    """Where data and models are kept besides this machine."""
    if name:
        return ok("dvc remote", name)
    message = "no DVC remote: data and models are only on this machine"
    return note("dvc remote", message, "dvc remote add --default NAME URL")
