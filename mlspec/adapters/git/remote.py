"""Fetching from `origin`, and where the chains stand against it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.refs import move_chain, replay
from mlspec.errors import MlspecError

PROTOCOLS: Final = "file:git:http:https:ssh"
"""No `ext::` and the like, which run programs named in an address"""
MARK: Final = "mlspec lease "
"""How the message begins of a commit that stands on a chain only to say who may act; see `marks`"""

SILENT: Final = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60")


def has_origin(command: Command) -> bool:
    """Whether a remote named origin is configured."""
    return command.attempt("config", "--get", "remote.origin.url").status == 0


def fetch(command: Command) -> bool:
    """Fetch branches, tags and chains; see the port."""
    if not has_origin(command):
        return False
    done = call(
        command,
        "fetch",
        "--no-progress",
        "--tags",
        "--no-prune",  # with the user's `fetch.prune` our tags that are not published yet would be deleted
        "--no-prune-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--end-of-options",
        "origin",
        "+refs/heads/*:refs/remotes/origin/*",
        f"+{command.project.chains}*:{command.project.twins}*",
    )
    if done.status and not _only_tags_differ(done.err):
        raise no_answer(done)
    _learn_default_branch(command)
    join_chains(command)
    return True


def call(command: Command, *args: str) -> Done:
    """Run a git that talks to origin: with the user's own hooks, and only by protocols that run no programs."""
    allowed = os.environ.get("GIT_ALLOW_PROTOCOL", PROTOCOLS)
    # hooks inherit this environment, and theirs are paths of the ordinary kind
    env = {"GIT_ALLOW_PROTOCOL": allowed, "GIT_LITERAL_PATHSPECS": "0"}
    return command.attempt(*SILENT, *args, env=env, hooks=True)


def advertised(command: Command) -> dict[str, str]:
    """What origin has now: ref → id, of branches, tags and chains."""
    patterns = ("refs/heads/*", "refs/tags/*", f"{command.project.chains}*")
    done = call(command, "ls-remote", "--refs", "--end-of-options", "origin", *patterns)
    if done.status:
        raise no_answer(done)
    lines = done.out.decode("utf-8", "surrogateescape").splitlines()
    return {ref: oid for oid, _, ref in (line.partition("\t") for line in lines)}


def _only_tags_differ(err: str) -> bool:
    """A tag of ours that differs from origin's is kept; that is reported when it is pushed."""
    refused = [line for line in err.splitlines() if line.startswith(" ! ")]
    fatal = any(line.startswith("fatal:") for line in err.splitlines())
    return bool(refused) and not fatal and all("would clobber existing tag" in line for line in refused)


def no_answer(done: Done) -> MlspecError:
    """The error for an origin that cannot be reached."""
    lines = tuple(done.err.splitlines())
    return MlspecError("origin does not answer", hint="check the network and your access to it", details=lines)


def _learn_default_branch(command: Command) -> None:
    """Some clones (CI's) do not record origin's default branch; it is only a convenience, so failing is fine."""
    if command.attempt("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").status:
        call(command, "remote", "set-head", "origin", "--auto")


def join_chains(command: Command) -> None:
    """Make each chain go on from its twin: moved forward where it is behind, replayed where both have gone on.

    A twin is what origin has, marks and all; ours go on from the records alone.
    """
    chains, here = _chains(command), command.project
    for twin, theirs in chains.items():
        if twin.startswith(here.twins) and theirs.record:
            ref = here.chains + twin.removeprefix(here.twins)
            _join(command, ref, chains.get(ref, _Chain()), theirs.record)


@dataclass(frozen=True, slots=True)
class _Chain:
    """A chain's tip, and its newest record: the same but for a mark on top; empty where there is none."""

    tip: str = ""
    record: str = ""


def _join(command: Command, ref: str, ours: _Chain, theirs: str) -> None:
    """Whoever fetched straight to our refs, as CI does, has the others' marks there: they are no part of ours."""
    if not ours.record or leads_to(command, ours.record, theirs):
        move_chain(command, ref, theirs, ours.tip or None)
    elif not leads_to(command, theirs, ours.record):
        move_chain(command, ref, replay(command, ours.record, theirs), ours.tip)


def leads_to(command: Command, older: str, newer: str) -> bool:
    """Whether a commit is another or one of its ancestors."""
    return command.attempt("merge-base", "--is-ancestor", older, newer).status == 0


def _chains(command: Command) -> dict[str, _Chain]:
    """All chains of the project, ours and the twins'."""
    form = "--format=%(refname)%00%(objectname)%00%(parent)%00%(contents:subject)"
    found = {}
    for line in command.line("for-each-ref", form, command.project.chains, command.project.twins).splitlines():
        ref, oid, parent, subject = line.split("\0", 3)
        found[ref] = _Chain(oid, parent.partition(" ")[0] if subject.startswith(MARK) else oid)
    return found
