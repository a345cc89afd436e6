"""What a listing of the engine says."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.adapters.docker.seen import seen
from mlspec.domain.actual import Place


def listed(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "c1",
        "Names": ["/mlspec-shop-production-wine-front"],
        "ImageID": "sha256:1",
        "Created": 5,
        "Ports": [{"IP": "127.0.0.1", "PrivatePort": 8080, "PublicPort": 20001, "Type": "tcp"}, {"PrivatePort": 9}],
        "Labels": {
            "io.mlspec.project": "shop",
            "io.mlspec.environment": "production",
            "io.mlspec.model": "wine",
            "io.mlspec.role": "front",
            "io.mlspec.fence": "7",
        },
        "State": "running",
        "Status": "Up 5 seconds (health: starting)",
        "NetworkSettings": {"Networks": {"net": {"NetworkID": "n1"}, "other": {"NetworkID": ""}}},
        **changes,
    }


def test_a_front() -> None:
    [one] = seen([listed()])
    assert (one.container, one.name, one.place) == (
        "c1",
        "mlspec-shop-production-wine-front",
        Place("production", "wine"),
    )
    assert (one.is_front, one.is_up, one.fence) == (True, True, 7)
    assert one.ports == {("127.0.0.1", 20001)}
    assert one.networks == {"n1"}


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 5 seconds (health: starting)", "starting"),
        ("Up About an hour (healthy)", "healthy"),
        ("Up 2 minutes (unhealthy)", "unhealthy"),
        ("Up 2 minutes", ""),
        ("Up 2 minutes (Paused)", ""),
        ("Exited (137) 2 minutes ago", ""),
    ],
)
def test_its_health(status: str, health: str) -> None:
    assert seen([listed(Status=status)])[0].health == health


def test_labels_that_somebody_took_or_spoilt_are_no_error() -> None:
    [one] = seen([listed(Labels={"io.mlspec.project": "shop", "io.mlspec.fence": "x"}, Ports=None, Names=None)])
    assert (one.place, one.fence, one.is_front, one.name) == (Place("", ""), 0, False, "?")


def test_the_oldest_is_first() -> None:
    items = seen([listed(Id="new", Created=9), listed(Id="old", Created=1)])
    assert [item.container for item in items] == ["old", "new"]
