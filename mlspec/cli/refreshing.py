"""Refreshing before anything else is done: new data changes what there is to do, so the plan is made again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlspec.cli.applying import Options, part, show
from mlspec.cli.console import console
from mlspec.cli.progress import Progress
from mlspec.cli.session import Look, confirm, look_again
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind, Plan
from mlspec.errors import MlspecError
from mlspec.reconciler.refreshing import Refresher


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The look to go on with, and how each refresh went, by its action's id."""

    seen: Look
    actions: tuple[Action, ...] = ()
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def without(self, plan: Plan) -> Plan:
        """A plan without refreshes but for those that failed, which keep back what needs them."""
        kept = [item for item in plan.actions if item.action is not ActionKind.REFRESH or item.id in self.outcomes]
        return replace(plan, actions=tuple(kept))

    def whole(self, plan: Plan) -> Plan:
        """The plan as it was carried out: its refreshes, and what was planned after them."""
        rest = [action for action in plan.actions if action.action is not ActionKind.REFRESH]
        return replace(plan, actions=(*self.actions, *rest))


def refresh_first(seen: Look, options: Options, *, exact: bool, agreed: bool) -> Refreshed:
    """Refresh what the plan says, and look again.

    `exact`: what the first plan did not name is left for the next run. `agreed`: it is asked for once more.
    """
    actions = tuple(item for item in part(seen.plan, options.only).actions if item.action is ActionKind.REFRESH)
    if not actions:
        return Refreshed(seen)
    outcomes = run_refreshes(seen, actions, quiet=options.json == "-")
    again = look_again(seen, without={action.source for action in actions})
    done = Refreshed(again, actions, outcomes)
    return replace(done, seen=_agreed(done, seen.plan, options, exact=exact, agreed=agreed))


def run_refreshes(seen: Look, actions: tuple[Action, ...], *, quiet: bool) -> dict[str, Outcome]:
    """Refresh, and say of each what came of it."""
    progress = Progress(quiet=quiet)
    try:
        return Refresher(seen.ports, seen.world, progress).run(actions)
    finally:
        progress.close()


def _agreed(done: Refreshed, before: Plan, options: Options, *, exact: bool, agreed: bool) -> Look:
    """The new look; where somebody has to agree to it, with no more in its plan than that."""
    plan = done.without(done.seen.plan)
    known = {action.id for action in before.actions}
    news = [action for action in plan.actions if action.id not in known]
    rest = [action for action in plan.actions if action.id in known]
    if not news:
        return replace(done.seen, plan=plan)
    console.say("With the data as it is now:")
    show(replace(done.seen, plan=plan), options)
    if exact:
        console.say("The saved plan does not name all of this, so the rest is for another plan.")
        return replace(done.seen, plan=replace(plan, actions=tuple(rest)))
    if agreed and not confirm("Apply this too?", yes=False):
        raise MlspecError("nothing more was done", hint="mlspec apply goes on from here")
    return replace(done.seen, plan=plan)
