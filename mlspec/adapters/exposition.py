"""What a server says of itself at /metrics, in Prometheus' text format: requests, errors and times of predictions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from mlspec.domain.service import Service, quantile

_LINE: Final = re.compile(r"mlspec_(\w+)\{(.*)\} (\S+)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_PREDICTING: Final = ("/predict", "/infer")
"""How routes end that answer with predictions; health and metrics are nobody's traffic"""
_HUNDRED: Final = 100
_REFUSED: Final = 4
_FAILED: Final = 5


def worker(text: str) -> str:
    """Which process answered; empty where the text does not say."""
    return next((labels.get("pid", "") for name, labels, _ in _samples(text) if name == "model_info"), "")


def service(texts: Iterable[str], version: str) -> Service:
    """What the workers of one version counted together; KeyError, ValueError, OverflowError where that is none."""
    requests: Counter[int] = Counter()
    buckets: Counter[float] = Counter()
    for text in texts:
        samples = list(_samples(text))
        said = {labels.get("version") for name, labels, _ in samples if name == "model_info"}
        if said != {version}:
            return Service(version, unknown=f"what answers says that it is {', '.join(map(str, said)) or 'nothing'}")
        for name, labels, value in samples:
            if not labels.get("route", "").endswith(_PREDICTING):
                continue
            if name == "requests_total":
                requests[min(_FAILED, int(labels["code"]) // _HUNDRED)] += int(value)
            elif name == "request_duration_seconds_bucket":
                buckets[float(labels["le"].replace("+Inf", "inf"))] += int(value)
    refused, failed = requests[_REFUSED], requests[_FAILED]
    return Service(version, requests.total(), failed, quantile(buckets, 0.95), refused=refused)


def _samples(text: str) -> Iterable[tuple[str, dict[str, str], float]]:
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            yield found[1], dict(_LABEL.findall(found[2])), float(found[3])
