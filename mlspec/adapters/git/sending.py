"""One atomic push: plain, or guarded by leases."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.rejection import refused_refs, rejection
from mlspec.adapters.git.remote import advertised, call
from mlspec.adapters.git.updates import Update, guard
from mlspec.errors import MlspecError


def send(command: Command, updates: Sequence[Update], *options: str) -> None:
    """Push these, all or none; MlspecError where origin did not take them."""
    if updates:
        _judge(command, updates, _attempt(command, updates, *options))


def send_guarded(
    command: Command, updates: Sequence[Update], leases: Sequence[HeldLease], ours: Mapping[str, str]
) -> list[Update]:
    """Push with the tip of every lease replaced in the same push, so that nothing arrives without them.

    Returns what was done to the leases' chains. LeaseLost where another has one of them.
    """
    if _has_hook(command):  # it may take minutes, and leases are renewed meanwhile, but not during the push
        send(command, updates, "--dry-run")
    with ExitStack() as stack:
        for lease in leases:
            stack.enter_context(lease.lock)
            lease.refuse_lost()
        guards, done = _offer(command, updates, leases, ours)
        if done.status and any(item.old != lease.tip for item, lease in zip(guards, leases, strict=True)):
            # A renewal that was thought lost had arrived, and was in the way.
            guards, done = _offer(command, updates, leases, ours)
        _judge(command, [*updates, *guards], done)
    return guards


def _offer(
    command: Command, updates: Sequence[Update], leases: Sequence[HeldLease], ours: Mapping[str, str]
) -> tuple[list[Update], Done]:
    guards = [guard(command, lease, ours.get(lease.chain.ref)) for lease in leases]
    done = _attempt(command, [*updates, *guards], "--no-verify")
    for lease, item in zip(leases, guards, strict=True):
        lease.settle(item.new, done)
    for lease in leases:
        lease.refuse_lost()
    return guards, done


def _attempt(command: Command, updates: Sequence[Update], *more: str) -> Done:
    options = ("--atomic", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", *more)
    conditions = [condition for item in updates for condition in item.conditions]
    refspecs = [item.refspec for item in updates]
    return call(command, "push", *options, *conditions, "--end-of-options", "origin", *refspecs)


def _judge(command: Command, updates: Sequence[Update], done: Done) -> None:
    """MlspecError unless origin has it all: where its answer got lost, it is asked what it has."""
    if done.status and (any(refused_refs(done)) or not _arrived(command, updates)):
        raise rejection(command, done)


def _arrived(command: Command, updates: Sequence[Update]) -> bool:
    try:
        theirs = advertised(command)
    except MlspecError:
        return False
    return all(theirs.get(item.ref) == item.new for item in updates)


def _has_hook(command: Command) -> bool:
    done = call(command, "rev-parse", "--git-path", "hooks/pre-push")
    return os.access(command.top / os.fsdecode(done.out).removesuffix("\n"), os.X_OK)
