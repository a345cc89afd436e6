"""HAProxy's configurations: which servers there are is asked of the engine's DNS, all the time; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.adapters.docker.haproxy import PORT, json_errors
from mlspec.domain.service import VERSION

SLOTS: Final = 200
"""Replicas at most, the new ones of an update among them. The same for all: another text would replace the front."""
SPLITTERS: Final = 2
"""Tasks that share the requests out while there is a canary: one may die, or be on a node that does"""

_HEALTH: Final = PORT + 1
"""Where one that shares out says whether it knows of servers"""
_PARTS: Final = 10_000

_HEAD: Final = """\
# Written by mlspec. The engine's DNS has the addresses of healthy tasks only, and forgets one two seconds before the
# task is told to end: by then no new request goes there.
global
    log stdout format raw daemon warning
    # As many connections as the engine allows files for, which may be a billion.
    fd-hard-limit 20000
    hard-stop-after 15s

defaults
    mode http
    log global
    # Only what did not go well is said, with how it ended.
    option httplog
    option log-separate-errors
    option dontlognull
    timeout connect 1s
    timeout client 5m
    timeout server 5m
    timeout queue 30s
    timeout http-request 30s
    timeout http-keep-alive 75s
    # A task that is gone takes no request along: another is tried, for as long as the engine needs to start one anew.
    retries 30
    option redispatch 1
    retry-on conn-failure empty-response
    # Only a request that was here as a whole before a server got any of it can be asked again.
    option http-buffer-request
    balance leastconn
    # A node that died says nothing: what it was asked is given up long before the answer's own deadline.
    default-server tcp-ut 30s resolve-prefer ipv4
{errors}
resolvers engine
    nameserver dns 127.0.0.11:53
    accepted_payload_size 8192
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 500ms
    hold obsolete 0s
    # No answer is no news: the last addresses are kept.
    hold nx 60s
    hold other 60s
    hold refused 60s
    hold timeout 60s
"""

_PASSING: Final = """
resolvers passing
    nameserver dns 127.0.0.11:53
    accepted_payload_size 8192
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 500ms
    hold obsolete 0s
    # What has no name any more is gone, and its addresses may be another's soon.
    hold nx 1s
    hold other 1s
    hold refused 60s
    hold timeout 60s
"""

_FRONT: Final = """
frontend port
    bind :{port}
    # Idle clients hear of it when the front itself leaves.
    option idle-close-on-response
    default_backend servers

backend servers
"""

# Servers are a backup of it: without a canary nothing has the name, and whatever befalls it, they are there.
_SPLIT: Final = """\
    option httpchk GET /
    option allbackups
    server-template split {count} {split}:{port} check port {health} inter 1s fall 1 rise 1 observe layer4 \
error-limit 1 on-error mark-down resolvers passing init-addr none
"""

_SERVERS: Final = """\
    server-template server {slots} tasks.{service}:{port} {flags}resolvers engine init-addr libc,none
"""

_CANARY: Final = """\
    server-template canary {slots} tasks.{service}:{port} {flags}resolvers passing init-addr libc,none
"""

_CHECKED: Final = "check inter 1s fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down "

_SHARING: Final = """
frontend port
    bind :{port}
{chosen}    use_backend share if {{ rand({parts}) lt {share} }}
    default_backend before

frontend health
    bind :{health}
    monitor-uri /
    monitor fail if {{ nbsrv(before) lt 1 }}

backend before
{before}
backend canary
{canary}
backend share
    option allbackups
{checked}{backup}"""


def haproxy_config(service: str, split: str = "") -> str:
    """Balance over the tasks of a service. Without checks: health is the engine's HEALTHCHECK, told by its DNS.

    While something has the name `split` it is asked instead, where it is well; it passes on what it is asked.
    """
    if not split:
        return _head() + _FRONT.format(port=PORT) + _servers(service)
    asked = _SPLIT.format(count=4 * SPLITTERS, split=split, port=PORT, health=_HEALTH)
    return _head() + _PASSING + _FRONT.format(port=PORT) + asked + _servers(service, "backup ")


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which share of the requests goes to the tasks of `canary`, and who names a version gets it.

    `before` and `canary` are services, the versions those that run there.
    """

    before: str
    canary: str
    versions: tuple[str, str]
    share: float


def split_config(sharing: Sharing) -> str:
    """Draw for each request. What a canary leaves unanswered is asked of the other servers."""
    before, canary = sharing.before, sharing.canary
    return (
        _head()
        + _PASSING
        + _SHARING.format(
            port=PORT,
            health=_HEALTH,
            parts=_PARTS,
            share=round(_PARTS * sharing.share),
            chosen=_chosen(dict(zip(("before", "canary"), sharing.versions, strict=True))),
            before=_servers(before),
            canary=_CANARY.format(slots=SLOTS, service=canary, port=PORT, flags=""),
            checked=_CANARY.format(slots=SLOTS, service=canary, port=PORT, flags=_CHECKED),
            backup=_servers(before, "backup "),
        )
    )


def _chosen(versions: Mapping[str, str]) -> str:
    """Whoever names a version gets it: what both counted has to be asked apart."""
    return "".join(
        f'    use_backend {name} if {{ req.hdr({VERSION}) -m str "{version}" }}\n' for name, version in versions.items()
    )


def _head() -> str:
    return _HEAD.format(errors=json_errors())


def _servers(service: str, flags: str = "") -> str:
    return _SERVERS.format(slots=SLOTS, service=service, port=PORT, flags=flags)
