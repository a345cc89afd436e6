"""Images and a real registry: pushed and pulled by digest, bases pinned, and each refusal told for what it is."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import bcrypt
import docker
import pytest
from e2e.docker.orders import DOCKERFILE, digest, model, order
from fakes.engine import free_port

from mlspec.adapters.images.store import open_images
from mlspec.domain.image import Image
from mlspec.errors import IntegrityError, MlspecError
from mlspec.ports.images import ImageOrder, Images

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("base_image")]


@pytest.fixture
def images(engine_project: str) -> Images:
    return open_images(engine_project, "")


@pytest.fixture
def repository(registry: str, engine_project: str) -> str:
    return f"{registry}/{engine_project}"


@pytest.fixture
def wanted(engine_project: str, repository: str, tmp_path: Path) -> ImageOrder:
    return order(engine_project, model(tmp_path / "bundle"), repository=repository, registry=repository)


def silent(_: str) -> None:
    pass


def test_what_is_built_is_pushed_and_pulled_by_its_digest(
    engine: docker.DockerClient, images: Images, wanted: ImageOrder, repository: str
) -> None:
    started = time.monotonic()
    image = images.build(wanted, silent)
    built = time.monotonic()
    assert image.reference.startswith(f"{repository}/wine@sha256:")
    assert image.tag == wanted.tag
    # the same for what runs, by whichever name it is found
    assert images.known()[wanted.serve] == replace(image, reference=engine.images.get(image.reference).id)

    engine.api.remove_image(engine.images.get(wanted.tag).id, force=True, noprune=True)
    assert images.known() == {}
    lost = time.monotonic()
    assert images.bring(image, silent)
    print(f"build and push {built - started:.2f} s, pull of what changed {time.monotonic() - lost:.2f} s")
    assert images.known()[wanted.serve].tag == ""
    assert json.loads(images.bom(image))["components"]


def test_what_was_pushed_is_only_looked_up_and_what_was_not_only_pushed(
    engine_project: str, images: Images, wanted: ImageOrder, repository: str
) -> None:
    image = images.build(wanted, silent)
    said: list[str] = []
    assert images.build(wanted, said.append) == image
    assert [line for line in said if line.startswith("pushing")] == []
    elsewhere = replace(wanted, tag=wanted.tag.replace("/wine:", "/copy:"))
    copy = images.build(elsewhere, said.append)
    assert copy.reference == image.reference.replace("/wine@", "/copy@")
    assert [line for line in said if line.startswith("Step")] == []


def test_what_the_registry_lost_is_false(
    engine: docker.DockerClient, images: Images, wanted: ImageOrder, repository: str
) -> None:
    image = images.build(wanted, silent)
    host, _, path = repository.partition("/")
    url = f"http://{host}/v2/{path}/wine/manifests/{image.reference.rpartition('@')[2]}"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()
    engine.api.remove_image(engine.images.get(wanted.tag).id, force=True, noprune=True)
    assert not images.bring(image, silent)
    nobodys = replace(image, reference=image.reference.replace("/wine@", "/refused-x509-timeout@"))
    assert not images.bring(nobodys, silent)


def test_an_image_under_another_serve_digest_is_refused(
    engine: docker.DockerClient, images: Images, wanted: ImageOrder
) -> None:
    other = replace(images.build(wanted, silent), serve=digest())
    with pytest.raises(IntegrityError, match="another image"):
        images.bring(other, silent)
    engine.api.remove_image(engine.images.get(wanted.tag).id, force=True, noprune=True)
    with pytest.raises(IntegrityError, match="another image"):
        images.bring(other, silent)


def test_a_registry_that_does_not_answer_is_an_error_before_anything_is_built(
    engine_project: str, images: Images, tmp_path: Path
) -> None:
    host = f"127.0.0.1:{free_port()}"
    nowhere = order(engine_project, model(tmp_path / "bundle"), repository=f"{host}/x", registry=f"{host}/x")
    said: list[str] = []
    with pytest.raises(MlspecError, match="connection refused") as caught:
        images.build(nowhere, said.append)
    assert host in caught.value.hint
    assert said == []
    gone = Image(digest(), f"{host}/x/wine@{digest()}", "", 1)
    with pytest.raises(MlspecError, match=r"can't be pulled.*connection refused"):
        images.bring(gone, silent)


def test_a_base_is_held_to_the_digest_that_its_registry_tells(
    engine: docker.DockerClient, engine_project: str, images: Images, repository: str, tmp_path: Path
) -> None:
    base = f"{repository}/base"
    engine.images.get("python:3.11-slim").tag(base, "1")
    told = [line["aux"]["Digest"] for line in engine.api.push(base, tag="1", stream=True, decode=True) if "aux" in line]
    engine.api.remove_image(f"{base}:1")  # so that only the digest brings it back
    said: list[str] = []
    dockerfile = DOCKERFILE.replace("python:3.11-slim", f"{base}:1")
    image = images.build(
        order(engine_project, model(tmp_path / "bundle"), files={"Dockerfile": dockerfile}), said.append
    )
    try:
        labels = engine.images.get(image.reference).labels
        assert labels["org.opencontainers.image.base.name"] == f"{base}:1"
        assert labels["org.opencontainers.image.base.digest"] == told[0]
        assert [line for line in said if "not pinned" in line] == []
        steps = [line.partition(" : ")[2] for line in said if " : FROM" in line]
        assert steps == [f"FROM {base}:1@{told[0]} AS build", f"FROM {base}:1@{told[0]}"]
    finally:
        for name in engine.images.get("python:3.11-slim").attrs["RepoDigests"]:
            if name.startswith(f"{base}@"):
                engine.api.remove_image(name)


@pytest.fixture
def guarded(engine: docker.DockerClient, registry: str, tmp_path: Path) -> Iterator[str]:
    """A registry that wants ada and her password."""
    address = f"127.0.0.1:{free_port()}"
    secret = bcrypt.hashpw(b"s3cret", bcrypt.gensalt(4, prefix=b"2a")).decode()
    (tmp_path / "users").write_text(f"ada:{secret}\n")
    (tmp_path / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/data}}}}\n"
        f'http: {{addr: "{address}"}}\nauth: {{htpasswd: {{realm: here, path: {tmp_path}/users}}}}\n'
    )
    command = [shutil.which("docker-registry") or "", "serve", str(tmp_path / "config.yml")]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _until_it_asks_who(address)
            yield address
        finally:
            process.terminate()


def _until_it_asks_who(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 120
    while True:
        with closing(http.client.HTTPConnection(host, int(port), timeout=20)) as connection, suppress(OSError):
            connection.request("GET", "/v2/")
            assert connection.getresponse().status == 401
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_credentials_are_those_of_dockers_own_config(
    engine: docker.DockerClient,
    engine_project: str,
    guarded: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = order(engine_project, model(tmp_path / "bundle"), repository=f"{guarded}/x", registry=f"{guarded}/x")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with pytest.raises(MlspecError, match="can't be pushed") as caught:
        open_images(engine_project, "").build(wanted, silent)
    assert f"docker login {guarded}" in caught.value.hint

    (tmp_path / "docker").mkdir()
    config = {"auths": {guarded: {"auth": "YWRhOnMzY3JldA=="}}}
    (tmp_path / "docker/config.json").write_text(json.dumps(config))
    said: list[str] = []
    image = open_images(engine_project, "").build(wanted, said.append)
    assert [line for line in said if line.startswith("Step")] == [], "only the push was missing"
    engine.api.remove_image(engine.images.get(wanted.tag).id, force=True, noprune=True)
    assert open_images(engine_project, "").bring(image, silent)

    engine.api.remove_image(image.reference, force=True, noprune=True)
    (tmp_path / "docker/config.json").write_text("{}")
    with pytest.raises(MlspecError, match="can't be pulled") as caught:
        open_images(engine_project, "").bring(image, silent)
    assert f"docker login {guarded}" in caught.value.hint
