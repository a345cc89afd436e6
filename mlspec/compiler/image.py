"""The model server's image: what its Dockerfile is told. docs/decisions/0005 says what the build context holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mlspec.compiler.templates import Bare
from mlspec.errors import MlspecError
from mlspec.spec.model import ModelSpec

PORT: Final = 8080
"""Where a container listens, inside."""

USER: Final = 10001
"""Numeric, so that Kubernetes can check `runAsNonRoot`; no account of the image has this number."""

CONTEXT: Final = ("requirements.txt", "constraints.txt", "server", "model")
"""What a build context holds besides the Dockerfile: the first is generated, the rest is put there by the builder."""

_IMAGE: Final = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]*", re.ASCII)


def image_values(model: ModelSpec, source: str) -> Mapping[str, object]:
    """The values of the Dockerfile's template; MlspecError where the base is no image reference."""
    return {
        "base": _reference(model),
        "model": model.name,
        "description": model.description or f"The model {model.name}",
        "owners": ", ".join(model.owners),
        "source": source,
        "port": Bare(PORT),
        "user": Bare(USER),
        "health": _health(),
        "entrypoint": _entrypoint(model),
    }


def _reference(model: ModelSpec) -> Bare:
    base = model.serving.image.base
    if not _IMAGE.fullmatch(base):
        raise MlspecError(f"`{base}` is not an image", hint="such as `python:3.11-slim`")
    return Bare(base)


def _entrypoint(model: ModelSpec) -> list[str]:
    serving = model.serving
    limits = serving.limits
    return [
        *("python", "-m", "mlspec.serving", "--bundle", "/model", "--name", model.name),
        *("--host", "0.0.0.0", "--port", str(PORT)),  # noqa: S104 - inside a container's own network
        *("--max-body", str(limits.body), "--max-batch", str(limits.batch), "--max-depth", str(limits.depth)),
        *(word for name in sorted(serving.trust) for word in ("--trust", name)),
    ]


def _health() -> list[str]:
    """A question to the server without a shell or curl, and without a proxy that the environment may name."""
    opener = "urllib.request.build_opener(urllib.request.ProxyHandler({}))"
    ask = f"{opener}.open('http://127.0.0.1:{PORT}/v2/health/ready', timeout=4)"
    return ["python", "-I", "-c", f"import urllib.request; {ask}"]
