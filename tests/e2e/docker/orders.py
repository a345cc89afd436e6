"""Orders for images: a server small enough to be built in seconds, from the base that everything here has."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from mlspec.ports.images import ImageOrder

DOCKERFILE = """\
FROM python:3.11-slim AS build
COPY requirements.txt constraints.txt /build/
RUN python -m venv --without-pip /opt/venv

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1
COPY --from=build /opt/venv /opt/venv
COPY server /opt/server
COPY model /model
WORKDIR /model
USER 10001:10001
HEALTHCHECK --interval=1s --timeout=5s --retries=3 \\
    CMD ["/opt/venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/model.txt')"]
ENTRYPOINT ["/opt/venv/bin/python", "-m", "http.server", "8080"]
"""
IGNORE = "*\n!requirements.txt\n!constraints.txt\n!app\n"


def digest() -> str:
    """A serve digest that nobody has seen."""
    return f"sha256:{secrets.token_hex(32)}"


def model(folder: Path) -> Path:
    """A model's files; unlike other tests' layers only where the folder is."""
    folder.mkdir(parents=True)
    (folder / "model.txt").write_text("a model\n")
    return folder


def order(
    project: str, bundle: Path, *, files: Mapping[str, str] | None = None, serve: str = "", **rest: object
) -> ImageOrder:
    """What the reconciler would order for `wine`: `files` replaces or adds files of the context."""
    serve = serve or digest()
    repository = str(rest.pop("repository", project))
    labels = {
        "org.opencontainers.image.title": "wine",
        "io.mlspec.project": project,
        "io.mlspec.model": "wine",
        "io.mlspec.version": "v0.1.0",
        "io.mlspec.serve": serve,
    }
    context = {"Dockerfile": DOCKERFILE, ".dockerignore": IGNORE, "requirements.txt": "", "constraints.txt": ""}
    return ImageOrder(
        serve=serve,
        tag=f"{repository}/wine:v0.1.0-{serve[7:19]}",
        files={name: text.encode() for name, text in (context | dict(files or {})).items()},
        bundle=str(bundle),
        labels=labels,
        **rest,  # type: ignore[arg-type]
    )
