"""Carrying out a plan for `apply` and `reconcile`: progress, outcomes, exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from mlspec.cli.console import console
from mlspec.cli.endpoint import curl_line
from mlspec.cli.progress import Progress
from mlspec.cli.session import Look, gate_kinds, look, write_document
from mlspec.cli.show import outcome_text, plan_text, summary
from mlspec.cli.wiring import RealPorts
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, ActionKind, Plan
from mlspec.errors import EXIT_DONE, EXIT_ERROR, MlspecError
from mlspec.reconciler.apply import Applier
from mlspec.reconciler.safety import commits, refuse_unsafe

_PARTS = {
    "": frozenset(ActionKind),
    "train": frozenset({ActionKind.COMPILE, ActionKind.TRAIN, ActionKind.REGISTER}),
    "publish": frozenset[ActionKind](),
    "deploy": frozenset(ActionKind) - {ActionKind.COMPILE, ActionKind.TRAIN, ActionKind.REGISTER},
}


@dataclass(frozen=True, slots=True)
class Options:
    """What `apply` and `reconcile` share."""

    environment: str
    push: bool
    only: str
    jobs: int
    json: str


def prepare(ports: RealPorts) -> None:
    """Learn what origin knows; without an answer the work goes on with what this clone knows."""
    try:
        ports.writer.fetch()
    except MlspecError as error:
        console.say(f"warning: origin was not fetched: {error.message}")


def show(plan: Plan, options: Options) -> None:
    """The plan on standard output, or beside it where that belongs to JSON."""
    text = plan_text(plan, console)
    if options.json == "-":
        console.say(text)
    else:
        console.out(text)


def check(seen: Look, options: Options) -> None:
    """MlspecError where the plan could not be carried out to its end: said before anything is trained."""
    plan = part(seen.plan, options.only)
    refuse_unsafe(plan, seen.world)
    if (options.push or options.only == "publish") and not seen.world.head.has_remote:
        raise MlspecError("there is no remote to push to", hint="git remote add origin ADDRESS, or leave out --push")
    _check_branch(seen, commits=commits(plan), pushes=options.push or options.only == "publish")


def _check_branch(seen: Look, *, commits: bool, pushes: bool) -> None:
    """MlspecError where commits could not be made on the branch, or not be pushed."""
    from mlspec.adapters.git.command import Command  # noqa: PLC0415 - imports GitPython, as writing does
    from mlspec.adapters.git.commits import refuse_unfinished  # noqa: PLC0415
    from mlspec.adapters.git.publish import refuse_behind  # noqa: PLC0415

    if commits:
        refuse_unfinished(Command(seen.ports.root))
    if pushes and seen.world.head.branch is not None:
        refuse_behind(Command(seen.ports.root), seen.world.head.branch)


def conclude(seen: Look, options: Options, *, exact: bool = False) -> int:
    """Apply the plan, or the part of it that was asked for; the exit code. `exact`: nothing that it does not name."""
    check(seen, options)
    plan = part(seen.plan, options.only)
    if seen.plan.actions and not plan.actions and options.only != "publish":
        console.say(f"nothing of this is done by --only {options.only}")
    outcomes = _apply(seen, plan, options)
    held = frozenset(outcome.action.model for outcome in outcomes if _held_training(outcome))
    if held and not exact:
        outcomes += _apply_rest(seen, options, held)
    if options.json:
        write_document(_document(plan, outcomes), options.json)
    if outcomes:
        _closing(outcomes, console.say if options.json == "-" else console.out)
    if options.json != "-":
        _endpoints(seen, outcomes)
    return EXIT_ERROR if any(outcome.status in {"failed", "skipped"} for outcome in outcomes) else EXIT_DONE


def _apply(seen: Look, plan: Plan, options: Options) -> tuple[Outcome, ...]:
    progress = Progress(quiet=options.json == "-")
    push = options.push or options.only == "publish"
    applier = Applier(seen.ports, seen.world, gate_kinds(), progress, options.jobs, push)
    try:
        return applier.run(plan)
    finally:
        progress.close()


def _apply_rest(seen: Look, options: Options, held: frozenset[str]) -> tuple[Outcome, ...]:
    """After a held training: what the specs want of the versions that stay, such as other replicas."""
    again = look(seen.ports, tuple(seen.selection.models), seen.selection.environment)
    plan = rest(part(again.plan, options.only), held)
    if plan.actions:
        console.say(f"The version that stays: {summary(plan)}")
    return _apply(again, plan, options)


def _held_training(outcome: Outcome) -> bool:
    return outcome.status == "held" and outcome.action.action is ActionKind.TRAIN


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


def _document(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    document = plan.to_json() | {"outcomes": [outcome.to_json() for outcome in outcomes]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _closing(outcomes: Sequence[Outcome], write: Callable[[str], None]) -> None:
    """`Applied: 3 done, 1 held.`, and what kept the rest back."""
    counts = {status: sum(outcome.status == status for outcome in outcomes) for status in _ORDER}
    words = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    write(console.style(f"Applied: {words}.", "bold"))
    for outcome in outcomes:
        if outcome.status == "failed" or _held_training(outcome):
            write(outcome_text(outcome, console))


_ORDER = ("done", "held", "failed", "skipped")


def _endpoints(seen: Look, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.status == "done" and outcome.detail.startswith("http"):
            console.out(f"{outcome.action.model} {outcome.version} → {outcome.action.environment}: {outcome.detail}")
            console.out(curl_line(seen.ports.files, seen.world.blueprint(outcome.action.model), outcome.detail))
