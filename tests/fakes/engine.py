"""A real Docker Engine and a real image registry for tests: skipped where there is none, cleaned by project.

Every test that asks for `engine` (or for what is built on it) is marked `engine` by itself, and runs in the serial half
of `make unit`. With MLSPEC_TEST_NO_SKIP=1 what is missing is a failure. Names are unique, so that test runs that share
an engine don't meet; only what has the label of its own project is removed.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from fakes.processes import gone

from mlspec.adapters.docker.client import TIMEOUT, label

ROOT = Path(__file__).parent.parent
NO_SKIP = os.environ.get("MLSPEC_TEST_NO_SKIP") == "1"  # read now: tests run without any MLSPEC_ variable
DOCKERD = os.environ.get("MLSPEC_TEST_DOCKERD", "")  # the pid file of an engine that is for these tests alone
BASE = "python:3.11-slim"
PROXY = "haproxy:2.6"
CACHE: set[str] = set()
"""Images below those that were removed: they make the next build of this run quick, and go when it ends."""
REGISTRY = """\
version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {folder}}}
  delete: {{enabled: true}}
http: {{addr: "{address}"}}
"""


def missing(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if NO_SKIP:
        pytest.fail(f"{reason} (MLSPEC_TEST_NO_SKIP=1)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The engine at DOCKER_HOST or the local socket, whatever context is the user's own."""
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        client = _connected()
        gc.collect()  # the SDK leaves the socket of a refused connection open
    if isinstance(client, str):
        missing(client)
    yield client
    for identity in CACHE:
        with suppress(APIError):
            client.api.remove_image(identity)
    client.close()


def _connected() -> docker.DockerClient | str:
    """The client, or why there is none."""
    try:
        client = docker.from_env(timeout=TIMEOUT)
        client.ping()
    except (DockerException, requests.RequestException) as error:
        return f"no Docker Engine: {error}"
    return client


@pytest.fixture(scope="session")
def base_image(engine: docker.DockerClient) -> str:
    """python:3.11-slim, or what stands in for it."""
    return _have(engine, BASE)


@pytest.fixture(scope="session")
def proxy_image(engine: docker.DockerClient, base_image: str) -> str:
    """haproxy:2.6: pulled, or made of Debian's package where no registry answers."""
    with suppress(ImageNotFound):
        return str(engine.images.get(PROXY) and PROXY)
    if os.geteuid() == 0 and shutil.which("apt-get") and shutil.which("docker"):
        done = subprocess.run([ROOT / "engine/proxy-image", PROXY], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return PROXY
    return _have(engine, PROXY)


def _have(client: docker.DockerClient, image: str) -> str:
    try:
        client.images.get(image)
    except ImageNotFound:
        try:
            client.images.pull(image)
        except (DockerException, requests.RequestException) as error:
            missing(f"the image {image} is not there, and can't be pulled: {error}")
    return image


@pytest.fixture
def engine_project(engine: docker.DockerClient) -> Iterator[str]:
    """A project's name that nobody else has; whatever bears its label is removed after the test."""
    name = unique_project()
    yield name
    clean(engine, name)


def unique_project() -> str:
    """`t0123abcd`."""
    return f"t{secrets.token_hex(4)}"


def labelled(project: str) -> dict[str, Any]:
    """The filter for all that is a project's."""
    return {"label": f"{label('project')}={project}"}


def clean(client: docker.DockerClient, project: str) -> None:
    """Remove all that has the project's label."""
    mine = labelled(project)
    swarm = client.info()["Swarm"]["LocalNodeState"] == "active"
    for service in client.services.list(filters=mine) if swarm else ():
        _remove(service)
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        _remove(container, force=True, v=True)
    forget_images(client, project)
    configs = client.configs.list(filters=mine) if swarm else []
    for thing in (*configs, *client.volumes.list(filters=mine), *client.networks.list(filters=mine)):
        _remove(thing)


def forget_images(client: docker.DockerClient, project: str) -> None:
    """Remove a project's images, down to the last layer that is labelled; those below are the cache of this run."""
    for image in client.images.list(filters=labelled(project)):
        with suppress(APIError):  # another image may be made of it
            _peel(client, image.attrs, project)


def _peel(client: docker.DockerClient, found: dict[str, Any], project: str) -> None:
    while (found["Config"]["Labels"] or {}).get(label("project")) == project:
        client.api.remove_image(found["Id"], force=True, noprune=True)
        if not found["Parent"]:
            return  # it was pulled
        found = client.api.inspect_image(found["Parent"])
    if not found["RepoTags"]:
        CACHE.add(found["Id"])


def _remove(thing: Any, **how: Any) -> None:
    """Remove it; tasks of a removed service hold on to their networks and configs for some seconds."""
    deadline = time.monotonic() + 120
    while True:
        try:
            thing.remove(**how)
        except NotFound:
            return
        except APIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


@pytest.fixture
def restart_engine(engine: docker.DockerClient) -> Callable[[], None]:
    """Ends the engine as a restart of its machine would, and starts it again; containers die with it."""
    if not DOCKERD:
        pytest.skip("the engine may serve others: MLSPEC_TEST_DOCKERD names the pid file of one that is ours alone")
    return partial(_restart, engine, Path(DOCKERD))


@pytest.fixture
def stall_engine(engine: docker.DockerClient) -> Callable[[float], None]:
    """Stops the engine's process for some seconds, as a machine that has too much to do would; containers go on."""
    if not DOCKERD:
        pytest.skip("the engine may serve others: MLSPEC_TEST_DOCKERD names the pid file of one that is ours alone")
    return _stall


def _stall(seconds: float) -> None:
    pid = int(Path(DOCKERD).read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def _restart(client: docker.DockerClient, pid_file: Path) -> None:
    pid = int(pid_file.read_text())
    argv = Path(f"/proc/{pid}/cmdline").read_text().removesuffix("\0").split("\0")
    os.kill(pid, signal.SIGTERM)
    client.close()  # the connections of the SDK's pool; it opens new ones
    _until(lambda: gone(pid), "the engine did not end")
    start = 'setsid "$@" >>"${PID%.pid}.log" 2>&1 </dev/null & echo $! >"$PID"'
    subprocess.run(["sh", "-c", start, "sh", *argv], env=os.environ | {"PID": str(pid_file)}, check=True)
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        _until(lambda: _pings(client), "the engine did not start again")
        gc.collect()  # see `engine`


def _pings(client: docker.DockerClient) -> bool:
    try:
        return bool(client.ping())
    except (DockerException, requests.RequestException):
        return False


def _until(condition: Callable[[], bool], problem: str) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline, problem
        time.sleep(0.1)


@pytest.fixture(scope="session")
def registry(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address `127.0.0.1:PORT` of an image registry of this run; the engine must be on this machine."""
    program = shutil.which("docker-registry")
    if program is None:
        missing("no image registry: Debian's package docker-registry is not installed")
    if not engine.api.base_url.startswith("http+docker"):
        missing("no image registry: the engine is on another machine")
    folder = tmp_path_factory.mktemp("registry")
    address = f"127.0.0.1:{free_port()}"
    (folder / "config.yml").write_text(REGISTRY.format(folder=folder / "data", address=address))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        _answers(f"http://{address}/v2/", process, folder / "log")
        yield address
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """A port of loopback that nobody has now, nor soon: out of the ranges of outgoing connections and of places."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", 10_000 + secrets.randbelow(10_000)))
            return int(probe.getsockname()[1])


def _answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the registry did not start: {log.read_text()}", pytrace=False)
