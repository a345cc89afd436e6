"""Publishing to `origin`: what is new there goes in one atomic push."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.rejection import describe_tip
from mlspec.adapters.git.remote import advertised, call, has_origin, leads_to
from mlspec.adapters.git.sending import send, send_guarded
from mlspec.adapters.git.updates import update
from mlspec.errors import MlspecError

_MLSPEC_TAG: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9/_-]*"
    r"(?:@v\d+\.\d+\.\d+!?|@deprecated|#[A-Za-z0-9/_-]+!?#\d+)",
    re.ASCII,
)
_MOST_AT_ONCE: Final = 10_000
"""Refs that one command line holds with ease"""


def push(command: Command, branch: str, leases: Sequence[HeldLease] = (), tip: str = "") -> None:
    """Publish the branch, mlspec's tags and the chains; see the ports of git and leases. Only what is new is sent."""
    if not has_origin(command):
        raise MlspecError("there is no remote to push to", hint="add one: `git remote add origin ADDRESS`")
    ours = _publishable(command, branch)
    head = f"refs/heads/{branch}"
    ours[head] = tip or ours[head]
    theirs = advertised(command)
    if (there := theirs.get(head)) and leads_to(command, ours[head], there):
        theirs[head] = ours[head]  # a merge of ours, or of somebody who took ours in: there is nothing to bring
    guarded = {lease.chain.ref for lease in leases}
    wanted = [ref for ref, oid in ours.items() if theirs.get(ref) != oid and ref not in guarded]
    _refuse_other_tags(command, [ref for ref in wanted if ref in theirs and ref.startswith("refs/tags/")])
    updates = [item for ref in wanted if (item := update(command, ref, ours[ref], theirs.get(ref)))]
    updates = [replace(item, named=not tip) if item.ref == head else item for item in updates]
    # More tags than a command line holds go ahead in pieces; nothing names them until the last piece is there.
    early = [item for item in updates if item.ref.startswith("refs/tags/")][:-_MOST_AT_ONCE]
    for start in range(0, len(early), _MOST_AT_ONCE):
        send(command, early[start : start + _MOST_AT_ONCE])
    sent = {item.ref for item in early}
    last = [item for item in updates if item.ref not in sent]
    if leases:
        last += send_guarded(command, last, leases, ours)
    else:
        send(command, last)
    for item in last:
        if twin := command.project.twin(item.ref):
            command.run("update-ref", twin, item.new)


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
            details=(describe_tip(command, f"refs/heads/{branch}"),),
        )


def _publishable(command: Command, branch: str) -> dict[str, str]:
    head, ours = f"refs/heads/{branch}", command.project
    form = "--format=%(refname) %(objectname) %(objecttype)"
    found = {}
    for line in command.line("for-each-ref", form, head, "refs/tags", ours.chains).splitlines():
        ref, oid, kind = line.split(" ")
        tag = ours.own_tag(ref.removeprefix("refs/tags/")) if kind == "tag" else None
        if ref == head or ref.startswith(ours.chains) or (tag and _MLSPEC_TAG.fullmatch(tag)):
            found[ref] = oid
    if head not in found:
        raise MlspecError(f"there is no branch {branch!r} to push")
    return found


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
    aside = f"{command.project.twins}tags/{name}"
    if call(command, "fetch", "--no-tags", "--end-of-options", "origin", f"+refs/tags/{name}:{aside}").status:
        return "origin's tag could not be fetched"
    text = command.line("for-each-ref", "--format=%(taggername) on %(*objectname:short)", aside)
    command.attempt("update-ref", "-d", aside)
    return text
