"""HAProxy's configurations: which servers there are is asked of the engine's DNS, all the time; pure."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.docker.haproxy import PORT, json_errors

SLOTS: Final = 200
"""Replicas at most, the new ones of an update among them. The same for all: another text would replace the front."""
SPLITTERS: Final = 2
"""Tasks that share the requests out while there is a canary: one may die, or be on a node that does"""

HEALTH: Final = PORT + 1
"""Where one that shares out says whether it knows of servers"""

_HEAD: Final = """\
# Written by mlspec. The engine's DNS has the addresses of healthy tasks only, and forgets one two seconds before the
# task is told to end: by then no new request goes there.
global
    log stdout format raw daemon warning
{loaded}    # As many connections as the engine allows files for, which may be a billion.
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

PASSING: Final = """
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

CHECKED: Final = "inter 1s fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down "
"""After `check`: at once, as others stand in for such a server"""

# Servers are a backup of it: without a canary nothing has the name, and whatever befalls it, they are there.
_SPLIT: Final = """\
    option httpchk GET /
    option allbackups
    server-template split {count} {split}:{port} check port {health} {checked}resolvers passing init-addr none
"""

_SERVERS: Final = """\
    server-template server {slots} tasks.{service}:{port} {flags}resolvers engine init-addr libc,none
"""


def haproxy_config(service: str, split: str = "") -> str:
    """Balance over the tasks of a service. Without checks: health is the engine's HEALTHCHECK, told by its DNS.

    While something has the name `split` it is asked instead, where it is well; it passes on what it is asked.
    """
    if not split:
        return head() + _FRONT.format(port=PORT) + servers(service)
    asked = _SPLIT.format(count=4 * SPLITTERS, split=split, port=PORT, checked=CHECKED, health=HEALTH)
    return head() + PASSING + _FRONT.format(port=PORT) + asked + servers(service, "backup ")


def head(loaded: str = "") -> str:
    """What all configurations begin with; `loaded` are more lines of the `global` section."""
    return _HEAD.format(errors=json_errors(), loaded=loaded)


def servers(service: str, flags: str = "") -> str:
    """The tasks of a service, in a backend."""
    return _SERVERS.format(slots=SLOTS, service=service, port=PORT, flags=flags)
