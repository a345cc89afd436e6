"""The front's configuration: HAProxy in front of the servers that a route names."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.docker.route import Route, Server, to_comment

PORT: Final = 8080
"""Where servers and fronts listen, each inside its container."""

DRAIN: Final = 10
"""Seconds that requests and idle clients get after a switch, as with the process target."""

_HEAD: Final = """\
global
    log stdout format raw local0 notice
    # Listeners are handed to the next worker through it.
    stats socket /tmp/admin.sock mode 600 level admin expose-fd listeners
    hard-stop-after {drain}s
    maxconn 4096
    nbthread 2

defaults
    mode http
    log global
    option log-separate-errors
    timeout connect 1s
    timeout http-request 30s
    timeout client 5m
    timeout server 10m
    timeout http-keep-alive 75s
    # After a reload an idle client hears of it with its next answer, not by a broken connection.
    option idle-close-on-response
    # A prediction may be asked for twice: what a server that ended leaves unanswered is asked again, of another server
    # or of the same one once the engine has started it anew.
    retry-on conn-failure empty-response
    option redispatch 1
    retries 15
    balance random
{errors}
resolvers engine
    nameserver engine 127.0.0.11:53
    resolve_retries 1
    timeout resolve 500ms
    timeout retry 1s
    hold valid 500ms
    # Another address counts at once, and one without a name soon: it may be another model's now. In between is the
    # time that the engine takes to start a container again.
    hold obsolete 0s
    hold nx 3s
    hold other 3s
    hold refused 3s
    # An engine that does not answer (it is busy, or away with live-restore) gives no address to anybody else.
    hold timeout 1h

frontend place
    bind :{port}
    default_backend servers

backend servers
    default-server {check}resolvers engine resolve-prefer ipv4
"""

_ERRORS: Final = {
    502: "the server broke off its answer",
    503: "no server answers",
    504: "the server took too long to answer",
}

_CHECK: Final = "check inter 1s fall 2 rise 1 "


def config(route: Route) -> str:
    """The whole file.

    A front that is told of other servers has their addresses from the first moment; one that is started later, with its
    engine maybe, asks for them, as they may have changed hands.

    Servers are checked (can one connect?) only where another could take over: a single one that is being started
    again is waited for. Whether it is ready says the image's own HEALTHCHECK, before it gets into a route.
    """
    check = _CHECK if len(route.servers) > 1 else ""
    head = _HEAD.format(drain=DRAIN, port=PORT, check=check, errors=json_errors())
    return (
        to_comment(route)
        + head
        + "".join(
            f"    server server{number} {server.host}:{PORT} init-addr {_first(route, server)}\n"
            for number, server in enumerate(route.servers, 1)
        )
    )


def _first(route: Route, server: Server) -> str:
    """How a worker that begins learns the address; afterwards the engine's DNS is asked all the time."""
    return "libc,none" if route.settled or not server.address else f"{server.address},none"


def json_errors() -> str:
    """Errors about servers, in the form that their own have."""
    return "".join(
        f'    http-error status {status} content-type application/json string \'{{"error": "{text}"}}\'\n'
        for status, text in _ERRORS.items()
    )
