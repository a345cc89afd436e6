"""Which version a place should run: promoted by its policy, taken back on request, or held where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlspec.domain.actual import Actual, ModelHistory, Place, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.plan import Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.planner.baking import breach
from mlspec.planner.canaries import canary_breach
from mlspec.planner.obstacles import held_at, obstacle, off_default_branch
from mlspec.planner.policies import soaks, waits_for_a_person
from mlspec.planner.profiles import told_version
from mlspec.planner.rollback import RollbackRequest, kept_out, last_good, target
from mlspec.planner.versions import Choice

Step = Action | Held


@dataclass(frozen=True, slots=True)
class Promotions:
    """The stage tags of one model that are to be written. `back` is a wish to go back in one environment."""

    blueprint: Blueprint
    history: ModelHistory
    actual: Actual
    choice: Choice
    back: RollbackRequest | None = None

    def step(self, place: Place, deployment: DesiredDeployment, settled: Mapping[str, str]) -> Step | None:
        """The stage tag that is to be written, if any, or why it is not.

        `settled` has the environments before it in which nothing is held, with the id of the last action there.
        """
        if self.back is not None and self.back.environment == place.environment:
            return self._rollback(place, deployment, self.back)
        if (found := self._breach(place, deployment)) is not None:
            return found
        wanted = self.choice.version
        if not wanted or wanted == str(self.history.stages.get(place.environment, "")):
            return None
        deployment = told_version(deployment, wanted, self.blueprint, self.history)
        return self._held(place, deployment, wanted, settled) or self._promote(place, deployment, wanted, settled)

    def _promote(self, place: Place, deployment: DesiredDeployment, wanted: str, settled: Mapping[str, str]) -> Action:
        current = str(self.history.stages.get(place.environment, ""))
        depends = [self.choice.actions[-1].id] if self.choice.actions else []
        depends += [settled[deployment.source]] if settled.get(deployment.source) else []
        where = self.blueprint.where(deployment.line)
        because = Reason(ReasonKind.NEW_VERSION, "version", current or None, wanted, where)
        return Action(ActionKind.PROMOTE, place.model, place.environment, wanted, (because,), tuple(depends))

    def _rollback(self, place: Place, deployment: DesiredDeployment, asked: RollbackRequest) -> Step:
        """The tags that lead back; they may be written where what runs can't be seen: the next reconcile there acts."""
        if moved := off_default_branch(self.actual):
            return held_at(place, HeldReason.NOT_DEFAULT_BRANCH, moved)
        current = str(self.history.stages.get(place.environment, ""))
        version = target(place, self.actual, asked.version)
        where = self.blueprint.where(deployment.line)
        because = Reason(ReasonKind.REQUESTED, asked.why, current or None, version, where)
        return Action(ActionKind.ROLLBACK, place.model, place.environment, version, (because,))

    def _breach(self, place: Place, deployment: DesiredDeployment) -> Step | None:
        """Back to what ran before, where a new version does not keep what is promised of it."""
        current = str(self.history.stages.get(place.environment, ""))
        running = self.actual.running.get(place)
        if isinstance(running, Running) and running.canary is not None and running.canary.version == current:
            return self._canary(place, deployment, running)
        figures, where = breach(self.blueprint, deployment, self.actual)
        if not figures or not isinstance(running, Running) or running.version != current:
            return None
        if held := obstacle(place, deployment, current, self.history, self.actual):
            return held
        if not (version := last_good(place, self.actual)):
            message = f"{figures} ({where}), and no other version ran here to go back to"
            return held_at(place, HeldReason.SLO_BREACHED, message)
        because = Reason(ReasonKind.SLO_BREACHED, figures, current, version, where)
        return Action(ActionKind.ROLLBACK, place.model, place.environment, version, (because,))

    def _canary(self, place: Place, deployment: DesiredDeployment, running: Running) -> Step | None:
        """Back to what serves beside a canary that does not keep what is promised of it."""
        assert running.canary is not None
        figures, where = canary_breach(self.blueprint, deployment, self.actual)
        if not figures or off_default_branch(self.actual):
            return None
        because = Reason(ReasonKind.SLO_BREACHED, figures, running.canary.version, running.version, where)
        return Action(ActionKind.ROLLBACK, place.model, place.environment, running.version, (because,))

    def _held(
        self, place: Place, deployment: DesiredDeployment, wanted: str, settled: Mapping[str, str]
    ) -> Held | None:
        return (
            kept_out(place, deployment, wanted, self.history, self.actual.memory(place))
            or self._waiting(place, deployment, wanted, settled)
            or obstacle(place, deployment, wanted, self.history, self.actual)
        )

    def _waiting(
        self, place: Place, deployment: DesiredDeployment, wanted: str, settled: Mapping[str, str]
    ) -> Held | None:
        """Whose turn it is before this environment's."""
        if off_default_branch(self.actual):
            return None
        found = waits_for_a_person(place, deployment, wanted, self.history)
        if found or not deployment.source:
            return found
        if deployment.source not in settled:
            message = f"{wanted} has to run in {deployment.source} first"
            return held_at(place, HeldReason.WAITING_FOR_ENVIRONMENT, message)
        source = next(item for item in self.blueprint.deployments if item.environment == deployment.source)
        return soaks(place, deployment, source, wanted, self.actual, busy=bool(settled[deployment.source]))
