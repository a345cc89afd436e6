"""What is to be done at each place of a model: promote, build, deploy, scale, restart, or hold back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from mlspec.domain.actual import Actual, ModelHistory, Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, DesiredDeployment, DesiredModel
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.planner.builds import Builds
from mlspec.planner.canaries import by_stage, stage, waiting
from mlspec.planner.obstacles import is_same, obstacle, off_default_branch
from mlspec.planner.profiles import served_version, told_version
from mlspec.planner.promotions import Promotions
from mlspec.planner.replays import replay_step
from mlspec.planner.settings import Change, settings_change

Step = Action | Held

_OF_CANDIDATES: Final = frozenset({ActionKind.DEPLOY, ActionKind.SHADOW, ActionKind.CANARY})


@dataclass(slots=True)
class Rollouts:
    """The places of one model, environments before those that follow them."""

    model: DesiredModel
    history: ModelHistory
    actual: Actual
    builds: Builds
    promotions: Promotions
    selected: str = ""
    """the only environment to act in; the others count as they are"""
    settled: dict[str, str] = field(default_factory=dict)
    """environment → the id of the last action planned there; absent where it is held"""

    @property
    def blueprint(self) -> Blueprint:
        """What the model's spec says."""
        return self.model.blueprint

    def steps(self) -> Iterator[Step]:
        """All steps, in order."""
        for deployment in in_order(self.blueprint.deployments):
            steps = self._at(deployment)
            if self.selected in {"", deployment.environment}:
                yield from steps
            elif steps:
                self.settled.pop(deployment.environment, None)

    def _at(self, deployment: DesiredDeployment) -> list[Step]:
        place = Place(deployment.environment, self.blueprint.name)
        promotion = self.promotions.step(place, deployment, self.settled)
        moved = promotion if isinstance(promotion, Action) else None
        wanted = moved.version if moved else str(self.history.stages.get(place.environment, ""))
        deployment = told_version(deployment, wanted, self.blueprint, self.history)
        changes = list(self._deployment(place, deployment, wanted, moved)) if wanted else []
        if isinstance(promotion, Held):
            changes = [step for step in changes if not isinstance(step, Held) or step.reason is not promotion.reason]
        steps = [promotion, *changes] if promotion else changes
        if wanted and not any(isinstance(step, Held) for step in steps):
            self.settled[place.environment] = steps[-1].id if steps and isinstance(steps[-1], Action) else ""
        return steps

    def _deployment(
        self, place: Place, deployment: DesiredDeployment, wanted: str, promotion: Action | None
    ) -> Iterator[Step]:
        """What it takes to run the version that is wanted here, if anything, or why it is not done."""
        running = self.actual.running.get(place)
        if isinstance(running, Unseen):
            # It is worth a word only where something would be done, or where there is something to be mended.
            known = _recorded(self.actual.rollouts.get(place), wanted, deployment) and not running.detail
            held = None if known else obstacle(place, deployment, wanted, self.history, self.actual)
            yield from [held] if held else []
            return
        withdrawal = self._withdrawal(place, wanted, running, promotion)
        yield from withdrawal
        change = self._change(place, deployment, wanted, running)
        if change is None:
            return
        if held := obstacle(place, deployment, wanted, self.history, self.actual):
            yield held
            return
        before = tuple(action.id for action in withdrawal)
        for step in self._rollout(deployment, wanted, running, promotion, change):
            yield replace(step, depends_on=(*before, *step.depends_on)) if isinstance(step, Action) else step

    def _rollout(
        self,
        deployment: DesiredDeployment,
        wanted: str,
        running: Running | None,
        promotion: Action | None,
        change: Change,
    ) -> Iterator[Step]:
        """A change, with what has to come before it."""
        place = Place(deployment.environment, self.blueprint.name)
        back = promotion is not None and promotion.action is ActionKind.ROLLBACK
        if change[0] is ActionKind.DEPLOY and running is not None and not back:
            found = stage(deployment, wanted, running, self.actual)
            if found == "wait":
                yield waiting(running, deployment, self.actual)
                return
            change = by_stage(found, deployment, wanted, running, self.actual, change)
        kind, reasons = change
        after = [promotion.id] if promotion else []
        build = None if kind is ActionKind.SCALE else self._build(deployment, wanted)
        if build is not None:
            if self.builds.claim(build):
                yield replace(build, depends_on=tuple(after))
            after.append(self.builds.of(build))
        if kind in _OF_CANDIDATES and not back:
            replay = replay_step(self.blueprint, deployment, wanted, self.history, self.actual)
            if replay is not None:
                yield replace(replay, depends_on=tuple(after))
                after.append(replay.id)
        yield Action(kind, place.model, place.environment, wanted, reasons, tuple(after))

    def _withdrawal(
        self, place: Place, wanted: str, running: Running | None, promotion: Action | None
    ) -> tuple[Action, ...]:
        """A candidate beside it that nobody wants any more goes, and at once: all else here may take its time."""
        if running is None or running.canary is None or running.version != wanted or off_default_branch(self.actual):
            return ()
        canary = running.canary
        because = Reason(ReasonKind.CANARY_UNWANTED, canary.version, canary.version, running.version)
        after = (promotion.id,) if promotion else ()
        return (Action(ActionKind.WITHDRAW, place.model, place.environment, canary.version, (because,), after),)

    def _build(self, deployment: DesiredDeployment, wanted: str) -> Action | None:
        """The build that comes before a deployment here, if there is to be one at all."""
        if self.selected not in {"", deployment.environment}:
            return None
        return self.builds.wanted(deployment, wanted, self._record(wanted))

    def _change(
        self, place: Place, deployment: DesiredDeployment, wanted: str, running: Running | None
    ) -> Change | None:
        where = self.blueprint.where(deployment.line)
        if running is None:
            kind = ActionKind.RESTART if self._ran(place, deployment, wanted) else ActionKind.DEPLOY
            return kind, (Reason(ReasonKind.NOTHING_RUNNING, str(place), where=where),)
        if running.version != wanted:
            return ActionKind.DEPLOY, (Reason(ReasonKind.VERSION_CHANGED, "version", running.version, wanted, where),)
        record = self._record(wanted)
        if record and running.artefact != record.artefact_digest:
            reason = Reason(ReasonKind.ARTEFACT_DIFFERS, "artefact", running.artefact, record.artefact_digest, where)
            return ActionKind.DEPLOY, (reason,)
        return settings_change(self.blueprint, deployment, running)

    def _record(self, version: str) -> VersionRecord | None:
        """A version's record; None for the one that a training will make."""
        if version == KNOWN_AFTER_TRAIN:
            return None
        left = self.history.unregistered
        record = left if left and left.version == version else self.history.versions[Version.parse(version)]
        return served_version(self.blueprint, record, self.history)

    def _ran(self, place: Place, deployment: DesiredDeployment, wanted: str) -> bool:
        last = self.actual.rollouts.get(place)
        return last is not None and last.outcome == "deployed" and is_same(last, wanted, deployment)


def in_order(deployments: tuple[DesiredDeployment, ...]) -> tuple[DesiredDeployment, ...]:
    """Each environment after the one that it takes its versions from; the spec's check has ruled out cycles."""
    done: list[DesiredDeployment] = []
    waiting = list(deployments)
    while waiting:
        names = {deployment.environment for deployment in waiting}
        ready = [deployment for deployment in waiting if deployment.source not in names]
        done += ready
        waiting = [deployment for deployment in waiting if deployment not in ready]
    return tuple(done)


def _recorded(last: Rollout | None, wanted: str, deployment: DesiredDeployment) -> bool:
    return last is not None and last.outcome == "deployed" and is_same(last, wanted, deployment)
