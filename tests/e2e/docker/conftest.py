"""Projects for tests with containers: toy@v0.1.0 is registered in them, and nothing deployed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from e2e.docker.shop import Shop
from e2e.docker.target import Target

from mlspec.adapters.docker.runtime import DockerRuntime


@pytest.fixture
def toy_shop(
    environment: None,
    engine: docker.DockerClient,
    proxy_image: str,
    engine_project: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Shop:
    """toy as mlspec serves it; ends with its containers, images and networks."""
    template = request.getfixturevalue("trained_template")
    return Shop.of(template, tmp_path / "shop", engine_project, engine)


@pytest.fixture
def shop(toy_shop: Shop) -> Shop:
    """The same with a server of its own, which takes no time to build and to start."""
    toy_shop.quick()
    return toy_shop


@pytest.fixture
def target(engine: docker.DockerClient, proxy_image: str, engine_project: str, tmp_path: Path) -> Iterator[Target]:
    """A runtime of the docker target, with nothing deployed; ends with its containers, images and networks."""
    runtime = DockerRuntime(engine_project, "", tmp_path, ready=120)
    yield Target(engine, engine_project, tmp_path, runtime)
    runtime.engine.client.close()
