"""A supervisor's refusals as errors that a user can act on."""

from __future__ import annotations

from mlspec.adapters.process.client import NoAnswer
from mlspec.adapters.process.order import Refused
from mlspec.domain.actual import Place
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment


def not_deployed(deployment: Deployment, refusal: Refused) -> MlspecError:
    """Why a deployment did not happen."""
    place = deployment.place
    match refusal.kind:
        case "ready":
            message = f"{place}: {deployment.version} did not become ready: {refusal.message}"
            return DeployFailed(message, hint="what ran before still runs", details=refusal.lines)
        case "port":
            hint = f"set deploy.{place.environment}.port of {place.model} to a free port, or leave it out"
            return MlspecError(refusal.message, hint=hint)
        case "fence":
            hint = "another reconciler has taken over; run it again"
            return MlspecError(f"{place}: a newer deployment is there: {refusal.message}", hint=hint)
        case "absent" | "request":
            return MlspecError(f"{place}: {refusal.message}", hint="run it again")


def not_scaled(place: Place, refusal: Refused) -> MlspecError:
    """Why the number of replicas did not change."""
    if refusal.kind != "ready":
        return MlspecError(f"{place}: {refusal.message}", hint="deploy it again")
    message = f"{place}: a further replica did not become ready: {refusal.message}"
    return DeployFailed(message, hint="those that ran before still serve", details=refusal.lines)


def silent(place: Place, problem: NoAnswer) -> MlspecError:
    """A supervisor that runs but can't be talked to."""
    return MlspecError(
        f"{place}: its supervisor does not answer: {problem}",
        hint="if it hangs, end it; what it serves is started again by the next deployment",
    )
