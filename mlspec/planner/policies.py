"""Policies of promotion: people who have to let a version in, and time that it has to run well elsewhere."""

from __future__ import annotations

from mlspec.domain.actual import Actual, ModelHistory, Place
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.version import Version
from mlspec.domain.words import duration, minute
from mlspec.planner.obstacles import held_at


def waits_for_a_person(place: Place, deployment: DesiredDeployment, wanted: str, history: ModelHistory) -> Held | None:
    """Whether somebody has to promote it: anybody where the policy is `manual`, one of the approvers where it has some.

    The author of the commit behind a version has approved of it, if it is one of them.
    """
    names = " or ".join(deployment.approvers)
    if deployment.promote != "manual" and (not names or history.authors.get(wanted) in deployment.approvers):
        return None
    who = names or "a person"
    if wanted == KNOWN_AFTER_TRAIN:
        words = f"the new version waits for {who} to promote it"
        return held_at(place, HeldReason.WAITING_FOR_APPROVAL, words, wanted)
    hint = f"mlspec promote {place.model} {wanted} --to {place.environment}"
    tried = history.unapproved.get(place.environment, {}).get(Version.parse(wanted))
    if tried is None:
        return held_at(place, HeldReason.WAITING_FOR_APPROVAL, f"{wanted} waits for {who}: {hint}", wanted)
    message = f"{wanted} was promoted by {tried or 'nobody known'}, who may not; it waits for {who}: {hint}"
    return held_at(place, HeldReason.NOT_APPROVED, message, wanted)


def soaks(
    place: Place, deployment: DesiredDeployment, source: DesiredDeployment, wanted: str, actual: Actual, *, busy: bool
) -> Held | None:
    """Whether it has not run for long enough where it comes from. `busy`: something is to be done there yet.

    What is watched there is not promoted before that is over.
    """
    seconds = max(deployment.soak, source.bake.seconds if source.bake else 0.0)
    if not seconds:
        return None
    last = actual.rollouts.get(Place(deployment.source, place.model))
    for_long = f"for {duration(seconds)}"
    if busy or last is None or last.version != wanted or last.outcome != "deployed":
        wanted = "the new version" if wanted == KNOWN_AFTER_TRAIN else wanted
        return held_at(place, HeldReason.SOAKING, f"{wanted} has to run in {deployment.source} {for_long} first")
    until = (last.since or last.time) + seconds
    if actual.now >= until:
        return None
    when = minute(until)
    return held_at(place, HeldReason.SOAKING, f"{wanted} has to run in {deployment.source} {for_long}: until {when}")
