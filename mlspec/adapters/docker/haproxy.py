"""The front's configuration: HAProxy in front of the servers that a route names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mlspec.adapters.docker.mirror import THREADS, load, rules
from mlspec.adapters.docker.route import Route, Server, Share, to_comment
from mlspec.domain.service import VERSION

PORT: Final = 8080
"""Where servers and fronts listen, each inside its container."""

FOLDER: Final = "/etc"
"""Where a front has its configuration, and what that loads"""

DRAIN: Final = 10
"""Seconds that requests and idle clients get after a switch, as with the process target."""

_HEAD: Final = """\
global
    log stdout format raw local0 notice
    # Listeners are handed to the next worker through it.
    stats socket /tmp/admin.sock mode 600 level admin expose-fd listeners
    hard-stop-after {drain}s
    maxconn 4096
    nbthread {threads}
{loaded}
defaults
    mode http
    log global
    option httplog
    option log-separate-errors
    timeout connect 1s
    timeout http-request 30s
    timeout client 5m
    timeout server 10m
    timeout http-keep-alive 75s
    # After a reload an idle client hears of it with its next answer, not by a broken connection.
    option idle-close-on-response
    # A prediction may be asked for twice: what a server that ended leaves unanswered is asked again, of another server
    # or of the same one once the engine has started it anew. For that it has to be here as a whole before a server gets
    # any of it.
    option http-buffer-request
    retry-on conn-failure empty-response
    option redispatch 1
    retries 15
    balance random{draws}
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
{copied}{chosen}    default_backend servers

backend servers
    default-server {check}resolvers engine resolve-prefer ipv4
"""

_ERRORS: Final = {
    502: "the server broke off its answer",
    503: "no server answers",
    504: "the server took too long to answer",
}

MOST: Final = 256
"""The greatest weight of a server"""

_CHECK: Final = "check inter 1s fall 2 rise 1 "


def config(route: Route) -> str:
    """The whole file.

    A front that is told of other servers has their addresses from the first moment; one that is started later, with its
    engine maybe, asks for them, as they may have changed hands.

    Servers are checked (can one connect?) only where another could take over: a single one that is being started
    again is waited for. Whether it is ready says the image's own HEALTHCHECK, before it gets into a route.
    """
    canary = route.canary
    filled = {
        "loaded": load(FOLDER) if canary and canary.mirrored else "",
        "copied": rules(canary.version, canary.share, PORT) if canary and canary.mirrored else "",
        "chosen": _chosen(route, canary) if canary else "",
        "draws": "(1)" if canary and not canary.mirrored else "",
        "check": _CHECK if len(route.answering) > 1 else "",
    }
    head = _HEAD.format(drain=DRAIN, port=PORT, threads=THREADS, errors=json_errors(), **filled)
    return to_comment(route) + head + _split(route) + _alone(route)


def _split(route: Route) -> str:
    """The servers that callers get answers of."""
    canary = route.canary
    if canary is None or canary.mirrored:
        return _servers(route, route.servers)
    before, after = weights(canary.share, len(route.servers), len(canary.servers))
    return _servers(route, route.servers, before) + _servers(route, canary.servers, after, "canary")


def _alone(route: Route) -> str:
    """Each of two versions by itself."""
    both = (("before", route.servers), ("canary", route.canary.servers)) if route.canary else ()
    return "".join(
        f"\nbackend {name}\n    default-server resolvers engine resolve-prefer ipv4\n{_servers(route, servers)}"
        for name, servers in both
    )


def weights(share: float, before: int, after: int) -> tuple[int, int]:
    """The weights of each server of two groups, so that the second one gets the share; HAProxy's go from 1 to 256."""
    old, new = (1 - share) / before, share / after
    scale = MOST / max(old, new)
    return max(1, round(old * scale)), max(1, round(new * scale))


def _chosen(route: Route, canary: Share) -> str:
    """Whoever names a version gets it: what both counted has to be asked apart."""
    return "".join(
        f'    use_backend {name} if {{ req.hdr({VERSION}) -m str "{version}" }}\n'
        for name, version in (("before", route.version), ("canary", canary.version))
    )


def _servers(route: Route, servers: Sequence[Server], weight: int = 0, stem: str = "server") -> str:
    return "".join(
        f"    server {stem}{number} {server.host}:{PORT} init-addr {_first(route, server)}"
        f"{f' weight {weight}' if weight else ''}\n"
        for number, server in enumerate(servers, 1)
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
