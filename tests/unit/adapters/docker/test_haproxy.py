"""The front's configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.adapters.docker.routes import route, server

from mlspec.adapters.docker.haproxy import config, weights
from mlspec.adapters.docker.route import Share, from_comment


def servers_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("    server ")]


def test_it_begins_with_the_route() -> None:
    assert from_comment(config(route(2))) == route(2)


def test_each_server_is_found_by_its_name_in_the_network() -> None:
    assert servers_of(config(route(2))) == [
        "server server1 server-1:8080 init-addr libc,none",
        "server server2 server-2:8080 init-addr libc,none",
    ]


def test_a_worker_that_moves_the_traffic_knows_the_addresses() -> None:
    """DNS that is slow must not cost a request."""
    known = replace(server(), address="172.18.0.4")
    assert servers_of(config(replace(route(), servers=(known,), settled=False))) == [
        "server server1 server-1:8080 init-addr 172.18.0.4,none"
    ]


def test_one_that_is_started_later_asks_for_the_addresses() -> None:
    """They may be others' by then."""
    known = replace(server(), address="172.18.0.4")
    made = replace(route(), servers=(known,))
    assert servers_of(config(made)) == ["server server1 server-1:8080 init-addr libc,none"]


def test_only_servers_that_are_not_alone_are_checked() -> None:
    """A single one that is being started again is waited for."""
    assert " check " not in config(route(1))
    assert "default-server check " in config(route(2))


def test_what_is_settled_changes_no_line_that_haproxy_reads() -> None:
    lines = [line for line in config(route(revision="a")).splitlines() if not line.startswith("#")]
    assert lines == [line for line in config(route(revision="b", fence=8)).splitlines() if not line.startswith("#")]


CANARY = Share("v1.1.0", {"replicas": 2}, 0.1, 5.5, (server(7),))


def test_a_canary_is_in_the_route() -> None:
    assert from_comment(config(route(2, canary=CANARY))) == route(2, canary=CANARY)
    assert '"canary"' not in config(route(2))


def test_a_canary_stands_among_the_servers_by_weight_and_each_version_alone_by_its_name() -> None:
    text = config(route(2, canary=CANARY))
    assert servers_of(text) == [
        "server server1 server-1:8080 init-addr libc,none weight 256",
        "server server2 server-2:8080 init-addr libc,none weight 256",
        "server canary1 server-7:8080 init-addr libc,none weight 57",
        "server server1 server-1:8080 init-addr libc,none",
        "server server2 server-2:8080 init-addr libc,none",
        "server server1 server-7:8080 init-addr libc,none",
    ]
    assert "balance random(1)\n" in text
    assert '    use_backend canary if { req.hdr(mlspec-version) -m str "v1.1.0" }\n' in text


@pytest.mark.parametrize(
    ("share", "before", "after"), [(0.01, 1, 1), (0.1, 1, 1), (0.1, 8, 1), (0.5, 3, 1), (0.3, 2, 2)]
)
def test_weights_give_the_share(share: float, before: int, after: int) -> None:
    old, new = weights(share, before, after)
    assert 1 <= min(old, new) <= max(old, new) <= 256
    assert new * after / (old * before + new * after) == pytest.approx(share, rel=0.2)


SHADOW = replace(CANARY, share=0.5, mirrored=True)


def test_a_shadow_gets_copies_and_no_request() -> None:
    text = config(route(2, canary=SHADOW))
    assert from_comment(text) == route(2, canary=SHADOW)
    assert "    lua-load-per-thread /etc/mlspec-mirror.lua\n" in text
    copying = "    http-request lua.mirror v1.1.0 8080 16 if METH_POST !{ req.hdr(mlspec-version) -m found } "
    assert copying + "{ rand(1000000) lt 500000 }\n" in text
    shared, _, alone = text.partition("\nbackend before\n")
    assert "server-7" not in shared.partition("\nbackend servers\n")[2]
    assert "server-7" in alone.partition("\nbackend canary\n")[2]
    assert "balance random\n" in text


def test_a_single_server_beside_a_shadow_is_waited_for() -> None:
    assert " check " not in config(route(1, canary=SHADOW))
    assert " check " in config(route(1, canary=CANARY))


def test_what_an_older_mlspec_can_read_has_no_news_for_it() -> None:
    assert "mirrored" not in config(route(2, canary=CANARY))
