"""The fronts of both container targets before a server that ends: what it leaves unanswered is asked again."""

from __future__ import annotations

import http.client
import io
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import docker
import pytest
from docker.models.containers import Container
from fakes.engine import BASE
from fakes.processes import eventually
from unit.adapters.docker.routes import route

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.haproxy import PORT, config
from mlspec.adapters.swarm.haproxy import haproxy_config

FRONTS = {
    "docker": (config(route()), route().servers[0].host),
    "swarm": (haproxy_config("wine", "wine-split"), "tasks.wine"),
}
"""The configuration of a front, and the name that it asks the engine's DNS for"""

BREAKS_OFF = """
import socketserver

class Handler(socketserver.StreamRequestHandler):
    asked = 0

    def handle(self):
        while head := [*iter(self.rfile.readline, b"\\r\\n")]:
            if head[-1] == b"":
                return
            [length] = [int(line[15:]) for line in head if line.lower().startswith(b"content-length:")] or [0]
            body = self.rfile.read(length)
            Handler.asked += 1
            if Handler.asked % 2:
                return
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

Server(("0.0.0.0", 8080), Handler).serve_forever()
"""
"""Reads each request to its end, and closes instead of every other answer."""

Fronted = Callable[[str], str]


@pytest.fixture
def fronted(engine: docker.DockerClient, engine_project: str, proxy_image: str) -> Fronted:
    """The address of a front of one kind, before a server that breaks off."""

    def make(kind: str) -> str:
        text, name = FRONTS[kind]
        network = engine.networks.create(engine_project, labels={label("project"): engine_project})
        ours = {"labels": {label("project"): engine_project}, "init": True}
        server = engine.containers.create(BASE, ["python", "-c", BREAKS_OFF], **ours)
        network.connect(server, aliases=[name])
        command, ports = ["haproxy", "-f", "/front.cfg"], {f"{PORT}/tcp": ("127.0.0.1", 0)}
        front = engine.containers.create(proxy_image, command, ports=ports, **ours)
        network.connect(front)
        _put(front, "front.cfg", text)
        for container in (server, front):
            container.start()
        front.reload()
        address = f"127.0.0.1:{front.ports[f'{PORT}/tcp'][0]['HostPort']}"
        eventually(lambda: _answers(address), 60)
        return address

    return make


def _put(container: Container, name: str, text: str) -> None:
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
        container.put_archive("/", stream.getvalue())


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.parametrize("kind", FRONTS)
def test_a_request_whose_body_comes_after_its_head_is_asked_again_too(fronted: Fronted, kind: str) -> None:
    """Most clients send the two apart; what has begun to reach a server before its end is there can't be repeated."""
    client = http.client.HTTPConnection(fronted(kind), timeout=30)
    answers = []
    for number in range(6):
        body = str(number).encode()
        client.putrequest("POST", "/")
        client.putheader("Content-Length", str(len(body)))
        client.endheaders()
        time.sleep(0.2)
        client.send(body)
        answers.append(client.getresponse().read())
    client.close()
    assert answers == [b"0", b"1", b"2", b"3", b"4", b"5"]
