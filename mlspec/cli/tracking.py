"""After an apply: the tracking server is told what is registered; its failures are a warning, and nothing more."""

from __future__ import annotations

import os

from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracker
from mlspec.reconciler.exporting import export, refusal
from mlspec.reconciler.world import World


def tell_tracker(ports: RealPorts, world: World) -> None:
    """Tell it, where the project names one. Never raises for what the tracker does."""
    tracking = world.bundle.project.tracking
    if tracking is None:
        return
    uri = os.environ.get(tracking.uri_env, "")
    try:
        if (refused := refusal(tracking.uri_env, uri)) is not None:
            raise refused
        for model in export(ports, world, uri, _open):
            console.say(f"told MLflow of {model}")
    except MlspecError as error:
        console.say(f"warning: {error.message} ({error.hint})")
        for line in error.details:
            console.say(f"  {line}")


def _open(uri: str) -> Tracker:
    try:
        from mlspec.adapters.tracking import MlflowTracker  # noqa: PLC0415 - an extra, and a second to import
    except ModuleNotFoundError as error:
        raise MlspecError("MLflow's client is not installed", hint="pip install 'mlspec[mlflow]'") from error
    return MlflowTracker(uri)
