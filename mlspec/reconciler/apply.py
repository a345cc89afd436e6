"""Applying a plan: effects in an order that running again repairs, each model on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from mlspec.domain.desired import DesiredModel
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Plan
from mlspec.domain.reason import ReasonKind
from mlspec.errors import MlspecError
from mlspec.kinds.gate import GateKind
from mlspec.planner.judge import failure_key, failures
from mlspec.planner.versions import stage_artefacts
from mlspec.reconciler.compiling import write_generated
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.report import Report
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.step import Step
from mlspec.reconciler.training import Trained, commit_candidate, judge_candidate, run_stages, undo
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Applier:
    """Carries out one plan against the world that it was made for."""

    ports: Ports
    world: World
    kinds: Mapping[str, GateKind]
    report: Report
    jobs: int = 1
    push: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    trained: dict[str, Trained] = field(default_factory=dict)
    unpublished: bool = False
    log: Logbook = field(init=False)
    roller: Roller = field(init=False)

    def __post_init__(self) -> None:
        self.log = Logbook(self.ports, self.world.head.commit)
        self.roller = Roller(self.ports, self.world, self.log)

    def run(self, plan: Plan) -> tuple[Outcome, ...]:
        """Do all that can be done; what fails keeps back only what depends on it."""
        self._compile([action for action in plan.actions if action.action is ActionKind.COMPILE], plan)
        rest = [action for action in plan.actions if action.action is not ActionKind.COMPILE]
        for action, stages in self._with_stages(rest):
            self._do(action, stages)
        if self.push:
            self._publish()
        return tuple(self.outcomes[action.id] for action in plan.actions)

    def _compile(self, actions: list[Action], plan: Plan) -> None:
        """Write generated files; those of models that train are committed with the training."""
        training = {action.model for action in plan.actions if action.action is ActionKind.TRAIN}
        paths: list[str] = []
        for action in actions:
            with self._step(action) as step:
                written = write_generated(self.ports, self.world, action)
                paths += written if action.model not in training else []
                step.detail = f"{len(written)} files"
        if paths:
            self.ports.writer.commit(paths, "mlspec: compile")
            self.unpublished = True

    def _with_stages(self, actions: list[Action]) -> Iterator[tuple[Action, Future[object] | None]]:
        """The other actions, model by model as soon as a model's stages are through; `jobs` models run at a time."""
        trains = [action for action in actions if action.action is ActionKind.TRAIN and self._allowed(action)]
        with ThreadPoolExecutor(max(1, self.jobs)) as pool:
            futures = {action.model: pool.submit(self._stages, action) for action in trains} if self.jobs > 1 else {}
            for action in actions:
                future = futures.get(action.model) if action.action is ActionKind.TRAIN else None
                yield action, future

    def _stages(self, action: Action) -> object:
        return run_stages(self.ports, self._model(action), action, self.report)

    def _do(self, action: Action, stages: Future[object] | None) -> None:
        if not self._allowed(action):
            return
        with self._step(action) as step:
            match action.action:
                case ActionKind.TRAIN:
                    self._train(action, stages, step)
                case ActionKind.REGISTER:
                    self._register(action, step)
                case ActionKind.PROMOTE:
                    self.roller.promote(action.model, action.environment, self._version(action))
                    self.unpublished = True
                    step.version = self._version(action)
                case ActionKind.DEPLOY | ActionKind.SCALE | ActionKind.RESTART:
                    self._deploy(action, step)
                case _:
                    raise MlspecError(f"the action `{action.action}` does not work yet in this version of mlspec")

    def _step(self, action: Action) -> Step:
        self.report.started(action)
        return Step(action, self._end)

    def _allowed(self, action: Action) -> bool:
        """Whether everything that the action depends on is done; if not, it is skipped because of that."""
        if action.id in self.outcomes:
            return False
        for name in action.depends_on:
            before = self.outcomes.get(name)
            if before is not None and before.status != "done":
                why = "held" if before.status == "held" else f"because {before.action.id.replace(':', ' ')} failed"
                self._end(Outcome(action, "held" if before.status == "held" else "skipped", why))
                return False
        return True

    def _train(self, action: Action, stages: Future[object] | None, step: Step) -> None:
        model = self._model(action)
        blueprint = model.blueprint
        try:
            stages.result() if stages is not None else self._stages(action)
            trained = judge_candidate(self.ports, self.world, model, action, self.kinds)
            if not trained.passed:
                undo(self.ports, blueprint)
                history = self.world.actual.models.get(model.name)
                key = failure_key(model, stage_artefacts(history) if history else {})
                words = failures(trained.verdicts)
                self.log.failed(action, key, words)
                step.status, step.detail = "held", words
                return
            commit = commit_candidate(self.ports, blueprint, trained)
        except BaseException:
            undo(self.ports, blueprint)
            raise
        self.unpublished = True
        self.trained[model.name] = trained
        step.version = trained.record.version
        step.detail = _metrics(trained)
        self.roller.commits[model.name, trained.record.version] = commit or self._last_commit(action.model)

    def _register(self, action: Action, step: Step) -> None:
        """Tag what was trained now, or what a crash left untagged; or record a new description."""
        trained = self.trained.get(action.model)
        if trained is not None:
            record = trained.record
            if not trained.known:
                self.roller.register(record, self.roller.commits[action.model, record.version])
            self.log.trained(action, record, self.outcomes[f"train:{action.model}"].seconds, known=trained.known)
            step.detail = "the same bytes as before: no new version" if trained.known else ""
            step.version = record.version
        kinds = {reason.kind for reason in action.because}
        if ReasonKind.TAG_MISSING in kinds and (left := self.world.actual.models[action.model].unregistered):
            self.roller.register(left, self._last_commit(action.model))
        if ReasonKind.DESCRIPTION_CHANGED in kinds:
            self.log.described(action, action.version, self._model(action).describe)
        self.unpublished = True

    def _deploy(self, action: Action, step: Step) -> None:
        if self.push and self.unpublished:
            self._publish()
        running = self.roller.deploy(action, self._version(action))
        step.version, step.detail = running.version, running.endpoint

    def _publish(self) -> None:
        if self.world.head.has_remote and self.world.head.branch is not None:
            self.ports.writer.push(self.world.head.branch)
            self.unpublished = False

    def _version(self, action: Action) -> str:
        if action.version != KNOWN_AFTER_TRAIN:
            return action.version
        return self.trained[action.model].record.version

    def _model(self, action: Action) -> DesiredModel:
        return next(model for model in self.world.desired.models if model.name == action.model)

    def _last_commit(self, model: str) -> str:
        path = f"{self.world.blueprint(model).folder}/version.json"
        commit = self.ports.git.last_commit(path)
        if commit is None:
            raise MlspecError(f"no commit has `{path}`")
        return commit

    def _end(self, outcome: Outcome) -> None:
        self.outcomes[outcome.action.id] = outcome
        self.report.ended(outcome)


def _metrics(trained: Trained) -> str:
    shown = {name: value for name, value in trained.record.metrics.items() if name != "model_size"}
    return ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
