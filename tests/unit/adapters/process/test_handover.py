"""Hand-over under load: no request is lost."""

from __future__ import annotations

import json
from pathlib import Path

from fakes.load import Load, load
from fakes.processes import PLACE, end_all, order, runtime, status


def test_twenty_swaps_lose_nothing(tmp_path: Path) -> None:
    root = tmp_path / "state"
    target = runtime(root)
    kept, closed = Load("/"), Load("/")
    try:
        endpoint = target.deploy(order(tmp_path, "v0.0.0")).endpoint
        with load(endpoint, kept, keep_alive=2, close=0), load(endpoint, closed, keep_alive=0, close=2):
            for number in range(1, 21):
                replicas = 2 if number in {9, 10} else 1
                target.deploy(order(tmp_path, f"v0.{number}.0", replicas=replicas, fence=number))
                if number == 10:
                    target.scale(PLACE, 3, {"replicas": 3})
                    target.scale(PLACE, 1, {"replicas": 1})
        supervisor = status(root)["pid"]
        files = list(Path(f"/proc/{supervisor}/fd").iterdir())
        assert len(files) < 25, "files of generations that left stay open"
    finally:
        target.retire(PLACE)
        end_all(root)
    for name, requests in (("keep-alive", kept), ("close", closed)):
        print(f"{name}: {requests.count} requests over 20 swaps, {len(requests.lost)} lost")
        assert requests.lost == []
        assert requests.count > 100
        assert len({json.loads(text)["version"] for text in requests.answers}) > 15, "the versions did serve"
