"""A push that origin did not take: in words, who was faster, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mlspec.adapters.git import marks
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.remote import fetch, no_answer
from mlspec.errors import BranchMoved, LockHeld, MlspecError, RecordsMoved

_FOLLOWERS: Final = frozenset({"atomic push failed", "atomic transaction failed", "atomic push failure"})
_MOVED: Final = re.compile(
    "fetch first|non-fast-forward|stale info|already exists|cannot lock ref|failed to update ref|incorrect old value"
)


def rejection(command: Command, done: Done) -> MlspecError:
    """The error for a push that failed."""
    refused = dict(refused_refs(done))
    if not refused:
        if _is_hooks(done):
            hint = "see what it says, and run the same again"
            return MlspecError("the hook pre-push refused the push", hint=hint, details=tuple(done.err.splitlines()))
        return _no_atomic(done) if "--atomic" in done.err else no_answer(done)
    moved = [ref for ref, why in refused.items() if _MOVED.search(why)]
    if not moved:
        details = (*(f"{ref}: {why}" for ref, why in refused.items()), *done.err.splitlines())
        return MlspecError("origin refused the push", hint="its rules do not let you push this", details=details)
    return moved_meanwhile(command, moved)


def moved_meanwhile(command: Command, moved: Sequence[str]) -> MlspecError:
    """The error for refs of origin that are not where we thought."""
    fetch(command)
    if held := next(filter(None, (_holder(command, ref) for ref in moved)), None):
        return held
    branch = any(ref.startswith("refs/heads/") for ref in moved)
    records = all(command.project.twin(ref) for ref in moved)
    kind = BranchMoved if branch else RecordsMoved if records else MlspecError
    return kind(
        f"{moved[0].removeprefix('refs/heads/')} moved on origin meanwhile, so nothing was pushed",
        hint="take it in with `git pull --rebase` and run the same again" if branch else "run the same again",
        details=tuple(describe_tip(command, ref) for ref in moved),
    )


def _is_hooks(done: Done) -> bool:
    """Whether the push ended before anything was sent: git says nothing fatal then, and names no ref."""
    return "failed to push some refs" in done.err and "fatal:" not in done.err


def refused_refs(done: Done) -> Iterable[tuple[str, str]]:
    """Ref and reason of each refused ref, but for those that only share another's fate: `!<tab>FROM:TO<tab>WHY`."""
    for line in done.out.decode("utf-8", "surrogateescape").splitlines():
        if line.startswith("!\t"):
            _, pair, why = line.split("\t", 2)
            reason = why.partition("(")[2].rstrip(")")
            if reason not in _FOLLOWERS:
                yield pair.rpartition(":")[2], reason


def describe_tip(command: Command, ref: str) -> str:
    """The newest commit that we know origin to have at a ref."""
    known = command.project.twin(ref) or ref.replace("refs/heads/", "refs/remotes/origin/")
    done = command.attempt("log", "-1", "--format=%h by %an, %ar: %s", "--end-of-options", known, "--")
    return f"{ref}: {done.out.decode(errors='replace').strip()}"


def _no_atomic(done: Done) -> MlspecError:
    return MlspecError(
        "origin cannot take several refs at once (no atomic push)",
        hint="use a git server that supports it",
        details=tuple(done.err.splitlines()),
    )


def _holder(command: Command, ref: str) -> LockHeld | None:
    """Who has the lease of an environment whose chain is in the way, if that is why."""
    environments = command.project.environments
    if not ref.startswith(environments):
        return None
    done = command.attempt("cat-file", "commit", command.project.twin(ref))
    mark = None if done.status else marks.tip("", done.out).mark
    return marks.refusal(ref.removeprefix(environments), mark) if mark is not None and mark.held else None
