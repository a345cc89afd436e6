"""Orders: what the control socket carries, and a worker's command line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mlspec.adapters.process.order import Launch, Order

LAUNCH = Launch(("python", "-m", "server"), {"PATH": "/bin"}, 60.0, 10.0)
ORDER = Order(
    project="shop",
    environment="production",
    model="wine",
    version="v1.0.0",
    artefact="sha256:abc",
    bundle="/b",
    host="127.0.0.1",
    port=0,
    replicas=2,
    revision="r",
    fence=3,
    launch=LAUNCH,
    trust=("a.B", "c.D"),
    serve={"serving.limits.body": 1048576, "serving.limits.depth": 16, "serving.protocol": "x", "replicas": 2},
)


def test_json_brings_back_the_same() -> None:
    assert Order.from_json(json.loads(json.dumps(ORDER.to_json()))) == ORDER


@pytest.mark.parametrize("broken", [{}, {"launch": {}}, {"launch": None}])
def test_something_else_is_no_order(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        Order.from_json(broken)


def test_a_worker_is_told_files_trust_limits_and_sockets() -> None:
    assert " ".join(ORDER.command(7, 8)) == (
        "python -m server --bundle /b --name wine --version v1.0.0 --trust a.B --trust c.D "
        "--max-body 1048576 --max-depth 16 --drain 10 --fd 7 --control-fd 8"
    )


def test_labels_do_not_ask_for_other_workers() -> None:
    other = Launch(("python3",), {}, 1.0, 1.0)
    assert ORDER.asks_for_the_same(replace(ORDER, revision="s", fence=4, launch=other))


@pytest.mark.parametrize(
    "change", [{"version": "v2"}, {"artefact": "x"}, {"serve": {}}, {"replicas": 3}, {"port": 9000}, {"trust": ()}]
)
def test_everything_else_does(change: dict[str, object]) -> None:
    assert not ORDER.asks_for_the_same(replace(ORDER, **change))  # type: ignore[arg-type]
