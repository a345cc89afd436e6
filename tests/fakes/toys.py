"""Tiny images with a server, built in a second from what the engine has."""

from __future__ import annotations

import io
import secrets
import tarfile
from pathlib import Path

import docker

from mlspec.domain.image import Image

DOCKERFILE = """\
FROM python:3.11-slim
COPY toy_server.py /toy_server.py
ENV PORT=8080 BEHAVIOUR={behaviour}
USER 10001:10001
{health}
ENTRYPOINT ["python", "-u", "/toy_server.py"]
"""
HEALTH = (
    "HEALTHCHECK --interval=1s --timeout=5s --start-period={start}ms --retries=2 CMD "
    '["python", "-S", "-c", "import http.client as h; c = h.HTTPConnection(\'127.0.0.1\', 8080, timeout=4); '
    "c.request('GET', '/'); raise SystemExit(c.getresponse().status != 200)\"]"
)


def build_toy(client: docker.DockerClient, project: str, behaviour: str = "", *, start: int = 0) -> Image:
    """An image of the project. `behaviour`: "exit" at once, "unhealthy" for ever, "unchecked" has no HEALTHCHECK.

    `start` is the HEALTHCHECK's start_period in seconds.
    """
    health = "" if behaviour == "unchecked" else HEALTH.format(start=1000 * start + 1)
    files = {
        "Dockerfile": DOCKERFILE.format(behaviour=behaviour, health=health).encode(),
        "toy_server.py": Path(__file__).with_name("toy_server.py").read_bytes(),
    }
    serve = f"sha256:{secrets.token_hex(32)}"
    labels = {"io.mlspec.project": project, "io.mlspec.model": "wine", "io.mlspec.serve": serve}
    tag = f"{project}/wine:{behaviour or 'well'}-{serve[7:19]}"
    image, _ = client.images.build(
        fileobj=_tar(files), custom_context=True, tag=tag, labels=labels, rm=True, forcerm=True
    )
    return Image(serve, str(image.id), tag, 0)


def _tar(files: dict[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), 0, 0o644
            archive.addfile(entry, io.BytesIO(content))
    stream.seek(0)
    return stream
