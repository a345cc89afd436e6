"""The load step: how long the real server takes for one row, and how many requests it answers in a second.

Test rows are sent one by one over a kept connection, by a real HTTP client on this machine, after a warm-up; in each of
several rounds the percentiles are those of its requests (nearest rank), and the median of the rounds is told, as one
round may meet a busy moment. Throughput is that of four connections at a time, its median over the rounds.
"""

from __future__ import annotations

import http.client
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from mlspec.steps.models import SIGNATURE
from mlspec.steps.params import Params
from mlspec.steps.served import Port, post, request_bodies, serving
from mlspec.steps.signature import read_signature
from mlspec.steps.testing import sent_table

WARMUP: Final = 30
ROUNDS: Final = 5
REQUESTS: Final = 200
SECONDS: Final = 1.0
"""A round ends with the first of its requests and its seconds, but for a few requests that it always has."""
LEAST: Final = 20
CLIENTS: Final = 4


def run(params: Params, folder: Path) -> dict[str, float]:
    """{name: value}: seconds for latencies, requests a second for the throughput."""
    signature = read_signature(folder / SIGNATURE)
    bodies = request_bodies(sent_table(params, signature), signature)
    with serving(params, folder) as port:
        return measure_load(port, bodies)


def measure_load(port: Port, bodies: Sequence[bytes]) -> dict[str, float]:
    """The four figures of a server that answers on this port."""
    _round(port, bodies, WARMUP, math.inf)
    rounds = [_round(port, bodies, REQUESTS, SECONDS) for _ in range(ROUNDS)]
    found = {
        f"latency_p{percent}": statistics.median(percentile(seconds, percent) for seconds in rounds)
        for percent in (50, 95, 99)
    }
    with ThreadPoolExecutor(CLIENTS) as clients:
        rates = [sum(clients.map(lambda _: _rate(port, bodies), range(CLIENTS))) for _ in range(ROUNDS // 2 + 1)]
    return found | {"throughput": statistics.median(rates)}


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest rank: the least value that so many percent of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _round(port: Port, bodies: Sequence[bytes], most: int, seconds: float) -> list[float]:
    """The seconds of each request."""
    times: list[float] = []
    started = time.perf_counter()
    for taken in islice(_answered(port, bodies), most):
        times.append(taken)
        if len(times) >= LEAST and time.perf_counter() - started > seconds:
            break
    return times


def _rate(port: Port, bodies: Sequence[bytes]) -> float:
    """Requests a second over one connection."""
    started = time.perf_counter()
    for count, _ in enumerate(_answered(port, bodies), 1):
        if (passed := time.perf_counter() - started) > SECONDS:
            return count / passed
    return 0.0


def _answered(port: Port, bodies: Sequence[bytes]) -> Iterator[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        for body in cycle(bodies):
            before = time.perf_counter()
            post(connection, body)
            yield time.perf_counter() - before
    finally:
        connection.close()
