"""Resolving a lock: uv's answer for all platforms, with hashes, and with the versions that were there before."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mlspec.adapters.environments.names import running_python
from mlspec.adapters.uv import run_uv
from mlspec.ports.environments import LockRequest

_OPTIONS: Final = ("--universal", "--generate-hashes", "--no-header", "--annotation-style", "line")

_HASH: Final = re.compile(r"\s*\\?\n?\s+--hash=\S+")


def resolve(root: str, request: LockRequest) -> str:
    """The lock's text; see Environments."""
    with TemporaryDirectory(prefix="mlspec-lock-") as work:
        out = Path(work) / "requirements.lock"
        # uv keeps the versions of what it is about to replace; hashes it would keep too, whoever wrote them
        out.write_text(_HASH.sub("", request.previous))
        inputs = [*request.files, *["-"] * bool(request.packages)]
        version = ["--python-version", request.python or running_python(), "--output-file", str(out)]
        upgrade = ["--upgrade"] * request.upgrade
        asked = "\n".join(request.packages)
        argv = ["pip", "compile", *_OPTIONS, *version, *upgrade, *inputs]
        run_uv(root, *argv, doing="resolving the lock", text=asked)
        return out.read_text()
