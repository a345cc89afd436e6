"""The front's HAProxy configuration: which servers there are is asked of the engine's DNS, all the time; pure."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.docker.haproxy import PORT, json_errors

SLOTS: Final = 200
"""Replicas at most, the new ones of an update among them. The same for all: another text would replace the front."""

_TEXT: Final = """\
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
    # Idle clients hear of it when the front itself leaves.
    option idle-close-on-response
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

frontend port
    bind :{port}
    default_backend servers

backend servers
    balance leastconn
    # A node that died says nothing: what it was asked is given up long before the answer's own deadline.
    default-server tcp-ut 30s
    server-template server {slots} tasks.{service}:{port} resolvers engine resolve-prefer ipv4 init-addr libc,none
"""


def haproxy_config(service: str) -> str:
    """Balance over the tasks of a service. Without checks: health is the engine's HEALTHCHECK, told by its DNS."""
    return _TEXT.format(service=service, port=PORT, slots=SLOTS, errors=json_errors())
