"""What is seen of a canary: whole and well, on its way, ill, or left of an interrupted deployment."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.swarm_specs import PLACE, SERVE, canary, candidate, deployment, front, server, split, task

from mlspec.adapters.swarm.seen import Seen, running
from mlspec.adapters.swarm.view import View
from mlspec.domain.actual import Canary, Health, Running

Service = dict[str, Any]


def look(
    servers: Service | None, share: Service | None, *states: str, passing: str = "running", **more: Any
) -> Running:
    """A place with v1.0.0 that is well, and these services and tasks of a canary."""
    before, port = server(), front()
    tasks = [task(servers, it, number=number, **more) for number, it in enumerate(states)] if servers else []
    seen = Seen(
        PLACE,
        View(before, [task(before), task(before, number=1)]),
        View(port, [task(port)]),
        View(servers, tasks) if servers else None,
        View(share, [task(share, passing)]) if share else None,
    )
    return running("shop", seen, "127.0.0.1")


def test_a_canary_is_told_beside_what_runs() -> None:
    found = look(canary(), split(), "running")
    assert found.canary == Canary("v1.1.0", SERVE, 0.1, 5.5, 1, Health.HEALTHY)
    assert (found.version, found.health, found.drift, found.fence) == ("v1.0.0", Health.HEALTHY, "", 8)


def test_a_shadow_is_one_that_gets_copies() -> None:
    found = look(canary(mirrored=True, share=1.0), split(mirrored=True, share=1.0), "running")
    assert found.canary == Canary("v1.1.0", SERVE, 1.0, 5.5, 1, Health.HEALTHY, mirrored=True)
    assert found.drift == ""
    configs = split(mirrored=True)["Spec"]["TaskTemplate"]["ContainerSpec"]["Configs"]
    assert [config["File"]["Name"].rpartition("/")[2] for config in configs] == ["haproxy.cfg", "mlspec-mirror.lua"]


@pytest.mark.parametrize(
    ("states", "more", "health"),
    [
        (("starting",), {}, Health.PROGRESSING),
        (("failed", "failed", "starting"), {}, Health.PROGRESSING),
        (("failed", "failed", "failed"), {"Err": "task: non-zero exit (3)"}, Health.MISSING),
        (("complete", "complete", "complete", "running"), {}, Health.HEALTHY),
        (("pending",), {"Err": "no suitable node"}, Health.MISSING),
    ],
)
def test_one_that_dies_again_and_again_is_ill(states: tuple[str, ...], more: dict[str, Any], health: Health) -> None:
    found, due = canary(), {"starting", "running", "pending"}
    tasks = [
        task(found, it, desired="running" if it in due else "shutdown", number=number, **more)
        for number, it in enumerate(states)
    ]
    before, port, share = server(), front(), split()
    seen = Seen(PLACE, View(before, []), View(port, []), View(found, tasks), View(share, [task(share)]))
    told = running("shop", seen, "127.0.0.1").canary
    assert told is not None
    assert told.health is health, told.reason


def test_where_nothing_shares_out_it_is_not_the_canary_that_is_ill() -> None:
    found = look(canary(), split(), "running", passing="failed").canary
    assert found is not None
    assert (found.health, found.reason) == (Health.PROGRESSING, "what shares the requests out does not run")


def evil(service: Service) -> Service:
    service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = "evil"
    return service


def unlabelled(service: Service) -> Service:
    del service["Spec"]["Labels"]["io.mlspec.serve"]
    return service


@pytest.mark.parametrize(
    ("servers", "share", "words"),
    [
        (canary(), None, "its candidate has lost its share"),
        (None, split(), "its candidate has lost its servers"),
        (canary(), split(version="v1.2.0"), "its candidate's share is that of another deployment"),
        (canary(), split(share=0.2), "its candidate's share is that of another deployment"),
        (canary(), split(mirrored=True), "of its candidate's share, the config was changed by hand"),
        (canary(), split("v0.9.0"), "its candidate's share is that of another deployment"),
        (evil(canary()), split(), "of its candidate, its image was changed by hand"),
        (canary(), evil(split()), "of its candidate's share, the image was changed by hand"),
        (unlabelled(canary()), split(), "its candidate belongs to nothing that runs"),
    ],
)
def test_what_is_no_canary_is_drift(servers: Service | None, share: Service | None, words: str) -> None:
    found = look(servers, share, "running")
    assert (found.drift, found.canary, found.version) == (words, None, "v1.0.0")


def test_what_is_left_where_nothing_runs_any_more_is_told() -> None:
    found = running("shop", Seen(PLACE, canary=View(canary(), []), split=View(split(), [])), "127.0.0.1")
    assert (found.health, found.version, found.canary) == (Health.MISSING, "", None)
    assert found.drift == "its service was removed; its candidate belongs to nothing that runs"


def test_a_canary_whose_update_is_under_way_is_not_compared() -> None:
    found = look(evil(canary("updating")), split(), "running")
    assert (found.drift, found.canary is None) == ("", False)


def test_the_newest_fence_counts() -> None:
    assert Seen(PLACE, View(server(), [])).fence == deployment().fence < candidate().fence
