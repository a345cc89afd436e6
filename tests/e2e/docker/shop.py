"""A user's project whose models run in containers: the real command line, and a look at the engine beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import docker
from docker.models.containers import Container
from docker.models.images import Image
from e2e.project import Project
from fakes.engine import labelled
from fakes.processes import eventually

DYING = Path(__file__).parent.with_name("dying.py")
PROJECT = """\
apiVersion: mlspec/v1
kind: Project
name: {name}
environments:
  production: {{target: docker}}
"""
SERVER = '''\
"""A server of one's own: counts the model's files, and says who it is."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        files = sorted(path.name for path in Path(os.environ["MODEL_DIR"]).iterdir())
        known = {name: os.environ.get(name) for name in ("MLSPEC_MODEL", "MLSPEC_VERSION", "GREETING", "SECRET")}
        body = json.dumps({"files": files, "path": self.path, "user": os.getuid()} | known).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", int(os.environ["PORT"])), Answer).serve_forever()
'''
OWN_SERVER = "entrypoint: [python, /opt/app/servers/own.py], deps: [servers/own.py], health: /alive, env: [GREETING]"
DOCKERFILE = """\
FROM python:3.11-slim
ENV MODEL_DIR=/model
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=10s --start-period=60s --retries=5 \\
    CMD ["python", "-I", "-S", "-c", "import socket; socket.create_connection(('127.0.0.1', 8080), 9)"]
ENTRYPOINT ["python", "/srv/own.py"]
COPY model /model
COPY own.py /srv/own.py
"""
OWN_DOCKERFILE = "image: {dockerfile: images/toy/Dockerfile}, env: [GREETING]"
PATIENT = "serving: {startup_timeout: 5m"  # a machine that does much else at the same time is slow to import


@dataclass(frozen=True)
class Shop(Project):
    """A project of a name of its own; `toy` is trained in it, and nothing is deployed."""

    name: str
    engine: docker.DockerClient
    deadline: ClassVar[float] = 600.0

    @classmethod
    def of(cls, template: Path, root: Path, name: str, engine: docker.DockerClient) -> Shop:
        """A copy of a template, moved to containers."""
        shutil.copytree(template, root, symlinks=True)
        shop = cls(root, name, engine)
        shop.write("specs/toy.yaml", shop.read("specs/toy.yaml").replace("deploy:\n", f"{PATIENT}}}\ndeploy:\n"))
        shop.to_containers()
        return shop

    def to_containers(self, more: str = "") -> None:
        """Let production run containers, and commit that."""
        self.write("specs/project.yaml", PROJECT.format(name=self.name) + more)
        self.mlspec("compile")
        self.commit("containers")

    def serving(self, fields: str) -> None:
        """Let toy be served otherwise, compile, commit."""
        text = re.sub(r"^serving:.*\n", f"{PATIENT}, {fields}}}\n", self.read("specs/toy.yaml"), flags=re.MULTILINE)
        self.write("specs/toy.yaml", text)
        self.mlspec("compile")
        self.commit(fields)

    def quick(self) -> None:
        """Serve toy by an image that is built in a second, without packages, and a server that starts at once."""
        self.write("images/toy/Dockerfile", DOCKERFILE)
        self.write("images/toy/own.py", SERVER)
        self.serving("image: {dockerfile: images/toy/Dockerfile}")

    def containers(self, role: str = "") -> list[Container]:
        """All containers of this project, those that ended too."""
        wanted = labelled(self.name)["label"]
        filters = {"label": [wanted, *([f"io.mlspec.role={role}"] if role else [])]}
        return list(self.engine.containers.list(all=True, filters=filters, ignore_removed=True))

    def ids(self, role: str = "") -> set[str]:
        """Which containers there are."""
        return {container.id for container in self.containers(role)}

    def images(self) -> list[Image]:
        """The images of this project, those without a tag too."""
        return list(self.engine.images.list(filters=labelled(self.name)))

    def serves(self) -> list[str]:
        """The serve digests of the images, one for each image."""
        return sorted(image.labels["io.mlspec.serve"] for image in self.images())

    def server(self) -> Container:
        """The only server."""
        [container] = self.containers("server")
        return container

    def place(self) -> dict[str, Any]:
        """Production in the status."""
        [model] = self.mlspec("status", "--json").json["models"]
        [place] = model["environments"]
        return dict(place)

    def because(self) -> dict[str, list[dict[str, Any]]]:
        """The id of each planned action, and its reasons."""
        return {action["id"]: action["because"] for action in self.plan()["actions"]}

    def is_settled(self, replicas: int = 1) -> None:
        """Nothing to do, nothing held, and exactly the containers that are needed, all of them running."""
        eventually(lambda: self.planned() == [], 60)  # a check that timed out on a busy machine may come right again
        assert self.held() == {}
        roles = [(container.labels["io.mlspec.role"], container.status) for container in self.containers()]
        assert sorted(roles) == [("front", "running"), *[("server", "running")] * replicas]
        assert len(self.engine.networks.list(filters=labelled(self.name))) == 1
        assert len(set(self.serves())) == len(self.serves()), "one image was built twice"

    def dying(self, point: str, *args: str) -> tuple[int, list[str]]:
        """Run mlspec until it dies: the exit code (-9 when it did) and the effects that it began. See dying.py."""
        listing = self.root.parent / "effects"
        listing.write_text("")
        done = subprocess.run(
            [sys.executable, str(DYING), str(listing), point, *args],
            cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True,
            check=False, timeout=self.deadline,
        )  # fmt: skip
        assert done.returncode in {0, -9}, done.stdout + done.stderr
        return done.returncode, listing.read_text().splitlines()


def post(url: str, body: bytes) -> bytes:
    """The bytes of an answer to JSON."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: bytes = answer.read()
        return content


def answering(url: str, seconds: float = 120) -> float:
    """Wait until a GET of it is answered by 200; the seconds that this took."""
    start = time.monotonic()

    def answers() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    eventually(answers, seconds)
    return time.monotonic() - start


def said(container: Container, command: Sequence[str]) -> str:
    """What a command prints in a container."""
    code, output = container.exec_run(list(command))
    assert code == 0, output
    return str(output.decode())
