"""The configuration of what shares requests out between two versions, or copies them to one; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.adapters.docker.haproxy import PORT
from mlspec.adapters.docker.mirror import THREADS, load, rules
from mlspec.adapters.swarm.haproxy import CHECKED, HEALTH, PASSING, SLOTS, SPLITTERS, head, servers
from mlspec.domain.service import VERSION

_PARTS: Final = 10_000

_CANARY: Final = """\
    server-template canary {slots} tasks.{service}:{port} {flags}resolvers passing init-addr libc,none
"""

_SHARING: Final = """
frontend port
    bind :{port}
{copied}{chosen}{drawn}    default_backend before

frontend health
    bind :{health}
    monitor-uri /
    monitor fail if {{ nbsrv(before) lt 1 }}

backend before
{before}
backend canary
{canary}"""

_DRAWN: Final = """\
    use_backend share if {{ rand({parts}) lt {share} }}
"""

_SHARE: Final = """
backend share
    option allbackups
{checked}{backup}"""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which share of the requests goes to the tasks of `canary`, or copies of them; who names a version gets it.

    `before` and `canary` are services, the versions those that run there.
    """

    before: str
    canary: str
    versions: tuple[str, str]
    share: float
    mirrored: bool = False


def split_config(sharing: Sharing, folder: str) -> str:
    """Draw for each request; what a canary leaves unanswered is asked of the other servers.

    `folder` is where it has what it loads to copy requests.
    """
    mirrored, version = sharing.mirrored, sharing.versions[1]
    filled = {
        "copied": rules(version, sharing.share, PORT, SPLITTERS) if mirrored else "",
        "chosen": _chosen(dict(zip(("before", "canary"), sharing.versions, strict=True))),
        "drawn": "" if mirrored else _DRAWN.format(parts=_PARTS, share=round(_PARTS * sharing.share)),
        "before": servers(sharing.before),
        "canary": _canaries(sharing.canary),
    }
    begin = head(f"    nbthread {THREADS}\n{load(folder)}" if mirrored else "") + PASSING
    text = begin + _SHARING.format(port=PORT, health=HEALTH, **filled)
    if mirrored:
        return text
    return text + _SHARE.format(
        checked=_canaries(sharing.canary, f"check {CHECKED}"), backup=servers(sharing.before, "backup ")
    )


def _chosen(versions: Mapping[str, str]) -> str:
    """Whoever names a version gets it: what both counted has to be asked apart."""
    return "".join(
        f'    use_backend {name} if {{ req.hdr({VERSION}) -m str "{version}" }}\n' for name, version in versions.items()
    )


def _canaries(service: str, flags: str = "") -> str:
    return _CANARY.format(slots=SLOTS, service=service, port=PORT, flags=flags)
