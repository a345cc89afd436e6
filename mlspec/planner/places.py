"""What is to be done at each place of a model: promote, build, deploy, scale, restart, or hold back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mlspec.domain.actual import Actual, ModelHistory, Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, DesiredDeployment, DesiredModel
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.planner.builds import Builds
from mlspec.planner.settings import settings_change
from mlspec.planner.versions import Choice

Step = Action | Held


@dataclass(slots=True)
class Rollouts:
    """The places of one model, environments before those that follow them."""

    model: DesiredModel
    history: ModelHistory
    actual: Actual
    choice: Choice
    builds: Builds
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
        promotion = self._promotion(place, deployment)
        moved = promotion if isinstance(promotion, Action) else None
        wanted = moved.version if moved else str(self.history.stages.get(place.environment, ""))
        changes = list(self._deployment(place, deployment, wanted, moved)) if wanted else []
        if isinstance(promotion, Held):
            changes = [step for step in changes if not isinstance(step, Held) or step.reason is not promotion.reason]
        steps = [promotion, *changes] if promotion else changes
        if wanted and not any(isinstance(step, Held) for step in steps):
            self.settled[place.environment] = steps[-1].id if steps and isinstance(steps[-1], Action) else ""
        return steps

    def _promotion(self, place: Place, deployment: DesiredDeployment) -> Step | None:
        """The stage tag that is to be written, if any, or why it is not."""
        current = str(self.history.stages.get(place.environment, ""))
        wanted = self.choice.version
        if not wanted or wanted == current:
            return None
        if held := self._waiting(place, deployment, wanted) or self._obstacle(place, deployment, wanted):
            return held
        depends = [self.choice.actions[-1].id] if self.choice.actions else []
        depends += [self.settled[deployment.source]] if self.settled.get(deployment.source) else []
        where = self.blueprint.where(deployment.line)
        because = Reason(ReasonKind.NEW_VERSION, "version", current or None, wanted, where)
        return Action(ActionKind.PROMOTE, place.model, place.environment, wanted, (because,), tuple(depends))

    def _deployment(
        self, place: Place, deployment: DesiredDeployment, wanted: str, promotion: Action | None
    ) -> Iterator[Step]:
        """What it takes to run the version that is wanted here, if anything, or why it is not done."""
        running = self.actual.running.get(place)
        if isinstance(running, Unseen):
            # It is worth a word only where something would be done, or where there is something to be mended.
            known = _recorded(self.actual.rollouts.get(place), wanted, deployment) and not running.detail
            held = None if known else self._obstacle(place, deployment, wanted)
            yield from [held] if held else []
            return
        change = self._change(place, deployment, wanted, running)
        if change is None:
            return
        if held := self._obstacle(place, deployment, wanted):
            yield held
            return
        kind, reasons = change
        after = [promotion.id] if promotion else []
        build = None if kind is ActionKind.SCALE else self._build(deployment, wanted)
        if build is not None:
            if self.builds.claim(build):
                yield replace(build, depends_on=tuple(after))
            after.append(self.builds.of(build))
        yield Action(kind, place.model, place.environment, wanted, reasons, tuple(after))

    def _build(self, deployment: DesiredDeployment, wanted: str) -> Action | None:
        """The build that comes before a deployment here, if there is to be one at all."""
        if self.selected not in {"", deployment.environment}:
            return None
        return self.builds.wanted(deployment, wanted, self._record(wanted))

    def _waiting(self, place: Place, deployment: DesiredDeployment, wanted: str) -> Held | None:
        """Whose turn it is before this environment's."""
        if off_default_branch(self.actual):
            return None
        if deployment.promote == "manual":
            hint = f"mlspec promote {place.model} {wanted} --to {place.environment}"
            message = f"{wanted} waits for a person: {hint}"
            if wanted == KNOWN_AFTER_TRAIN:
                message = "the new version waits for a person to promote it"
            return _held(place, HeldReason.WAITING_FOR_APPROVAL, message)
        if deployment.source and deployment.source not in self.settled:
            message = f"{wanted} has to run in {deployment.source} first"
            return _held(place, HeldReason.WAITING_FOR_ENVIRONMENT, message)
        return None

    def _obstacle(self, place: Place, deployment: DesiredDeployment, wanted: str) -> Held | None:
        """Why nothing may be done here now."""
        if moved := off_default_branch(self.actual):
            return _held(place, HeldReason.NOT_DEFAULT_BRANCH, moved)
        running = self.actual.running.get(place)
        if isinstance(running, Unseen):
            message = f"what runs there cannot be seen: {running.detail or running.reason}"
            return _held(place, HeldReason(running.reason), message)
        failed = self.actual.failed.get(place)
        if failed is None or not _same(failed, wanted, deployment):
            return None
        if self.history.numbers.get(place.environment, 0) > failed.number:
            return None  # somebody promoted it again since
        return _held(place, HeldReason.ROLLOUT_FAILED, f"{wanted} never became healthy here: {failed.detail}")

    def _change(
        self, place: Place, deployment: DesiredDeployment, wanted: str, running: Running | None
    ) -> tuple[ActionKind, tuple[Reason, ...]] | None:
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
        return left if left and left.version == version else self.history.versions[Version.parse(version)]

    def _ran(self, place: Place, deployment: DesiredDeployment, wanted: str) -> bool:
        last = self.actual.rollouts.get(place)
        return last is not None and last.outcome == "deployed" and _same(last, wanted, deployment)


def _held(place: Place, reason: HeldReason, message: str) -> Held:
    return Held(place.model, place.environment, reason, message)


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


def off_default_branch(actual: Actual) -> str:
    """Why environments may not move from here, or nothing."""
    if actual.default_branch is None or actual.branch == actual.default_branch:
        return ""
    return f"environments move only from {actual.default_branch}, and this is {actual.branch or 'a detached HEAD'}"


def _same(last: Rollout, wanted: str, deployment: DesiredDeployment) -> bool:
    return last.version == wanted and dict(last.serve) == dict(deployment.serve)


def _recorded(last: Rollout | None, wanted: str, deployment: DesiredDeployment) -> bool:
    return last is not None and last.outcome == "deployed" and _same(last, wanted, deployment)
