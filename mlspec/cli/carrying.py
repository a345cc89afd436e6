"""Carrying out a plan for `apply` and `reconcile`: progress, outcomes, exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlspec.cli.applying import Options, check, part, rest
from mlspec.cli.console import console
from mlspec.cli.endpoint import curl_line
from mlspec.cli.leasing import Work, settled
from mlspec.cli.progress import Progress
from mlspec.cli.refreshing import refresh_first
from mlspec.cli.report import report_markdown
from mlspec.cli.session import Look, gate_kinds, look_again, write_document
from mlspec.cli.show import outcome_text, place, summary
from mlspec.cli.tracking import tell_tracker
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import ActionKind, Plan
from mlspec.errors import EXIT_DONE, EXIT_ERROR, LeaseLost, LockHeld, MlspecError, Superseded
from mlspec.reconciler.apply import Applier

Told = Callable[[Sequence[Outcome]], None]
Heard = Callable[[Outcome], None]


def conclude(
    seen: Look,
    options: Options,
    *,
    exact: bool = False,
    agreed: bool = False,
    told: Told = lambda _: None,
    heard: Heard = lambda _: None,
) -> int:
    """Apply the plan, or the part of it that was asked for; the exit code.

    `exact`: nothing that the plan does not name. `agreed`: nothing if it has become another one meanwhile.
    `told`: hears how all actions went; `heard`: of each as it ends, maybe by several threads.
    """
    run = _Run(options, part(seen.plan, options.only), heard)
    try:
        check(seen, options)
        if seen.plan.actions and not run.plan.actions and options.only != "publish":
            console.say(f"nothing of this is done by --only {options.only}")
        run.all(seen, exact=exact, agreed=agreed)
    except (LockHeld, LeaseLost) as error:
        run.tell(seen, stopped=error)
        raise
    run.tell(seen)
    told(run.outcomes)
    tell_tracker(seen.ports, seen.world)
    return EXIT_ERROR if any(outcome.status in {"failed", "skipped"} for outcome in run.outcomes) else EXIT_DONE


@dataclass(slots=True)
class _Run:
    """One run, and what it has done so far."""

    options: Options
    plan: Plan
    heard: Heard
    outcomes: list[Outcome] = field(default_factory=list)

    def all(self, seen: Look, *, exact: bool, agreed: bool) -> None:
        """The plan; and after a held training what the specs want of the versions that stay, such as other replicas."""
        done = refresh_first(seen, self.options, exact=exact, agreed=agreed)
        self.outcomes += done.outcomes.values()
        named = {action.id for action in done.seen.plan.actions}

        def narrow(plan: Plan) -> Plan:
            found = done.without(part(plan, self.options.only))
            return replace(found, actions=tuple(item for item in found.actions if not exact or item.id in named))

        with settled(done.seen, narrow, self.options, agreed=exact or agreed) as work:
            self.plan = done.whole(work.plan)
            self._apply(work, done.outcomes)
        held = frozenset(outcome.action.model for outcome in self.outcomes if _held_training(outcome))
        if not held or exact:
            return
        again = look_again(done.seen)
        with settled(again, lambda plan: rest(narrow(plan), held), self.options, agreed=False) as work:
            if work.plan.actions:
                console.say(f"The version that stays: {summary(work.plan)}")
            self._apply(work)

    def _apply(self, work: Work, before: Mapping[str, Outcome] | None = None) -> None:
        progress = Progress(quiet=self.options.json == "-", heard=self.heard)
        seen = work.seen
        applier = Applier(
            seen.ports,
            seen.world,
            gate_kinds(),
            progress,
            jobs=self.options.jobs,
            push=work.guard.shared,
            guard=work.guard,
            recorded=work.environments,
            outcomes=dict(before or {}),
        )
        try:
            self._take(applier.run(work.plan))
        except (LockHeld, LeaseLost) as error:
            self._take(applier.stopped(work.plan, error.message))
            raise
        finally:
            progress.close()

    def _take(self, outcomes: Sequence[Outcome]) -> None:
        """Refreshes are over by then."""
        self.outcomes += [outcome for outcome in outcomes if outcome.action.action is not ActionKind.REFRESH]

    def tell(self, seen: Look, *, stopped: MlspecError | None = None) -> None:
        """What was done, and where it answers."""
        options = self.options
        if options.json:
            write_document(_document(self.plan, self.outcomes, stopped), options.json)
        if options.markdown:
            write_document(report_markdown(seen.world.actual.models, self.outcomes), options.markdown)
        if self.outcomes:
            _closing(self.outcomes, console.say if options.json == "-" else console.out)
        if options.json != "-":
            _endpoints(seen, self.outcomes)


def _held_training(outcome: Outcome) -> bool:
    return outcome.status == "held" and outcome.action.action is ActionKind.TRAIN


def _document(plan: Plan, outcomes: Sequence[Outcome], stopped: MlspecError | None) -> str:
    """The plan and its outcomes; and of a run that others stopped, why."""
    document = plan.to_json() | {"outcomes": [outcome.to_json() for outcome in outcomes]}
    if stopped is not None:
        reason = "Superseded" if isinstance(stopped, Superseded) else "Held"
        document["stopped"] = {"reason": reason, "message": stopped.message}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _closing(outcomes: Sequence[Outcome], write: Callable[[str], None]) -> None:
    """`Applied: 3 done, 1 held.`, and what kept the rest back."""
    counts = {status: sum(outcome.status == status for outcome in outcomes) for status in _ORDER}
    words = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    write(console.style(f"Applied: {words}.", "bold"))
    for outcome in outcomes:
        if outcome.status == "failed" or _held_training(outcome):
            write(outcome_text(outcome, console))
    for why, skipped in _skipped(outcomes).items():
        write(f"  {console.style('-', 'dim')} skipped, as {why}: {', '.join(skipped)}")


def _skipped(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """What kept actions back → those that it kept back."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status == "skipped":
            found.setdefault(outcome.detail, []).append(f"{outcome.action.action} {place(outcome.action)}")
    return found


_ORDER = ("done", "held", "failed", "skipped")


def _endpoints(seen: Look, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.status == "done" and outcome.detail.startswith("http"):
            action, endpoint = outcome.action, outcome.detail
            console.out(f"{action.model} {outcome.version} → {action.environment}: {endpoint}")
            blueprint = seen.world.blueprint(action.model)
            console.out(curl_line(seen.ports.files, blueprint, action.environment, endpoint))
