"""What `apply` and `reconcile` share before anything is done: options, the plan shown and checked, parts of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mlspec.cli.console import console
from mlspec.cli.session import Look, is_fetched
from mlspec.cli.show import plan_text
from mlspec.cli.wiring import RealPorts
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, ActionKind, Plan
from mlspec.errors import MlspecError, Superseded
from mlspec.reconciler.guard import acting, is_shared
from mlspec.reconciler.merging import obstacle
from mlspec.reconciler.safety import commits, refuse_unsafe

_PARTS = {
    "": frozenset(ActionKind),
    "train": frozenset({ActionKind.REFRESH, ActionKind.COMPILE, ActionKind.TRAIN, ActionKind.REGISTER}),
    "publish": frozenset[ActionKind](),
    "deploy": frozenset(ActionKind) - {ActionKind.REFRESH, ActionKind.COMPILE, ActionKind.TRAIN, ActionKind.REGISTER},
}


@dataclass(frozen=True, slots=True)
class Options:
    """What `apply` and `reconcile` share.

    `reached`: whether origin answered, if there is one. `offline`: sources are not asked whether they changed.
    `prune`: at how many places at most that no spec asks for any more what runs may be retired.
    """

    environment: str
    push: bool
    only: str
    jobs: int
    json: str
    markdown: str = ""
    reached: bool = True
    offline: bool = False
    prune: int = 0

    @property
    def publishes(self) -> bool:
        """Whether publishing was asked for."""
        return self.push or self.only == "publish"


def prepare(ports: RealPorts, options: Options) -> Options:
    """Learn what origin knows; without an answer the work goes on with what this clone knows, as far as it can."""
    if options.only == "train" and not options.push and is_fetched():
        return options
    try:
        ports.writer.fetch()
    except MlspecError as error:
        console.say(f"warning: origin was not fetched: {error.message}")
        return replace(options, reached=False)
    return options


def show(seen: Look, options: Options) -> None:
    """The plan on standard output, or beside it where that belongs to JSON."""
    text = plan_text(seen.plan, console)
    if options.json == "-":
        console.say(text)
    else:
        console.out(text)
    if (others := shared(seen, part(seen.plan, options.only))) and not options.publishes:
        console.say(f"Others reach {_and(others)}, so this is published to origin first, as with --push.")


def shared(seen: Look, plan: Plan) -> list[str]:
    """The environments that a plan acts on and other machines reach: these have to know what runs there.

    Without an origin nobody else knows of them by this project.
    """
    if not seen.world.head.has_remote:
        return []
    return sorted(name for name in acting(plan.actions) if is_shared(seen.ports, seen.world, [name]))


def check(seen: Look, options: Options) -> None:
    """MlspecError where the plan could not be carried out to its end: said before anything is trained."""
    plan = part(seen.plan, options.only)
    refuse_unsafe(plan, seen.world)
    if options.publishes and not seen.world.head.has_remote:
        raise MlspecError("there is no remote to push to", hint="git remote add origin ADDRESS, or leave out --push")
    others = shared(seen, plan)
    if seen.world.head.has_remote and not options.reached:
        _refuse_silent(others, asked=options.publishes)
    _check_branch(seen, plan, pushes=options.publishes or bool(others))


def _refuse_silent(others: list[str], *, asked: bool) -> None:
    """Where others act too, origin says who may, and it is where they learn what was done."""
    hint = "check the network and your access to it"
    if others:
        why = f"origin does not answer, and it says who may act on {_and(others)}, which others reach too"
        raise MlspecError(why, hint=f"{hint}; nobody else is asked in a clone without origin")
    if asked:
        raise MlspecError("origin does not answer, so nothing could be published", hint=f"{hint}, or leave out --push")


def _and(names: list[str]) -> str:
    return " and ".join(names)


def _check_branch(seen: Look, plan: Plan, *, pushes: bool) -> None:
    """MlspecError where commits could not be made on the branch, or not be pushed."""
    from mlspec.adapters.git.command import Command  # noqa: PLC0415 - imports GitPython, as writing does
    from mlspec.adapters.git.commits import refuse_unfinished  # noqa: PLC0415

    branch = seen.world.head.branch
    if commits(plan):
        refuse_unfinished(Command(seen.ports.place.top))
    if pushes and branch is not None:
        try:
            refuse_branch_behind(seen.ports, branch)
        except MlspecError as behind:
            if commits(plan) or (found := seen.ports.git.divergence(branch)).subjects:
                raise
            _refuse_superseded(behind, obstacle(seen.world, found, {action.model for action in plan.actions}))


def _refuse_superseded(behind: MlspecError, why: str) -> None:
    """Nothing of ours is to come to a branch that only went on: what is new there either concerns this plan, or not."""
    if why:
        hint = "the newest one wins; `git pull` and run the same again if there is more to do"
        raise Superseded(behind.message, hint=hint, details=(*behind.details, why)) from behind


def refuse_branch_behind(ports: RealPorts, branch: str) -> None:
    """MlspecError where a push of the branch would be rejected, as far as was fetched."""
    from mlspec.adapters.git.command import Command  # noqa: PLC0415 - imports GitPython, as writing does
    from mlspec.adapters.git.publish import refuse_behind  # noqa: PLC0415

    refuse_behind(Command(ports.place.top), branch)


def part(plan: Plan, only: str) -> Plan:
    """The actions of one part; what needs a version that this run does not make is left out."""
    kinds = _PARTS[only]
    actions = [action for action in plan.actions if action.action in kinds]
    if only == "deploy":
        actions = [action for action in actions if action.version != KNOWN_AFTER_TRAIN]
    return replace(plan, actions=tuple(actions))


def rest(plan: Plan, models: Collection[str]) -> Plan:
    """The actions of some models that train nothing: what failed beside them is not tried twice in one run."""
    wanted = [action for action in plan.actions if action.model in models and action.version != KNOWN_AFTER_TRAIN]
    return replace(plan, actions=tuple(wanted))
