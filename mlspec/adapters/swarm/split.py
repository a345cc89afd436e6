"""What shares the requests out while a place has a canary: a service between its front and both versions; pure.

The front is never touched for it: a port of a node can't be handed from one task to the next without a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mlspec.adapters.docker.client import label
from mlspec.adapters.swarm.front import Front, front_of, proxy_task
from mlspec.adapters.swarm.haproxy import SPLITTERS, Sharing, split_config
from mlspec.adapters.swarm.labels import MAKE
from mlspec.adapters.swarm.names import SPLIT, canary_name, place_labels, service_name, split_name
from mlspec.adapters.swarm.template import Setting, Spec, rolling
from mlspec.ports.runtime import Deployment


@dataclass(frozen=True, slots=True)
class Split(Front):
    """Who gets which share. `proxy` and `image` are those of the place's front; `port` is of no use here."""

    before: str
    version: str
    share: float
    role: ClassVar[str] = SPLIT

    def named(self, project: str) -> str:
        """The service's name."""
        return split_name(project, self.place)

    def text(self, project: str) -> str:
        """Its configuration."""
        services = service_name(project, self.place), canary_name(project, self.place)
        return split_config(Sharing(*services, (self.before, self.version), self.share))

    @property
    def told(self) -> dict[str, str]:
        """What it says of itself."""
        named = {"before": self.before, "version": self.version, "share": repr(self.share)}
        return {label(name): value for name, value in named.items()}


def split_between(before: Deployment, canary: Deployment, front: Mapping[str, Any]) -> Split:
    """What a canary needs beside a deployment, by the image of the front that is there."""
    found = front_of(before.place, front)
    return Split(before.place, 0, found.proxy, found.image, before.version, canary.version, canary.share)


def split_spec(setting: Setting, split: Split, config_id: str) -> Spec:
    """Tasks that nobody outside of the network reaches, on several nodes where there are any."""
    own = {label("proxy"): split.proxy, label("image"): split.image, label("make"): MAKE}
    return {
        "Name": split.named(setting.project),
        "Labels": place_labels(setting.project, split.place, split.role) | own | split.told,
        "TaskTemplate": proxy_task(setting, split, config_id),
        "Mode": {"Replicated": {"Replicas": SPLITTERS}},
        "UpdateConfig": rolling("start-first", "rollback"),
        "RollbackConfig": rolling("start-first", "pause"),
        "EndpointSpec": {"Mode": "dnsrr"},
    }
