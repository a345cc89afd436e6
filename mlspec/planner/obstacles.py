"""Why nothing may be done at a place now."""

from __future__ import annotations

from mlspec.domain.actual import Actual, ModelHistory, Place, Rollout, Unseen
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.version import Version
from mlspec.planner.judge import failures


def obstacle(
    place: Place, deployment: DesiredDeployment, wanted: str, history: ModelHistory, actual: Actual
) -> Held | None:
    """What stands in the way of running a version there; nothing where all is well."""
    if moved := off_default_branch(actual):
        return held_at(place, HeldReason.NOT_DEFAULT_BRANCH, moved)
    if failed_gates := _failed_gates(history, wanted):
        return held_at(place, HeldReason.GATE_FAILED, failed_gates)
    running = actual.running.get(place)
    if isinstance(running, Unseen):
        message = f"what runs there cannot be seen: {running.detail or running.reason}"
        return held_at(place, HeldReason(running.reason), message)
    failed = actual.failed.get(place)
    if failed is None or not is_same(failed, wanted, deployment):
        return None
    if history.numbers.get(place.environment, 0) > failed.number:
        return None  # somebody promoted it again since
    return held_at(place, HeldReason.ROLLOUT_FAILED, _failure(place, wanted, failed))


def _failure(place: Place, wanted: str, failed: Rollout) -> str:
    if not failed.refused:
        return f"{wanted} never became healthy here: {failed.detail}"
    hint = f"to let it in all the same: mlspec promote {place.model} {wanted} --to {place.environment}"
    return f"{wanted} was refused before it took traffic: {failed.detail}; {hint}"


def _failed_gates(history: ModelHistory, wanted: str) -> str:
    """What a version's own record says against it: a tag that somebody made by hand must not get past the gates."""
    record = None if wanted == KNOWN_AFTER_TRAIN else history.versions.get(Version.parse(wanted))
    return f"{wanted}: {failures(record.verdicts)}" if record and not record.passed else ""


def held_at(place: Place, reason: HeldReason, message: str, about: str = "") -> Held:
    """Something that is not done at a place."""
    return Held(place.model, place.environment, reason, message, about=about)


def off_default_branch(actual: Actual) -> str:
    """Why environments may not move from here, or nothing."""
    if actual.default_branch is None or actual.branch == actual.default_branch:
        return ""
    return f"environments move only from {actual.default_branch}, and this is {actual.branch or 'a detached HEAD'}"


def is_same(last: Rollout, wanted: str, deployment: DesiredDeployment) -> bool:
    """Whether a rollout was of this version with these settings."""
    return last.version == wanted and dict(last.serve) == dict(deployment.serve)
