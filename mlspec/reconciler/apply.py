"""Applying a plan: effects in an order that running again repairs, each model on its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from mlspec.domain.outcome import Outcome, Status
from mlspec.domain.plan import Action, ActionKind, Plan
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError
from mlspec.kinds.gate import GateKind
from mlspec.reconciler.candidates import Candidates
from mlspec.reconciler.compiling import write_generated
from mlspec.reconciler.guard import Guard, acting
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.merging import publish
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.replaying import Replayer
from mlspec.reconciler.report import Report
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.step import Step
from mlspec.reconciler.training import undo_killed
from mlspec.reconciler.unrecorded import record_running
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Applier:
    """Carries out one plan against the world that it was made for.

    Where `guard` holds no leases yet, those of the environments that it acts on are taken for what needs no training,
    and once more after the last training, so that hours of it keep nobody out and nobody waiting; `recorded` are
    further environments whose records are written or published.
    """

    ports: Ports
    world: World
    kinds: Mapping[str, GateKind]
    report: Report
    jobs: int = 1
    push: bool = False
    guard: Guard | None = None
    recorded: Collection[str] = ()
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    unpublished: bool = False
    models: frozenset[str] = frozenset()
    """those that the plan is about"""
    lock: Guard = field(init=False)
    roller: Roller = field(init=False)
    replayer: Replayer = field(init=False)
    candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        log = Logbook(self.ports, self.world.head.commit)
        self.lock = self.guard or Guard(self.ports, self.world.head.commit, self.push)
        self.roller = Roller(self.ports, self.world, log, self.report, self.lock.held)
        self.replayer = Replayer(self.roller, self.ports.telemetry)
        self.candidates = Candidates(self.ports, self.world, self.kinds, self.report, log, self.roller)

    def run(self, plan: Plan) -> tuple[Outcome, ...]:
        """Do all that can be done; what fails keeps back only what depends on it."""
        try:
            return self._run(plan)
        except BaseException:
            trains = [action for action in plan.actions if action.action is ActionKind.TRAIN]
            self.candidates.abandon([action for action in trains if action.id not in self.outcomes])
            raise

    def _run(self, plan: Plan) -> tuple[Outcome, ...]:
        self.models = frozenset(action.model for action in plan.actions)
        self.candidates.repair([action for action in plan.actions if action.action is ActionKind.TRAIN])
        for model in undo_killed(self.ports, self.world, plan):
            self.report.note(f"put back what a killed training of {model} left behind")
        self._compile([action for action in plan.actions if action.action is ActionKind.COMPILE], plan)
        rest = [action for action in plan.actions if action.action is not ActionKind.COMPILE]
        work = [action for action in rest if not action.environment]
        if work and (free := [action for action in independent(rest) if self._allowed(action)]):
            with self._published(acting(free)):
                self._do_all(free)
        for action, stages in self._with_stages(work):
            self._do(action, stages)
        last = [action for action in rest if action.environment and self._allowed(action)]
        with self._published(acting(last) | set(self.recorded)):
            self._do_all(last)
            record_running(self.ports, self.world, self.roller.log, plan, self.lock.held)
        return tuple(self._settled(action) for action in plan.actions)

    @contextmanager
    def _published(self, environments: set[str]) -> Iterator[None]:
        """For all that others could see: under the leases of its environments, and published under them."""
        with self.lock.undisturbed(self.world, environments, self.report.note):
            yield
            if self.push:
                self._publish()

    def _do_all(self, actions: Sequence[Action]) -> None:
        """Actions in environments, but for those of models that somebody suspended while others were trained."""
        stopped = self.lock.suspended(self.world, {action.model for action in actions})
        for action in actions:
            if action.model in stopped:
                self._end(Outcome(action, "held", f"{HeldReason.SUSPENDED}: {stopped[action.model]}"))
            self._do(action)

    def _compile(self, actions: list[Action], plan: Plan) -> None:
        """Write generated files; those of models that train are committed with the training."""
        training = {action.model for action in plan.actions if action.action is ActionKind.TRAIN}
        paths: list[str] = []
        for action in actions:
            with self._step(action) as step:
                written = write_generated(self.ports, self.world, action)
                paths += written if action.model not in training else []
                step.detail = f"{len(written)} file{'' if len(written) == 1 else 's'}"
        if paths:
            self.ports.writer.commit(paths, "mlspec: compile")
            self.unpublished = True

    def _with_stages(self, actions: list[Action]) -> Iterator[tuple[Action, Future[None] | None]]:
        """The actions in order; with several jobs the stages of so many models run at a time.

        What is trained first is judged and committed first, so that an interrupt costs what it must and no more.
        """
        trains = [action for action in actions if action.action is ActionKind.TRAIN and self._allowed(action)]
        pool = ThreadPoolExecutor(max(1, self.jobs))
        # What the models leave of the jobs goes to the trials of their searches.
        self.candidates.spare = max(1, self.jobs // max(1, len(trains)))
        run = self.candidates.run_stages
        futures = {action.model: pool.submit(run, action) for action in trains} if self.jobs > 1 else {}
        try:
            yield from ((action, None) for action in actions if not futures or action.model not in futures)
            for future in as_completed(futures.values()):
                yield from (
                    (action, futures[action.model]) for action in actions if futures.get(action.model) is future
                )
        finally:
            # After an interrupt, what has not begun does not begin; what runs is ended by `abandon`.
            pool.shutdown(wait=False, cancel_futures=True)

    def _do(self, action: Action, stages: Future[None] | None = None) -> None:
        if not self._allowed(action):
            return
        with self._step(action) as step:
            if action.environment:
                self.lock.check(action.environment)
                self._act_at(action, step)
            elif action.action is ActionKind.TRAIN:
                self.candidates.train(action, stages, step)
            else:
                self.candidates.register(action, step)
        self.unpublished = True

    def _act_at(self, action: Action, step: Step) -> None:
        """An action in an environment."""
        match action.action:
            case ActionKind.PROMOTE:
                step.version = self.candidates.version(action)
                if held := self.roller.refused(action, step.version):
                    step.status, step.detail = "held", f"{held.reason}: {held.message}"
                else:
                    self.roller.promote(action.model, action.environment, step.version)
            case ActionKind.ROLLBACK:
                self.roller.roll_back(action)
            case ActionKind.BUILD:
                self._build(action, step)
            case ActionKind.REPLAY | ActionKind.SHADOW | ActionKind.CANARY | ActionKind.WITHDRAW:
                self._announce()
                step.version = self.candidates.version(action)
                step.detail = self.replayer.act(action, step.version)
            case ActionKind.DEPLOY | ActionKind.SCALE | ActionKind.RESTART:
                self._deploy(action, step)
            case ActionKind.RETIRE:
                self.roller.retire(action)
            case _:
                raise MlspecError(f"the action `{action.action}` does not work yet in this version of mlspec")

    def _build(self, action: Action, step: Step) -> None:
        step.version = self.candidates.version(action)
        self._announce()
        step.detail = self.roller.build(action, step.version).words

    def _deploy(self, action: Action, step: Step) -> None:
        self._announce()
        running = self.roller.deploy(action, self.candidates.version(action))
        step.version, step.detail = running.version, running.endpoint

    def _announce(self) -> None:
        """Nothing is announced before what it names exists: with --push, everybody can see the version first."""
        if self.push and self.unpublished:
            self._publish()

    def _publish(self) -> None:
        branch = self.world.head.branch
        if self.world.head.has_remote and branch is not None:
            publish(self.lock, self.world, branch, self.models, self.report.note)
            self.unpublished = False

    def stopped(self, plan: Plan, why: str) -> tuple[Outcome, ...]:
        """How each action went of a run that had to stop."""
        return tuple(self.outcomes.get(action.id) or Outcome(action, "skipped", why) for action in plan.actions)

    def _step(self, action: Action) -> Step:
        self.report.started(action)
        return Step(action, self._end)

    def _allowed(self, action: Action) -> bool:
        """Whether everything that the action depends on is done; if not, it is skipped because of that."""
        if action.id in self.outcomes:
            return False
        for name in action.depends_on:
            before = self.outcomes.get(name)
            if before is None or before.status == "done":
                continue
            held = before.status == "held"
            why = f"{before.action.id.replace(':', ' ')} {'is held' if held else 'failed'}"
            if before.status == "skipped":
                why = before.detail  # what kept that back keeps this back
            self._end(Outcome(action, "held" if held else "skipped", why))
            return False
        return True

    def _settled(self, action: Action) -> Outcome:
        """The outcome in the end: what was compiled for a training that came to nothing was put back."""
        outcome = self.outcomes[action.id]
        training = self.outcomes.get(f"{ActionKind.TRAIN}:{action.model}")
        if action.action is ActionKind.COMPILE and training is not None and training.status != "done":
            status: Status = "held" if training.status == "held" else "skipped"
            return replace(outcome, status=status, detail=f"put back, as train {action.model} is {training.status}")
        return outcome

    def _end(self, outcome: Outcome) -> None:
        self.outcomes[outcome.action.id] = outcome
        self.report.ended(outcome)
        if outcome.status == "failed" and outcome.action.action is ActionKind.TRAIN:
            self.candidates.crashed(outcome)


def independent(actions: Iterable[Action]) -> list[Action]:
    """Those at places that need no training or registration of this plan, in its order.

    They come first: a server that is down, or a version that does not keep its word, must not wait for hours until
    another model is trained.
    """
    waiting: set[str] = set()
    free: list[Action] = []
    for action in actions:  # what an action depends on comes before it
        if action.environment and waiting.isdisjoint(action.depends_on):
            free.append(action)
        else:
            waiting.add(action.id)
    return free
