"""The swarm target on the bench of tests/contract/test_runtime.py."""

from __future__ import annotations

import gc
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.containers import Imaged
from fakes.engine import labelled
from fakes.swarm import end, runtime, swift

from mlspec.adapters.swarm.runtime import SwarmRuntime
from mlspec.domain.actual import Place
from mlspec.ports.runtime import Deployment


class SwarmBench:
    """A swarm of one node, and images that behave."""

    def __init__(self, root: Path, request: pytest.FixtureRequest) -> None:
        self.engine, self.project = (request.getfixturevalue(name) for name in ("swarm", "engine_project"))
        request.getfixturevalue("proxy_image")
        self.monkeypatch = request.getfixturevalue("monkeypatch")
        self.swarm = runtime(self.project, root)
        self.runtime: Any = Imaged(self.swarm, swift(self.engine, self.project))

    def broken(self, deployment: Deployment) -> Deployment:
        """Its server ends at once."""
        return replace(deployment, image=swift(self.engine, self.project, exit=3))

    def kill(self, place: Place) -> None:
        """A dead server is started again by the engine, so somebody has to remove its services."""
        wanted = [labelled(self.project)["label"], f"io.mlspec.model={place.model}"]
        for service in self.engine.services.list(filters={"label": wanted}):
            service.remove()

    def hide(self, _: Place) -> None:
        """The engine does not answer."""
        self.monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        self.runtime = SwarmRuntime(self.project, "", Path())

    def end(self) -> None:
        """Remove what is left, in an order that leaves no task without a network."""
        self.monkeypatch.delenv("DOCKER_HOST", raising=False)
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()  # the SDK leaves the socket of a refused connection open
        end(self.swarm)
