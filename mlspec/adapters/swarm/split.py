"""What shares the requests out while a place has a canary: a service between its front and both versions; pure.

The front is never touched for it: a port of a node can't be handed from one task to the next without a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.mirror import FILE, LUA
from mlspec.adapters.swarm.front import CONFIG, FOLDER, Front, front_of, mounted, proxy_task
from mlspec.adapters.swarm.haproxy import SPLITTERS
from mlspec.adapters.swarm.labels import MAKE
from mlspec.adapters.swarm.names import SPLIT, canary_name, config_name, place_labels, service_name, split_name
from mlspec.adapters.swarm.sharing import Sharing, split_config
from mlspec.adapters.swarm.template import Setting, Spec, rolling
from mlspec.ports.runtime import Deployment


@dataclass(frozen=True, slots=True)
class Split(Front):
    """Who gets which share, or copies. `proxy` and `image` are those of the place's front; `port` is of no use here."""

    before: str
    version: str
    share: float
    mirrored: bool
    role: ClassVar[str] = SPLIT

    def named(self, project: str) -> str:
        """The service's name."""
        return split_name(project, self.place)

    def text(self, project: str) -> str:
        """Its configuration."""
        services = service_name(project, self.place), canary_name(project, self.place)
        versions = self.before, self.version
        return split_config(Sharing(*services, versions, self.share, self.mirrored), FOLDER)

    def configs(self, project: str) -> dict[str, str]:
        """Name → text: its configuration, and what that loads."""
        texts = [self.text(project), *([LUA] if self.mirrored else [])]
        return {config_name(self.named(project), text): text for text in texts}

    @property
    def told(self) -> dict[str, str]:
        """What it says of itself."""
        named = {"before": self.before, "version": self.version, "share": repr(self.share)}
        named |= {"mirrored": "true"} if self.mirrored else {}
        return {label(name): value for name, value in named.items()}


def split_between(before: Deployment, canary: Deployment, front: Mapping[str, Any]) -> Split:
    """What a canary needs beside a deployment, by the image of the front that is there."""
    found = front_of(before.place, front)
    given = before.version, canary.version, canary.share, canary.mirrored
    return Split(before.place, 0, found.proxy, found.image, *given)


def split_spec(setting: Setting, split: Split, configs: Mapping[str, str]) -> Spec:
    """Tasks that nobody outside of the network reaches, on several nodes where there are any. `configs`: name → id."""
    own = {label("proxy"): split.proxy, label("image"): split.image, label("make"): MAKE}
    task = proxy_task(setting, split, "")
    files = zip((CONFIG, f"{FOLDER}/{FILE}"), split.configs(setting.project), strict=False)
    task["ContainerSpec"]["Configs"] = [mounted(path, name, configs.get(name, "")) for path, name in files]
    return {
        "Name": split.named(setting.project),
        "Labels": place_labels(setting.project, split.place, split.role) | own | split.told,
        "TaskTemplate": task,
        "Mode": {"Replicated": {"Replicas": SPLITTERS}},
        "UpdateConfig": rolling("start-first", "rollback"),
        "RollbackConfig": rolling("start-first", "pause"),
        "EndpointSpec": {"Mode": "dnsrr"},
    }
