"""Images on a real engine: built, named, found again, read, and clean of what nobody should find in them."""

from __future__ import annotations

import gc
import io
import json
import tarfile
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound
from e2e.docker.orders import DOCKERFILE, IGNORE, model, order

from mlspec.adapters.images.store import open_images
from mlspec.domain.image import Image
from mlspec.errors import MlspecError, Unreachable
from mlspec.ports.images import Images

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("base_image")]

CANARY = "canary-7f3a9c51d0"


@pytest.fixture
def images(engine_project: str) -> Images:
    return open_images(engine_project, "")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return model(tmp_path / "bundle")


def silent(_: str) -> None:
    pass


def test_a_built_image_is_known_by_its_serve_digest_and_has_all_labels(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    said: list[str] = []
    wanted = order(engine_project, bundle)
    image = images.build(wanted, said.append)

    assert image == Image(wanted.serve, engine.images.get(wanted.tag).id, wanted.tag, image.size)
    assert images.known() == {wanted.serve: image}
    labels = engine.images.get(image.reference).labels
    assert wanted.labels.items() <= labels.items()
    assert labels["org.opencontainers.image.base.name"] == "python:3.11-slim"
    assert labels["io.mlspec.server"]
    assert any(line.startswith("Step 1/") for line in said)
    assert not [line for line in said if "\x1b" in line or "\n" in line or "\r" in line]
    assert image.size > 50_000_000
    assert images.bring(image, silent)


def test_an_image_of_another_project_is_not_known(engine_project: str, images: Images, bundle: Path) -> None:
    images.build(order(engine_project, bundle), silent)
    assert open_images("another", "").known().keys().isdisjoint(images.known())


def test_the_same_context_is_built_from_the_cache(engine_project: str, images: Images, bundle: Path) -> None:
    """Another serve digest, such as that of another owner's label, and the same files."""
    images.build(order(engine_project, bundle), silent)
    said: list[str] = []
    images.build(order(engine_project, bundle), said.append)
    steps = [(step, then) for step, then in pairwise(said) if step.startswith("Step ")]
    own = [(step, then) for step, then in steps if " : FROM " not in step and " : LABEL " not in step]
    assert len(own) > 5
    assert [step for step, then in own if then != " ---> Using cache"] == []


def test_what_the_engine_has_is_not_built_again(engine_project: str, images: Images, bundle: Path) -> None:
    wanted = order(engine_project, bundle)
    image = images.build(wanted, silent)
    said: list[str] = []
    again = images.build(replace(wanted, files={"Dockerfile": b"not even read"}, fresh=True), said.append)
    assert again == image
    assert said == [f"{wanted.tag}: built already, {image.reference[7:19]}"]


def test_a_fresh_build_takes_no_layer_from_the_cache(engine_project: str, images: Images, bundle: Path) -> None:
    said: list[str] = []
    images.build(order(engine_project, bundle), silent)
    images.build(order(engine_project, bundle, fresh=True), said.append)
    assert not [line for line in said if "Using cache" in line]


def test_a_failed_step_is_shown_with_its_last_lines(engine_project: str, images: Images, bundle: Path) -> None:
    script = "RUN echo first && echo '\033[31mno such thing\033[0m' >&2 && exit 7"
    with pytest.raises(MlspecError, match="a step ended with status 7") as caught:
        images.build(order(engine_project, bundle, files={"Dockerfile": f"FROM python:3.11-slim\n{script}\n"}), silent)
    step, *lines = caught.value.details
    assert step.startswith("Step 2/")
    assert sorted(lines) == ["first", "no such thing"], "the two streams of a step come in any order"
    assert images.known() == {}


def test_a_dockerfile_that_is_none_is_said_so(engine_project: str, images: Images, bundle: Path) -> None:
    with pytest.raises(MlspecError, match=r"can't be built.*unknown instruction: FORM"):
        images.build(order(engine_project, bundle, files={"Dockerfile": "FORM python:3.11-slim\n"}), silent)


def test_an_image_without_a_healthcheck_gets_no_name(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    for dockerfile in ("FROM python:3.11-slim\n", "FROM python:3.11-slim\nHEALTHCHECK NONE\n"):
        wanted = order(engine_project, bundle, files={"Dockerfile": dockerfile})
        with pytest.raises(MlspecError, match="no HEALTHCHECK") as caught:
            images.build(wanted, silent)
        assert "HEALTHCHECK" in caught.value.hint
        with pytest.raises(ImageNotFound):
            engine.images.get(wanted.tag)
    assert images.known() == {}


def test_an_interrupted_build_stops_and_leaves_no_name(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    mark = f"sleep 98{int(engine_project[1:5], 16)}"
    wanted = order(engine_project, bundle, files={"Dockerfile": f"FROM python:3.11-slim\nRUN echo here && {mark}\n"})

    def interrupt(line: str) -> None:
        if line == "here":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:  # its traceback holds whatever is not closed
        images.build(wanted, interrupt)
    deadline = time.monotonic() + 120
    while left := [each for each in engine.containers.list() if mark in " ".join(each.attrs["Args"])]:
        assert time.monotonic() < deadline, f"the engine still builds in {left}"
        time.sleep(0.2)
    assert images.known() == {}, caught
    with pytest.raises(ImageNotFound):
        engine.images.get(wanted.tag)


def test_an_image_that_is_gone_is_told_so(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    image = images.build(order(engine_project, bundle), silent)
    engine.api.remove_image(image.reference, force=True)
    assert not images.bring(image, silent)
    assert images.known() == {}
    with pytest.raises(MlspecError, match="does not hold"):
        images.bom(image)


def test_an_image_runs_read_only_and_as_nobody(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    image = images.build(order(engine_project, bundle), silent)
    container = engine.containers.run(
        image.reference,
        detach=True,
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        labels={"io.mlspec.project": engine_project},
    )
    deadline = time.monotonic() + 120
    while container.attrs["State"].get("Health", {}).get("Status") != "healthy":
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.2)
        container.reload()
    code, output = container.exec_run(
        ["/opt/venv/bin/python", "-c", "import os; print(os.getuid(), open('/model/model.txt').read())"]
    )
    assert (code, output.split()) == (0, [b"10001", b"a", b"model"])


def test_the_bill_names_what_is_installed_and_is_always_the_same(
    engine: docker.DockerClient, engine_project: str, images: Images, bundle: Path
) -> None:
    status = "Package: libx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\n"
    dockerfile = DOCKERFILE.replace("COPY server", "COPY app/status /var/lib/dpkg/status\nCOPY server")
    first, second = (
        images.build(order(engine_project, bundle, files={"Dockerfile": dockerfile, "app/status": status}), silent)
        for _ in range(2)
    )
    started = time.monotonic()
    bill = images.bom(first)
    print(f"bill of {first.size >> 20} MB: {time.monotonic() - started:.2f} s")
    assert images.bom(second) == bill
    read = json.loads(bill)
    assert read["specVersion"] == "1.6"
    assert "timestamp" not in read["metadata"]
    assert read["metadata"]["component"] | {"name": "wine", "version": "v0.1.0"} == read["metadata"]["component"]
    found = {component["purl"] for component in read["components"]}
    assert "pkg:deb/debian/libx@1:2-3?arch=amd64&distro=debian-12" in found
    assert any(url.startswith("pkg:pypi/pip@") for url in found)
    assert any(url.startswith("pkg:pypi/mlspec@") for url in found)
    assert not engine.containers.list(all=True, filters={"label": "io.mlspec.bom"})


def members(engine: docker.DockerClient, reference: str) -> Iterator[tuple[str, bytes]]:
    """Everything that an image is: its configuration and history, and each file of each layer, hidden ones too."""
    with tarfile.open(fileobj=io.BytesIO(b"".join(engine.images.get(reference).save()))) as saved:
        for member in saved:
            content = saved.extractfile(member).read() if member.isreg() else b""  # type: ignore[union-attr]
            if not member.name.endswith("layer.tar"):
                yield member.name, content
                continue
            with tarfile.open(fileobj=io.BytesIO(content)) as layer:
                for file in layer:
                    yield file.name, layer.extractfile(file).read() if file.isreg() else b""  # type: ignore[union-attr]


def test_no_secret_gets_into_a_layer_or_the_history(
    engine: docker.DockerClient,
    engine_project: str,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the environment, of a file beside the context's, of one that .dockerignore names, of Docker's config."""
    proxy = f"http://user:{CANARY}@127.0.0.1:9"
    for name in ("HTTP_PROXY", "https_proxy", "AWS_SECRET_ACCESS_KEY", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("NO_PROXY", "*")
    (tmp_path / ".env").write_text(f"TOKEN={CANARY}\n")
    (tmp_path / "docker").mkdir()
    proxies = {"default": {"httpsProxy": proxy, "ftpProxy": proxy}}
    auths = {
        "auths": {"registry.invalid": {"username": "ada", "password": CANARY}},
        "HttpHeaders": {"X-Token": CANARY},
        "proxies": proxies,
    }
    (tmp_path / "docker/config.json").write_text(json.dumps(auths))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.chdir(tmp_path)
    # the second stage copies all of the context, so that whatever was sent is found; the first sees the proxy
    dockerfile = DOCKERFILE.replace("USER", "ARG https_proxy\nCOPY . /all/\nRUN echo seen\nUSER").replace(
        "RUN", 'RUN test -n "$HTTP_PROXY" &&'
    )
    files = {
        "Dockerfile": dockerfile,
        "app/kept.txt": "kept",
        "app/.env": CANARY,
        ".dockerignore": f"{IGNORE}**/.env\n",
    }
    image = open_images(engine_project, "").build(order(engine_project, bundle, files=files), silent)

    found = list(members(engine, image.reference))
    assert "all/app/kept.txt" in [name for name, _ in found], "the search looks into the layers"
    assert [name for name, content in found if CANARY.encode() in content] == []
    assert CANARY not in json.dumps(engine.api.history(image.reference))
    assert CANARY not in json.dumps(engine.api.inspect_image(image.reference))
    parents = [layer["Id"] for layer in engine.api.history(image.reference) if layer["Id"].startswith("sha256")]
    assert CANARY not in json.dumps([engine.api.inspect_image(parent) for parent in parents])


def test_an_engine_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, engine: docker.DockerClient) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    images = open_images("shop", "")  # costs nothing, asks nobody
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        with pytest.raises(Unreachable, match=r"no Docker Engine answers at unix:///nowhere/docker\.sock"):
            images.known()
        gc.collect()  # the SDK leaves the socket of a refused connection open


def test_two_builds_at_a_time_do_not_mix(engine_project: str, bundle: Path) -> None:
    done: list[Image] = []
    orders = [order(engine_project, bundle) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda each=each: done.append(open_images(engine_project, "").build(each, silent)))
        for each in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {image.serve for image in done} == {each.serve for each in orders}
    assert open_images(engine_project, "").known() == {image.serve: image for image in done}
