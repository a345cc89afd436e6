"""The front's configuration."""

from __future__ import annotations

from dataclasses import replace

from unit.adapters.docker.routes import route, server

from mlspec.adapters.docker.haproxy import config
from mlspec.adapters.docker.route import from_comment


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
