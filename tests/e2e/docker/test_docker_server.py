"""The docker target with the real model server."""

from __future__ import annotations

import json
import time

import pytest
from e2e.docker.shop import Shop
from fakes.containers import deployment
from fakes.load import Load, load

from mlspec.adapters.docker.runtime import DockerRuntime
from mlspec.adapters.images.store import open_images
from mlspec.domain.actual import Place

pytestmark = pytest.mark.slow

SWAPS = 6
"""Few, as each takes the real server's start; `test_docker_target.py` has more, of a server that starts at once."""
ROWS = json.dumps({"rows": [{"a": 0.9, "b": 0.9}]})


def test_redeploys_of_the_real_server_lose_nothing(toy_shop: Shop) -> None:
    """One image under many versions: what is measured is the hand-over."""
    toy_shop.mlspec("apply", "--yes")
    [image] = open_images(toy_shop.name, "").known().values()
    target = DockerRuntime(toy_shop.name, "", toy_shop.root, ready=120)
    place = Place("production", "toy")
    kept, closed = (Load("/predict", ROWS.encode(), pause=0.01) for _ in range(2))
    took = []
    with (
        load(toy_shop.place()["endpoint"], kept, keep_alive=2, close=0),
        load(toy_shop.place()["endpoint"], closed, keep_alive=0, close=2),
    ):
        for number in range(1, SWAPS + 1):
            start = time.monotonic()
            target.deploy(deployment(image, f"v1.{number}.0", place=place, fence=1000 + number))
            took.append(time.monotonic() - start)
    for name, requests in (("keep-alive", kept), ("close", closed)):
        print(f"{name}: {requests.count} requests over {SWAPS} redeploys, {len(requests.lost)} lost")
        assert requests.lost == []
        versions = {json.loads(text)["version"] for text in requests.answers}
        assert versions >= {f"v1.{number}.0" for number in range(1, SWAPS)}
    print(f"a redeploy took {sorted(took)[SWAPS // 2]:.1f} s, at most {max(took):.1f} s")
    target.engine.client.close()
