"""The server's entry: load the model, report to the supervisor, serve."""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mlspec.serving.bundle import load_bundle
from mlspec.serving.control import tell
from mlspec.serving.errors import BundleError
from mlspec.serving.leftovers import Leftovers
from mlspec.serving.monitor import Monitor
from mlspec.serving.options import Options, parse_options
from mlspec.serving.profile import FILE, read_profile
from mlspec.serving.recorder import Recorder
from mlspec.serving.server import bind
from mlspec.serving.service import Service
from mlspec.serving.signature import Signature
from mlspec.serving.slots import Slot
from mlspec.serving.worker import run_worker

logger = logging.getLogger("mlspec.serving")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker; the exit status is 0 after a drain, 1 where it could not start."""
    options = parse_options(argv)
    _log_in_lines(f"{options.name} {options.version}")
    line = None
    try:
        line = None if options.control_fd is None else socket.socket(fileno=options.control_fd)
        listener = _listener(options)
        service = _load(options)
    except (OSError, BundleError) as error:
        logger.error("cannot serve: %s", error)  # noqa: TRY400 -- a traceback would tell the reader nothing more
        tell(line, "failed", message=str(error))
        return 1
    if not tell(line, "ready"):
        logger.warning("the supervisor left before the model was loaded")
        return 0
    run_worker(service, listener, line, options.drain)
    return 0


def _load(options: Options) -> Service:
    threadpool_limits(1)  # one worker is one core; replicas use the others
    model = load_bundle(options.bundle, options.trust)
    return Service(options.name, options.version, model, options.limits, _monitor(options, model.signature))


def _monitor(options: Options, signature: Signature) -> Monitor | None:
    """What counts, where the model comes with a profile."""
    profile = read_profile(options.bundle / FILE, signature.names)
    if profile is None:
        return None
    slot = Slot(options.state) if options.state else None
    recorder = None
    if options.wishes:
        # Without a folder of its own a worker keeps lines as long as it lives, in a container's memory.
        folder = options.state or Path(tempfile.mkdtemp(prefix="mlspec-live-"))
        recorder = Recorder(
            options.wishes, options.version, signature.names, folder, slot.name if slot else uuid.uuid4().hex[:12]
        )
    leftovers = Leftovers(slot, recorder.kinds if recorder else (), options.wishes.redact) if slot else None
    return Monitor(profile, options.window, slot, recorder, leftovers)


def _listener(options: Options) -> socket.socket:
    if options.fd is None:
        return bind(options.host, options.port)
    listener = socket.socket(fileno=options.fd)
    if listener.type != socket.SOCK_STREAM or not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError(f"file descriptor {options.fd} is not a listening socket")
    return listener


class LineFormatter(logging.Formatter):
    """One line for each record, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        return " | ".join(line for line in super().format(record).splitlines() if line.strip())


def _log_in_lines(subject: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    label = subject.replace("%", "%%")
    handler.setFormatter(LineFormatter(f"%(asctime)s %(levelname)s {label} [{os.getpid()}] %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
