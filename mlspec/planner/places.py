"""What is to be done at each place of a model: promote, deploy, scale, restart, or hold back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mlspec.domain.actual import Actual, Health, ModelHistory, Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.version import Version
from mlspec.planner.versions import Choice

Step = Action | Held


@dataclass(slots=True)
class Rollouts:
    """The places of one model, environments before those that follow them."""

    blueprint: Blueprint
    history: ModelHistory
    actual: Actual
    choice: Choice
    settled: dict[str, str] = field(default_factory=dict)
    """environment → the id of the last action planned there; absent where it is held"""

    def steps(self) -> Iterator[Step]:
        """All steps, in order."""
        for deployment in in_order(self.blueprint.deployments):
            yield from self._at(deployment)

    def _at(self, deployment: DesiredDeployment) -> Iterator[Step]:
        place = Place(deployment.environment, self.blueprint.name)
        steps = list(self._promotion(place, deployment))
        held = any(isinstance(step, Held) for step in steps)
        promotion = next((step for step in steps if isinstance(step, Action)), None)
        yield from steps
        wanted = promotion.version if promotion else str(self.history.stages.get(place.environment, ""))
        if not wanted:
            return
        after = promotion.id if promotion else ""
        more = list(self._deployment(place, deployment, wanted, after))
        yield from more
        if not held and not any(isinstance(step, Held) for step in more):
            last = next((step.id for step in reversed([*steps, *more]) if isinstance(step, Action)), "")
            self.settled[place.environment] = last

    def _promotion(self, place: Place, deployment: DesiredDeployment) -> Iterator[Step]:
        """The stage tag that is to be written, if any, or why it is not."""
        current = str(self.history.stages.get(place.environment, ""))
        wanted = self.choice.version
        if not wanted or wanted == current:
            return
        where = self.blueprint.where(deployment.line)
        if held := self._obstacle(place, deployment, wanted):
            yield held
            return
        depends = [self.choice.actions[-1].id] if self.choice.actions else []
        depends += [self.settled[deployment.source]] if self.settled.get(deployment.source) else []
        because = Reason(ReasonKind.NEW_VERSION, "version", current or None, wanted, where)
        yield Action(ActionKind.PROMOTE, place.model, place.environment, wanted, (because,), tuple(depends))

    def _obstacle(self, place: Place, deployment: DesiredDeployment, wanted: str) -> Held | None:
        def held(reason: HeldReason, message: str) -> Held:
            return Held(place.model, place.environment, reason, message)

        if moved := off_default_branch(self.actual):
            return held(HeldReason.NOT_DEFAULT_BRANCH, moved)
        if deployment.promote == "manual":
            if wanted == KNOWN_AFTER_TRAIN:
                return held(HeldReason.WAITING_FOR_APPROVAL, "the new version waits for a person to promote it")
            hint = f"mlspec promote {place.model} {wanted} --to {place.environment}"
            return held(HeldReason.WAITING_FOR_APPROVAL, f"{wanted} waits for a person: {hint}")
        if deployment.source and deployment.source not in self.settled:
            return held(HeldReason.WAITING_FOR_ENVIRONMENT, f"{wanted} has to run in {deployment.source} first")
        last = self.actual.rollouts.get(place)
        if last is not None and last.outcome == "failed" and _same(last, wanted, deployment):
            return held(HeldReason.ROLLOUT_FAILED, f"{wanted} never became healthy here: {last.detail}")
        return None

    def _deployment(self, place: Place, deployment: DesiredDeployment, wanted: str, after: str) -> Iterator[Step]:
        running = self.actual.running.get(place)
        if isinstance(running, Unseen):
            # What cannot be seen is never acted on; it is worth a word only where something would be done.
            if after or not _recorded(self.actual.rollouts.get(place), wanted, deployment):
                reason = HeldReason(running.reason)
                yield Held(place.model, place.environment, reason, f"what runs there cannot be seen: {running.reason}")
            return
        action = self._change(place, deployment, wanted, running)
        if action is None:
            return
        last = self.actual.rollouts.get(place)
        if last is not None and last.outcome == "failed" and _same(last, wanted, deployment):
            message = f"{wanted} never became healthy here: {last.detail}"
            yield Held(place.model, place.environment, HeldReason.ROLLOUT_FAILED, message)
            return
        kind, reasons = action
        yield Action(kind, place.model, place.environment, wanted, reasons, (after,) if after else ())

    def _change(
        self, place: Place, deployment: DesiredDeployment, wanted: str, running: Running | None
    ) -> tuple[ActionKind, tuple[Reason, ...]] | None:
        where = self.blueprint.where(deployment.line)
        if running is None:
            kind = ActionKind.RESTART if self._ran(place, deployment, wanted) else ActionKind.DEPLOY
            return kind, (Reason(ReasonKind.NOTHING_RUNNING, str(place), where=where),)
        if running.version != wanted:
            return ActionKind.DEPLOY, (Reason(ReasonKind.VERSION_CHANGED, "version", running.version, wanted, where),)
        if running.artefact != self._artefact(wanted):
            reason = Reason(ReasonKind.ARTEFACT_DIFFERS, "artefact", running.artefact, self._artefact(wanted), where)
            return ActionKind.DEPLOY, (reason,)
        return _settings(self.blueprint, place, deployment, running)

    def _artefact(self, version: str) -> str:
        return self.history.versions[Version.parse(version)].artefact_digest

    def _ran(self, place: Place, deployment: DesiredDeployment, wanted: str) -> bool:
        last = self.actual.rollouts.get(place)
        return last is not None and last.outcome == "deployed" and _same(last, wanted, deployment)


def _settings(
    blueprint: Blueprint, place: Place, deployment: DesiredDeployment, running: Running
) -> tuple[ActionKind, tuple[Reason, ...]] | None:
    """The right version runs: are its settings right, and is it well?"""
    changed = sorted(
        name for name in {*deployment.serve, *running.serve} if deployment.serve.get(name) != running.serve.get(name)
    )
    if changed:
        reasons = tuple(
            Reason(
                ReasonKind.REPLICAS_CHANGED if name == "replicas" else ReasonKind.SERVING_CHANGED,
                f"deploy.{place.environment}.{name}" if name in {"replicas", "port"} else f"serving.{name}",
                running.serve.get(name),
                deployment.serve.get(name),
                blueprint.where(deployment.lines.get(name, deployment.line)),
            )
            for name in changed
        )
        return (ActionKind.SCALE if changed == ["replicas"] else ActionKind.DEPLOY), reasons
    if running.health in {Health.DEGRADED, Health.MISSING}:
        where = blueprint.where(deployment.line)
        return ActionKind.RESTART, (Reason(ReasonKind.NOT_HEALTHY, str(place), str(running.health), "Healthy", where),)
    return None


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
