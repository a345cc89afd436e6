"""Publishing to `origin`: one atomic push, and in words who was faster."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.remote import LOCAL, TWIN, call, fetch, has_origin, no_answer
from mlspec.errors import MlspecError

_MLSPEC_TAG: Final = re.compile(
    r"refs/tags/[A-Za-z0-9][A-Za-z0-9/_=-]*"
    r"(?:@v\d+\.\d+\.\d+!?|@deprecated|#[A-Za-z0-9/_-]+!?#\d+)",
    re.ASCII,
)
_MOST_AT_ONCE: Final = 10_000
"""Refs that one command line holds with ease"""
_FOLLOWERS: Final = frozenset({"atomic push failed", "atomic transaction failed", "atomic push failure"})
_MOVED: Final = re.compile(
    "fetch first|non-fast-forward|stale info|already exists|cannot lock ref|failed to update ref|incorrect old value"
)


def push(command: Command, branch: str) -> None:
    """Publish the branch, mlspec's tags and the chains; see the port. What origin has already is not sent."""
    if not has_origin(command):
        raise MlspecError("there is no remote to push to", hint="add one: `git remote add origin ADDRESS`")
    ours = _publishable(command, branch)
    theirs = _advertised(command)
    wanted = [ref for ref, oid in ours.items() if theirs.get(ref) != oid]
    _refuse_other_tags(command, [ref for ref in wanted if ref in theirs and ref.startswith("refs/tags/")])
    # More tags than a command line holds go ahead in pieces; nothing names them until the last piece is there.
    early = [ref for ref in wanted if ref.startswith("refs/tags/")][:-_MOST_AT_ONCE]
    for start in range(0, len(early), _MOST_AT_ONCE):
        _send(command, early[start : start + _MOST_AT_ONCE])
    sent = set(early)
    _send(command, [ref for ref in wanted if ref not in sent])
    for ref in wanted:
        if ref.startswith(LOCAL):
            command.run("update-ref", TWIN + ref.removeprefix(LOCAL), ours[ref])


def refuse_behind(command: Command, branch: str) -> None:
    """MlspecError where origin's branch, as last fetched, has commits that ours lacks: a push would be rejected.

    Said before anything is trained: the tag of a version that is registered here would stay on a commit that a
    rebase leaves behind, and mlspec's commit would conflict with origin's.
    """
    theirs = f"refs/remotes/origin/{branch}"
    if command.attempt("show-ref", "--verify", "--quiet", theirs).status:
        return
    if command.attempt("merge-base", "--is-ancestor", theirs, f"refs/heads/{branch}").status == 1:
        raise MlspecError(
            f"{branch} moved on origin meanwhile, so a push would be rejected",
            hint="take it in with `git pull --rebase` and run the same again",
            details=(_describe_tip(command, f"refs/heads/{branch}"),),
        )


def _publishable(command: Command, branch: str) -> dict[str, str]:
    head = f"refs/heads/{branch}"
    form = "--format=%(refname) %(objectname) %(objecttype)"
    found = {}
    for line in command.line("for-each-ref", form, head, "refs/tags", LOCAL).splitlines():
        ref, oid, kind = line.split(" ")
        if ref == head or ref.startswith(LOCAL) or (kind == "tag" and _MLSPEC_TAG.fullmatch(ref)):
            found[ref] = oid
    if head not in found:
        raise MlspecError(f"there is no branch {branch!r} to push")
    return found


def _advertised(command: Command) -> dict[str, str]:
    done = call(
        command, "ls-remote", "--refs", "--end-of-options", "origin", "refs/heads/*", "refs/tags/*", f"{LOCAL}*"
    )
    if done.status:
        raise no_answer(done)
    lines = done.out.decode("utf-8", "surrogateescape").splitlines()
    return {ref: oid for oid, _, ref in (line.partition("\t") for line in lines)}


def _refuse_other_tags(command: Command, refs: list[str]) -> None:
    if refs:
        names = [ref.removeprefix("refs/tags/") for ref in refs]
        raise MlspecError(
            f"origin has another tag {names[0]}: somebody else registered or promoted it first",
            hint="if yours is not in use, delete it with `git tag -d NAME`, then run the same again",
            details=tuple(f"{name}: {_describe_tag(command, name)}" for name in names[:10]),
        )


def _describe_tag(command: Command, name: str) -> str:
    """Who made origin's tag: it is fetched beside the tags, so that ours stays."""
    aside = f"{TWIN}tags/{name}"
    if call(command, "fetch", "--no-tags", "--end-of-options", "origin", f"+refs/tags/{name}:{aside}").status:
        return "origin's tag could not be fetched"
    text = command.line("for-each-ref", "--format=%(taggername) on %(*objectname:short)", aside)
    command.attempt("update-ref", "-d", aside)
    return text


def _send(command: Command, refs: list[str]) -> None:
    if not refs:
        return
    options = ("--atomic", "--porcelain", "--no-follow-tags", "--recurse-submodules=no")
    done = call(command, "push", *options, "--end-of-options", "origin", *(f"{ref}:{ref}" for ref in refs))
    if done.status:
        raise _rejection(command, done)


def _rejection(command: Command, done: Done) -> MlspecError:
    """Who moved what, and what to do."""
    refused = dict(_refused(done.out.decode("utf-8", "surrogateescape").splitlines()))
    if not refused:
        if _is_hooks(done):
            hint = "see what it says, and run the same again"
            return MlspecError("the hook pre-push refused the push", hint=hint, details=tuple(done.err.splitlines()))
        return _no_atomic(done) if "--atomic" in done.err else no_answer(done)
    moved = [ref for ref, why in refused.items() if _MOVED.search(why)]
    if not moved:
        details = (*(f"{ref}: {why}" for ref, why in refused.items()), *done.err.splitlines())
        return MlspecError("origin refused the push", hint="its rules do not let you push this", details=details)
    fetch(command)
    branch = any(ref.startswith("refs/heads/") for ref in moved)
    return MlspecError(
        f"{moved[0].removeprefix('refs/heads/')} moved on origin meanwhile, so nothing was pushed",
        hint="take it in with `git pull --rebase` and run the same again" if branch else "run the same again",
        details=tuple(_describe_tip(command, ref) for ref in moved),
    )


def _is_hooks(done: Done) -> bool:
    """Whether the push ended before anything was sent: git says nothing fatal then, and names no ref."""
    return "failed to push some refs" in done.err and "fatal:" not in done.err


def _refused(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Ref and reason of each refused ref, but for those that only share another's fate: `!<tab>FROM:TO<tab>WHY`."""
    for line in lines:
        if line.startswith("!\t"):
            _, pair, why = line.split("\t", 2)
            reason = why.partition("(")[2].rstrip(")")
            if reason not in _FOLLOWERS:
                yield pair.rpartition(":")[2], reason


def _describe_tip(command: Command, ref: str) -> str:
    known = ref.replace("refs/heads/", "refs/remotes/origin/").replace(LOCAL, TWIN)
    done = command.attempt("log", "-1", "--format=%h by %an, %ar: %s", "--end-of-options", known, "--")
    return f"{ref}: {done.out.decode(errors='replace').strip()}"


def _no_atomic(done: Done) -> MlspecError:
    return MlspecError(
        "origin cannot take several refs at once (no atomic push)",
        hint="use a git server that supports it",
        details=tuple(done.err.splitlines()),
    )
