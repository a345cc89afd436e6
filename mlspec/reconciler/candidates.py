"""From a training to a version: train, judge, commit, register; a candidate that fails leaves only a memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action
from mlspec.domain.reason import ReasonKind
from mlspec.errors import MlspecError
from mlspec.kinds.gate import GateKind
from mlspec.planner.judge import failure_key, failures, gate_lines
from mlspec.planner.versions import stage_artefacts
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.intact import Planned
from mlspec.reconciler.judging import Trained, judge_candidate
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.renaming import carry_over
from mlspec.reconciler.report import Report
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.step import Step
from mlspec.reconciler.training import commit_candidate, run_stages, undo
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Candidates:
    """Trains and registers the models of one look at the world."""

    ports: Ports
    world: World
    kinds: Mapping[str, GateKind]
    report: Report
    log: Logbook
    roller: Roller
    trained: dict[str, Trained] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    """the models that are still to train"""
    runs: dict[str, Sequence[StageRun]] = field(default_factory=dict)
    spare: int = 1
    """how many trials of a search each training may run at a time"""

    def repair(self, actions: list[Action]) -> None:
        """Mend what a killed training left: an empty dvc.lock, DVC's own locks."""
        if not actions:
            return
        self.pending = {action.model for action in actions}
        _, blobs = self.ports.git.tree("HEAD")
        paths = [f"{self.world.blueprint(action.model).folder}/dvc.lock" for action in actions]
        contents = self.ports.git.read({blobs[path] for path in paths if path in blobs})
        for mended in self.ports.pipeline.repair({path: contents.get(blobs.get(path, "")) for path in paths}):
            self.report.note(f"mended what a killed run left behind: {mended}")

    def run_stages(self, action: Action) -> None:
        """Run the stages of one model; may be called from a thread of its own."""
        model = self.model(action)
        planned = Planned(self.ports, self.world, model)
        self.runs[action.model] = run_stages(planned, action, self.report, self.spare)

    def train(self, action: Action, stages: Future[None] | None, step: Step) -> None:
        """Judge what the stages made and commit it; whatever goes wrong, the tree is HEAD's again."""
        model = self.model(action)
        try:
            if stages is None:
                self.run_stages(action)
            else:
                stages.result()
                step.before = sum(run.seconds for run in self.runs[model.name])
            planned = Planned(self.ports, self.world, model)
            base = planned.base()
            seconds = training_seconds(self.runs[model.name])
            trained = judge_candidate(self.ports, self.world, model, action, self.kinds, seconds)
            step.metrics, step.lines = trained.record.metrics, gate_lines(trained.verdicts)
            if not trained.passed:
                undo(self.ports, model.blueprint, self._training(model))
                self._hold(model, action, trained, step)
                return
            commit = commit_candidate(planned, trained, base)
        except BaseException:
            undo(self.ports, model.blueprint, self._training(model))
            raise
        self.pending.discard(model.name)
        self.trained[model.name] = trained
        if trained.known:
            self.roller.versions.equals[model.name, trained.record.version] = trained.record
        else:  # a version that exists stays on its own commit
            self.roller.versions.commits[model.name, trained.record.version] = commit or self._last_commit(action.model)
        # Before the tag: a version that is tagged is not looked at again, and its training would be forgotten.
        self.log.trained(action, self.runs.get(action.model, ()), trained)
        step.version, step.detail = trained.record.version, _metrics(trained)

    def abandon(self, actions: list[Action]) -> None:
        """After an interrupt: end what still runs, and put back what was compiled or trained but not committed."""
        self.ports.pipeline.stop()
        for action in actions:
            if action.model not in self.trained:
                undo(self.ports, self.model(action).blueprint)

    def _training(self, model: DesiredModel) -> list[Blueprint]:
        """The models that train after this one."""
        self.pending.discard(model.name)
        return [self.world.blueprint(name) for name in sorted(self.pending)]

    def crashed(self, outcome: Outcome) -> None:
        """Count a training that failed, where the spec says how often it is to be tried."""
        model = self.model(outcome.action)
        if model.blueprint.retrain is not None and model.blueprint.retrain.max_failures:
            self.log.crashed(outcome.action, model.train, outcome.detail[:500])

    def register(self, action: Action, step: Step) -> None:
        """Tag what was trained now, or what a crash left untagged; or record a new description."""
        if action.model in self.trained:
            self._register_trained(self.trained[action.model], step)
        kinds = {reason.kind for reason in action.because}
        if ReasonKind.RENAMED in kinds:
            carry_over(self.ports, self.roller.stages, action.model, self.world.actual.models[action.model])
            self.log.renamed(action)
        if ReasonKind.TAG_MISSING in kinds and (left := self.world.actual.models[action.model].unregistered):
            self.roller.register(left, self._last_commit(action.model))
            self.log.left(action, left)
        if ReasonKind.DESCRIPTION_CHANGED in kinds:
            self.log.described(action, action.version, self.model(action).describe)

    def version(self, action: Action) -> str:
        """The version that an action is about, now that training is done."""
        if action.version != KNOWN_AFTER_TRAIN:
            return action.version
        return self.trained[action.model].record.version

    def model(self, action: Action) -> DesiredModel:
        """The model that an action is about."""
        return next(model for model in self.world.desired.models if model.name == action.model)

    def _hold(self, model: DesiredModel, action: Action, trained: Trained, step: Step) -> None:
        """Remember the failure, so that the same is not trained again."""
        history = self.world.actual.models.get(model.name)
        key = failure_key(model, stage_artefacts(history) if history else {})
        words = failures(trained.verdicts)
        self.log.failed(action, key, words)
        step.status, step.detail = "held", words

    def _register_trained(self, trained: Trained, step: Step) -> None:
        record = trained.record
        step.version = record.version
        if trained.known:
            step.detail = "the same bytes as before: no new version"
        else:
            self.roller.register(record, self.roller.versions.commits[record.model, record.version])

    def _last_commit(self, model: str) -> str:
        path = f"{self.world.blueprint(model).folder}/version.json"
        commit = self.ports.git.last_commit(path)
        if commit is None:
            raise MlspecError(f"no commit has `{path}`")
        return commit


def _metrics(trained: Trained) -> str:
    shown = {name: value for name, value in trained.record.metrics.items() if name != "model_size"}
    return ", ".join(f"{name} {value:.4g}" for name, value in shown.items())


def training_seconds(runs: Sequence[StageRun]) -> float:
    """How long the training alone took; negative where it was not run."""
    return next((run.seconds for run in runs if run.ran and run.stage == "train"), -1.0)
