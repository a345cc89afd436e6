"""Starting supervisors where there is none, and having them do something."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

from mlspec.adapters.process.client import Answer, NotRunning, ask
from mlspec.adapters.process.folder import PlaceFolder
from mlspec.adapters.process.journal import tail
from mlspec.adapters.process.order import Refused
from mlspec.errors import MlspecError

PROGRAM: Final = (sys.executable, "-P", "-m", "mlspec.adapters.process.supervisor")
PASSED: Final = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
)
PREFIXES: Final = ("LC_", "MLSPEC_", "OMP_", "OPENBLAS_", "MKL_")
ATTEMPTS: Final = 3
STARTING: Final = 60.0
"""Seconds; a supervisor waits for a former one that drains."""


def worker_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What workers get to know of the caller's environment: no secrets that happen to be there.

    One thread for each numeric library, as replicas are the way to use more cores.
    """
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    passed = {name: value for name, value in environ.items() if name in PASSED or name.startswith(PREFIXES)}
    return threads | {"PYTHONUNBUFFERED": "1"} | passed


def steer(folder: PlaceFolder, request: Mapping[str, Any], environ: Mapping[str, str], seconds: float) -> Answer:
    """Have the place's supervisor do it, starting one where there is none or where it was just ending."""
    for _ in range(ATTEMPTS):
        try:
            return ask(folder.path, request, seconds)
        except NotRunning:
            start(folder, environ)
        except Refused as refusal:
            if refusal.kind != "absent":
                raise
    return ask_last(folder, request, seconds)


def ask_last(folder: PlaceFolder, request: Mapping[str, Any], seconds: float) -> Answer:
    """The last attempt: MlspecError where there is still nobody."""
    try:
        return ask(folder.path, request, seconds)
    except NotRunning:
        lines = tail(folder.supervisor_log, 20)
        raise MlspecError(f"the supervisor in {folder.path} ends at once", details=lines) from None


def start(folder: PlaceFolder, environ: Mapping[str, str]) -> None:
    """Start a supervisor, detached: a session of its own, none of our files, gone from our children.

    It goes to the background itself, once its control socket answers. MlspecError with its words where it can't.
    """
    with folder.supervisor_log.open("wb") as log:
        command = [*PROGRAM, str(folder.path)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environ),
                start_new_session=True,
                timeout=STARTING,
                check=False,
            )
        except subprocess.TimeoutExpired as problem:
            raise MlspecError(f"no supervisor came up in {folder.path}") from problem
    if done.returncode:
        lines = tail(folder.supervisor_log, 20)
        raise MlspecError(f"the supervisor in {folder.path} can't start", details=lines)
