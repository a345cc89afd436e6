"""Images and containers that somebody exchanged: known by labels and digests, never by their names."""

from __future__ import annotations

import json
import urllib.request

import docker
import pytest
from e2e.docker.shop import Shop

pytestmark = pytest.mark.slow


def version(shop: Shop) -> object:
    """What answers says of itself."""
    with urllib.request.urlopen(shop.place()["endpoint"], timeout=60) as answer:
        return json.load(answer)["MLSPEC_VERSION"]


def test_another_image_under_the_right_name_is_not_deployed(shop: Shop, engine: docker.DockerClient) -> None:
    shop.mlspec("apply", "--yes")
    [image] = shop.images()
    [name] = image.tags
    other = engine.api.inspect_image("haproxy:2.6")["Id"]
    repository, _, tag = name.rpartition(":")
    for container in shop.containers():
        container.remove(force=True)
    assert engine.api.tag(other, repository, tag, force=True)
    try:
        assert list(shop.because()) == ["build:toy:production", "restart:toy:production"]
        shop.mlspec("reconcile")
        assert engine.images.get(name).id == image.id, "the name is that of the model's image again"
        assert shop.server().image.id == image.id
        assert version(shop) == "v0.1.0"
        shop.is_settled()
    finally:
        assert engine.api.inspect_image(other)["Id"] == other


def test_a_server_that_was_exchanged_for_another_image_is_replaced(shop: Shop, engine: docker.DockerClient) -> None:
    shop.mlspec("apply", "--yes")
    server = shop.server()
    honest = server.image.id
    container = engine.containers.run(
        server.image,
        ["-c", "import time; open('/tmp/forged', 'w'); time.sleep(600)"],
        entrypoint=["python"],
        detach=True,
    )
    forged = container.commit(changes=['ENTRYPOINT ["python", "/srv/own.py"]'])
    container.remove(force=True)
    settings, networks = server.attrs, server.attrs["NetworkSettings"]["Networks"]
    server.remove(force=True)
    [network] = networks
    try:
        engine.containers.run(
            forged.id, name=settings["Name"].removeprefix("/"), labels=settings["Config"]["Labels"], detach=True,
            network=network, environment=settings["Config"]["Env"],
        )  # fmt: skip
        # labels are copied with an image, so that this one is the newest of those that bear the right ones
        assert engine.api.tag(forged.id, *server.image.tags[0].rsplit(":", 1), force=True)
        [reason] = next(iter(shop.because().values()))
        assert reason["kind"] == "Drifted"
        shop.mlspec("reconcile")
        assert [it.image.id for it in shop.containers("server")] == [honest]
        assert (version(shop), shop.planned()) == ("v0.1.0", [])
    finally:
        for left in shop.containers():
            if left.image.id == forged.id:
                left.remove(force=True)
        engine.images.remove(forged.id, force=True)
