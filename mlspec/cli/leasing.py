"""A plan that others cannot overtake: leases first, then another look, and only then the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mlspec.cli.applying import Options, check, shared, show
from mlspec.cli.console import console
from mlspec.cli.session import Look, look_again
from mlspec.domain.plan import ActionKind, Plan
from mlspec.errors import LockHeld
from mlspec.reconciler.guard import Guard, acting, recorded


@dataclass(frozen=True, slots=True)
class Work:
    """What one run does: the part of a plan, made from a look, and the environments in which it writes."""

    seen: Look
    plan: Plan
    guard: Guard
    environments: frozenset[str]

    @property
    def trains(self) -> bool:
        """Whether it trains first: leases are then taken after that."""
        return any(action.action is ActionKind.TRAIN for action in self.plan.actions)


@contextmanager
def settled(seen: Look, narrow: Callable[[Plan], Plan], options: Options, *, agreed: bool) -> Iterator[Work]:
    """The work that a look leads to, under its leases where others act too and nothing is trained first.

    Taking a lease brings in what others did, so the plan is made again. Where somebody has `agreed` to the first one,
    LockHeld if it is another now.
    """
    work = _work(seen, narrow, options)
    while work.guard.shared and work.environments and not work.trains:
        with work.guard.holding(work.seen.world, work.environments, console.say):
            again = _again(work, narrow, options)
            if again.environments <= work.environments and not again.trains:
                _compare(work.plan, again, options, agreed=agreed)
                yield replace(again, guard=work.guard)
                return
        work = replace(again, environments=again.environments | work.environments)
    yield work


def _work(seen: Look, narrow: Callable[[Plan], Plan], options: Options) -> Work:
    plan = narrow(seen.plan)
    publishes = options.publishes or bool(shared(seen, plan))
    found = acting(plan.actions)
    if options.only != "train":
        found |= recorded(seen.world, seen.ports.git, push=publishes, only=options.environment)
    return Work(seen, plan, Guard(seen.ports, seen.world.head.commit, publishes), frozenset(found))


def _again(work: Work, narrow: Callable[[Plan], Plan], options: Options) -> Work:
    """The work as it is now that nobody else can act."""
    before = work.seen
    before.ports.writer.fetch()
    again = _work(look_again(before), narrow, options)
    check(again.seen, options)
    return again


def _compare(before: Plan, again: Work, options: Options, *, agreed: bool) -> None:
    if before.actions == again.plan.actions:
        return
    if agreed:
        raise LockHeld("others acted meanwhile, and the plan is another one now", hint="look at it: run the same again")
    console.say("Others acted meanwhile, so the plan is now:")
    show(again.seen, options)
