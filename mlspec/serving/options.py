"""The server's command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlspec.serving.recorder import Wishes
from mlspec.serving.service import Limits


@dataclass(frozen=True, slots=True)
class Options:
    """What a worker is told: where the bundle is, who it is, where it listens. `drain` is in seconds."""

    bundle: Path
    name: str
    version: str
    trust: tuple[str, ...]
    limits: Limits
    drain: float
    host: str
    port: int
    fd: int | None
    control_fd: int | None
    window: int = 1000
    state: Path | None = None
    wishes: Wishes = field(default_factory=Wishes)


def parse_options(argv: Sequence[str] | None = None) -> Options:
    """Read the arguments; exits with status 2 and a usage line where they are wrong."""
    parser = _parser()
    given = parser.parse_args(argv)
    if (given.fd is None) == (given.port is None):
        parser.error("give either --port (and --host) or --fd")
    return Options(
        bundle=given.bundle,
        name=given.name,
        version=given.version,
        trust=tuple(given.trust),
        limits=Limits(given.max_body, given.max_batch, given.max_depth),
        drain=given.drain,
        host=given.host,
        port=given.port or 0,
        fd=given.fd,
        control_fd=given.control_fd,
        window=given.window,
        state=given.state,
        wishes=Wishes(given.sample, given.keep, tuple(given.redact), given.predictions),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mlspec.serving", description="Serve one model over HTTP.")
    add = parser.add_argument
    add("--bundle", type=Path, required=True, metavar="DIR", help="the folder of model.skops and signature.json")
    add("--name", required=True, help="the model's name")
    add("--version", required=True, help="the model's version, such as v1.2.0")
    add("--trust", action="append", default=[], metavar="TYPE", help="a type that the model file may hold")
    _add_limits(parser)
    add("--host", default="127.0.0.1", help="the address to listen on")
    add("--port", type=int, help="the port to listen on; 0: any free one")
    add("--fd", type=int, metavar="N", help="an inherited listening socket, instead of a port")
    add("--control-fd", type=int, metavar="M", help="an inherited socket to the supervisor")
    _add_monitoring(parser)
    return parser


def _add_monitoring(parser: argparse.ArgumentParser) -> None:
    """What counts only beside a profile.json."""
    add = parser.add_argument
    add("--window", type=int, default=1000, metavar="ROWS", help="how many rows' counts are kept, with a profile.json")
    add("--state", type=Path, metavar="DIR", help="where the counts are kept for the next worker")
    add("--sample", type=float, default=0.0, metavar="SHARE", help="the share of requests whose rows are kept")
    add("--keep", type=int, default=10_000, metavar="ROWS", help="how many of these rows")
    add("--redact", action="append", default=[], metavar="COLUMN", help="a column that is not kept")
    add("--predictions", type=int, default=0, metavar="ROWS", help="how many answers are kept by their ids")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = Limits()
    add = parser.add_argument
    add("--max-body", type=int, default=limits.body, metavar="BYTES", help="the largest request")
    add("--max-batch", type=int, default=limits.batch, metavar="N", help="the most rows of one request")
    add("--max-depth", type=int, default=limits.depth, metavar="N", help="the deepest JSON")
    add("--drain", type=float, default=10.0, metavar="SECONDS", help="how long to wait for clients when leaving")
