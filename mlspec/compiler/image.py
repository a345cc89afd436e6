"""The model server's image: what its Dockerfile is told. docs/decisions/0005 says what the build context holds."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Mapping
from typing import Final

from mlspec.compiler.templates import Bare, render
from mlspec.compiler.watching import watched
from mlspec.domain.drift import server_words
from mlspec.spec.model import ModelSpec

PORT: Final = 8080
"""Where a container listens, inside."""

USER: Final = 10001
"""Numeric, so that Kubernetes can check `runAsNonRoot`; no account of the image has this number."""

_PATIENCE: Final = 30
"""Seconds in which the engine takes no failed health check of a new server for an illness."""

APP: Final = "/opt/app"
"""Where files of the repository go, below their own paths."""


def server_requirements(wanted: str, *, function: bool) -> str:
    """The server's packages for a model's format; a features function of the user's takes frames of pandas."""
    onnx = wanted == "onnx"
    values = {"files": wanted == "files", "onnx": onnx, "pandas": function or not onnx}
    return render("model/requirements.txt.j2", values)


def image_values(model: ModelSpec) -> Mapping[str, object]:
    """The values of the Dockerfile's template.

    What is written bare was checked by the spec to hold nothing that a shell or Docker would read as more than a name.
    """
    serving = model.serving
    return {
        "base": Bare(model.base_image),
        "system_packages": [Bare(name) for name in serving.image.system_packages],
        "requirements": serving.image.requirements is not None,
        "own": serving.entrypoint is not None,
        "pythonpath": _python_path(model),
        "workdir": Bare(APP if serving.entrypoint else "/opt/server"),
        "port": Bare(PORT),
        "user": Bare(USER),
        "health": _health(serving.health),
        "patience": Bare(max(_PATIENCE, math.ceil(serving.startup_timeout or 0))),
        "entrypoint": list(serving.entrypoint or _entrypoint(model)),
    }


def _python_path(model: ModelSpec) -> str:
    """The folders that Python looks into; none without files of the repository."""
    folders = [posixpath.normpath(f"{APP}/{path}/..") for path in model.serving.deps]
    return ":".join(dict.fromkeys([APP, *folders])) if folders else ""


def _entrypoint(model: ModelSpec) -> list[str]:
    serving = model.serving
    limits = serving.limits
    return [
        *("python", "-m", "mlspec.serving", "--bundle", "/model", "--name", model.name),
        *("--host", "0.0.0.0", "--port", str(PORT)),  # noqa: S104 - inside a container's own network
        *("--max-body", str(limits.body), "--max-batch", str(limits.batch), "--max-depth", str(limits.depth)),
        *(word for name in sorted(serving.trust) for word in ("--trust", name)),
        *server_words(watched(model)),
    ]


def _health(path: str) -> list[str]:
    """A question to the server without a shell or curl.

    It is asked all day, and images of Python come without bytecode: `import socket` would compile 70 ms each time, so
    the modules below it are used. The alarm bounds all of it. The answer is read to its end, for some servers log a
    client that leaves before.
    """
    ask = f"GET {path} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
    steps = (
        "import _signal, _socket",
        "_signal.alarm(4)",
        "s = _socket.socket()",
        f"s.connect(('127.0.0.1', {PORT}))",
        f"s.sendall(b'{ask}')",
        "answer = b''.join(iter(lambda: s.recv(65536), b''))",
        "raise SystemExit(answer[9:10] != b'2')",
    )
    return ["python", "-I", "-S", "-c", "; ".join(steps)]
