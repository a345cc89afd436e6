"""The front's configuration."""

from __future__ import annotations

import io
import tarfile

import docker

from mlspec.adapters.docker.client import label
from mlspec.adapters.swarm.haproxy import SLOTS, haproxy_config


def test_the_tasks_of_the_service_are_asked_for() -> None:
    text = haproxy_config("mlspec-shop-production-wine")
    assert f"server-template server {SLOTS} tasks.mlspec-shop-production-wine:8080 " in text


def test_haproxy_understands_it(engine: docker.DockerClient, proxy_image: str, engine_project: str) -> None:
    """All that it minds is that nobody knows the service yet."""
    container = engine.containers.create(
        proxy_image,
        ["haproxy", "-c", "-f", "/front.cfg"],
        network_mode="none",
        labels={label("project"): engine_project},
    )
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            text = haproxy_config("wine").encode()
            member = tarfile.TarInfo("front.cfg")
            member.size, member.mode = len(text), 0o644
            archive.addfile(member, io.BytesIO(text))
        container.put_archive("/", stream.getvalue())
    container.start()
    status, said = container.wait(), container.logs().decode()
    assert status["StatusCode"] == 0, said
    minded = [line for line in said.splitlines() if "could not resolve address 'tasks.wine'" not in line]
    assert not any("[WARNING]" in line or "[ALERT]" in line for line in minded), minded
