"""The engine's fixtures: what is a project's own is removed, and nothing else; the registry takes an image."""

from __future__ import annotations

import urllib.request

import docker
import pytest
from docker.errors import ImageNotFound
from fakes.engine import clean, labelled, unique_project

pytestmark = pytest.mark.slow


def test_only_what_bears_the_label_is_removed(
    engine: docker.DockerClient, engine_project: str, base_image: str
) -> None:
    other = unique_project()
    for name in (engine_project, other):
        labels = {"io.mlspec.project": name}
        engine.networks.create(name, labels=labels)
        engine.volumes.create(name, labels=labels)
        engine.containers.run(base_image, ["sleep", "60"], detach=True, network=name, labels=labels)
    try:
        clean(engine, engine_project)
        assert _left(engine, engine_project) == (0, 0, 0)
        assert _left(engine, other) == (1, 1, 1)
    finally:
        clean(engine, other)
    assert _left(engine, other) == (0, 0, 0)


def _left(engine: docker.DockerClient, project: str) -> tuple[int, int, int]:
    mine = labelled(project)
    containers = engine.containers.list(all=True, filters=mine)
    return len(containers), len(engine.networks.list(filters=mine)), len(engine.volumes.list(filters=mine))


def test_images_go_and_layers_stay(engine: docker.DockerClient, engine_project: str, base_image: str) -> None:
    container = engine.containers.create(base_image)
    try:
        changes = [f"LABEL io.mlspec.project={engine_project}"]
        made = container.commit(repository=f"{engine_project}/x", tag="v1", changes=changes)
    finally:
        container.remove()
    clean(engine, engine_project)
    with pytest.raises(ImageNotFound):
        engine.images.get(made.id)
    assert engine.images.get(base_image)


def test_the_registry_keeps_what_is_pushed(
    engine: docker.DockerClient, engine_project: str, base_image: str, registry: str
) -> None:
    name = f"{registry}/{engine_project}"
    engine.images.get(base_image).tag(name, "v1")
    try:
        told = [line["aux"] for line in engine.images.push(name, "v1", stream=True, decode=True) if "aux" in line]
    finally:
        engine.images.remove(f"{name}:v1")
    with urllib.request.urlopen(f"http://{registry}/v2/{engine_project}/manifests/{told[-1]['Digest']}") as answer:
        assert answer.status == 200
