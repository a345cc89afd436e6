"""The worker's own counters, in Prometheus' text format (a page of code: cheaper than a dependency in each image)."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
Drift = tuple[int, Mapping[str, float]]
"""rows counted, and the population stability index of each column"""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What this process has done; with several replicas each worker counts its own (`pid` tells them apart)."""

    def __init__(self, model: str, version: str, task: str) -> None:
        self._info = {"model": model, "version": version, "task": task, "pid": str(os.getpid())}
        self._started = time.time()
        self.in_flight = 0
        self.predictions = 0
        self.unseen: Counter[str] = Counter()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._times: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def observe(self, route: str, code: int, seconds: float) -> None:
        """Count one finished request."""
        self._requests[route, code] += 1
        self._times.setdefault(route, [0] * (len(BUCKETS) + 1))[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # Counter is typed for int; floats add up as well

    def render(self, drift: Drift | None = None) -> str:
        """All of it as text."""
        return "\n".join([*self._lines(), *(_drift(*drift) if drift else ())]) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _family("model_info", "gauge", "The model this worker serves.", [(self._info, 1)])
        yield from _family("start_time_seconds", "gauge", "When this worker started.", [({}, self._started)])
        yield from _family("in_flight_requests", "gauge", "Requests being answered.", [({}, self.in_flight)])
        yield from _family("predictions_total", "counter", "Rows predicted.", [({}, self.predictions)])
        unseen = [({"column": name}, count) for name, count in sorted(self.unseen.items())]
        yield from _family("unseen_categories_total", "counter", "Values that training did not see.", unseen)
        requests = [({"route": r, "code": str(c)}, n) for (r, c), n in sorted(self._requests.items())]
        yield from _family("requests_total", "counter", "Requests of this worker alone.", requests)
        yield from self._latency()

    def _latency(self) -> Iterator[str]:
        name = "mlspec_request_duration_seconds"
        yield f"# HELP {name} Time to answer, from the last header to the last byte."
        yield f"# TYPE {name} histogram"
        for route, counts in sorted(self._times.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                yield f"{name}_bucket{_labels({'route': route, 'le': bound})} {total}"
            yield f"{name}_sum{_labels({'route': route})} {self._seconds[route]}"
            yield f"{name}_count{_labels({'route': route})} {total}"


def _drift(rows: int, values: Mapping[str, float]) -> Iterator[str]:
    yield from _family("monitored_rows_total", "counter", "Rows counted over the profile's bins.", [({}, rows)])
    samples = [({"column": name}, value) for name, value in values.items()]
    text = "Population stability index of this worker's newest rows; heed their number."
    yield from _family("feature_psi", "gauge", text, samples)


def _family(name: str, kind: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    yield f"# HELP mlspec_{name} {text}"
    yield f"# TYPE mlspec_{name} {kind}"
    for labels, value in samples:
        yield f"mlspec_{name}{_labels(labels)} {value}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
