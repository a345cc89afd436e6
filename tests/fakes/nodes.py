"""A swarm of several Docker Engines on one machine, each in a network namespace of its own, without a way out.

For root on Linux only; skipped with the reason elsewhere. Nothing of the machine's own engine is touched: each engine
has its own folders, its own /run, and a containerd of its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import requests
from docker.errors import DockerException
from fakes.engine import missing

PROGRAMS = ("ip", "nsenter", "unshare", "dockerd", "docker-registry")
HOST = 254
START = """\
mount -t tmpfs tmpfs /run && hostname "$1" && exec dockerd --data-root="$2/data" --exec-root="$2/exec" \\
  --pidfile="$2/pid" --host="tcp://$3:2375" --tls=false --insecure-registry="$4" >"$2/log" 2>&1
"""


@dataclass
class Node:
    """One engine. `address` is where it is reached from this machine, `process` the one to end."""

    name: str
    address: str
    folder: Path
    process: subprocess.Popen[bytes]
    client: docker.DockerClient

    def kill(self) -> None:
        """As if the host lost its power: its network is gone, too."""
        run("ip", "netns", "exec", self.name, "ip", "link", "set", "uplink", "down")


@dataclass
class Nodes:
    """Engines in one swarm, the first of which manages it, and the address of a registry for all of them."""

    members: list[Node]
    registry: str

    def push(self, client: docker.DockerClient, image: str, name: str) -> str:
        """Have the registry hold an image of the machine's own engine; its reference by digest.

        By way of a node: the machine's own engine trusts no registry without TLS but those on loopback.
        """
        repository, first = f"{self.registry}/{name}", self.members[0].client
        [loaded] = first.images.load(client.images.get(image).save())
        loaded.tag(repository, "test")
        said = list(first.images.push(repository, "test", stream=True, decode=True))
        [digest] = [line["aux"]["Digest"] for line in said if "aux" in line]
        return f"{repository}@{digest}"


def run(*command: str) -> None:
    """One command that must not fail."""
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def nodes(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three engines in one swarm."""
    if os.geteuid() != 0:
        missing("several engines need root")
    if absent := [name for name in PROGRAMS if shutil.which(name) is None]:
        missing(f"several engines need {', '.join(absent)}")
    hub, subnet = f"t{secrets.token_hex(3)}", f"10.213.{secrets.randbelow(200)}"
    folder = tmp_path_factory.mktemp("nodes")
    made: list[Node] = []
    registry: subprocess.Popen[bytes] | None = None
    try:
        _hub(hub, subnet)
        registry = _registry(folder, f"{subnet}.{HOST}:5000")
        made += [_node(hub, subnet, folder, number) for number in (1, 2, 3)]
        _join(made)
        yield Nodes(made, f"{subnet}.{HOST}:5000")
    finally:
        for node in made:
            _end(node)
        if registry:
            registry.terminate()
            registry.wait(60)
        for name in (*(node.name for node in made), hub):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _hub(hub: str, subnet: str) -> None:
    """A bridge in a namespace of its own, where this machine's firewall has no say, and a line to it."""
    run("ip", "netns", "add", hub)
    run("ip", "-n", hub, "link", "add", "hub", "type", "bridge")
    run("ip", "-n", hub, "link", "set", "hub", "up")
    run("ip", "link", "add", hub, "type", "veth", "peer", "name", "host", "netns", hub)
    run("ip", "-n", hub, "link", "set", "host", "master", "hub", "up")
    run("ip", "address", "add", f"{subnet}.{HOST}/24", "dev", hub)
    run("ip", "link", "set", hub, "up")


def _registry(folder: Path, address: str) -> subprocess.Popen[bytes]:
    config = folder / "registry.yml"
    storage = f"storage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}"
    config.write_text(f'version: 0.1\nlog: {{level: warn}}\n{storage}\nhttp: {{addr: "{address}"}}\n')
    with (folder / "registry.log").open("wb") as log:
        return subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)


def _node(hub: str, subnet: str, folder: Path, number: int) -> Node:
    name, address = f"{hub}n{number}", f"{subnet}.{number}"
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "add", "uplink", "type", "veth", "peer", "name", f"to{number}", "netns", hub)
    run("ip", "-n", hub, "link", "set", f"to{number}", "master", "hub", "up")
    run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "uplink")
    for link in ("lo", "uplink"):
        run("ip", "-n", name, "link", "set", link, "up")
    own = folder / f"node{number}"
    own.mkdir()
    command = ["nsenter", f"--net=/run/netns/{name}", "unshare", "-m", "-u", "sh", "-c", START, "sh"]
    arguments = [f"node{number}", str(own), address, f"{subnet}.0/24"]
    process = subprocess.Popen([*command, *arguments], start_new_session=True)
    return Node(name, address, own, process, _client(address, own / "log"))


def _client(address: str, log: Path) -> docker.DockerClient:
    deadline = time.monotonic() + 180
    while True:
        client = docker.DockerClient(f"tcp://{address}:2375", version="1.41", timeout=60)
        try:
            client.ping()
        except (DockerException, requests.RequestException):
            client.close()
            if time.monotonic() > deadline:
                missing(f"an engine in a namespace did not start: {log.read_text()[-500:]}")
            time.sleep(0.3)
        else:
            return client


def _join(members: list[Node]) -> None:
    first, *others = members
    first.client.swarm.init(advertise_addr=first.address, listen_addr=f"{first.address}:2377")
    token = first.client.swarm.attrs["JoinTokens"]["Worker"]
    for node in others:
        node.client.swarm.join([f"{first.address}:2377"], token, advertise_addr=node.address)


def _end(node: Node) -> None:
    node.client.close()
    os.killpg(node.process.pid, signal.SIGTERM)
    try:
        node.process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(node.process.pid, signal.SIGKILL)
        node.process.wait(60)
