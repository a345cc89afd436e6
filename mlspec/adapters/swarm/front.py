"""The front of a place: a service that listens on the published port of every node; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.haproxy import PORT
from mlspec.adapters.swarm.haproxy import haproxy_config
from mlspec.adapters.swarm.labels import MAKE
from mlspec.adapters.swarm.names import (
    FRONT,
    config_name,
    front_name,
    mark,
    place_labels,
    service_name,
    split_name,
)
from mlspec.adapters.swarm.template import SECOND, Setting, Spec, container, rolling
from mlspec.domain.actual import Place

FOLDER: Final = "/usr/local/etc/haproxy"
CONFIG: Final = f"{FOLDER}/haproxy.cfg"
PROXY: Final = "haproxy:2.6"
"""The image where the spec names none."""


@dataclass(frozen=True, slots=True)
class Front:
    """What a place's front shall be. `proxy` is the image's name in the spec, `image` what that was first."""

    place: Place
    port: int
    proxy: str
    image: str
    role: ClassVar[str] = FRONT

    def named(self, project: str) -> str:
        """The service's name."""
        return front_name(project, self.place)

    def text(self, project: str) -> str:
        """Its configuration."""
        return haproxy_config(service_name(project, self.place), split_name(project, self.place))

    def config(self, project: str) -> str:
        """The name of the config that has the text."""
        return config_name(self.named(project), self.text(project))


def proxy_of(serve: Mapping[str, Any]) -> str:
    """The image's name that a deployment asks for."""
    return str(serve.get("environment.proxy") or PROXY)


def front_of(place: Place, service: Mapping[str, Any]) -> Front:
    """What a front's service is, as far as it says so itself; port 0 where it publishes none."""
    spec = service["Spec"]
    ports = (spec.get("EndpointSpec") or {}).get("Ports") or [{}]
    labels = spec.get("Labels") or {}
    proxy, image = labels.get(label("proxy"), ""), labels.get(label("image"), "")
    return Front(place, int(ports[0].get("PublishedPort", 0)), proxy, image)


def front_spec(setting: Setting, front: Front, config_id: str) -> Spec:
    """A task on each node, so that clients may come to any of them.

    A port of a node can't be held by two tasks: the old one has to go before the new one comes (stop-first).
    """
    own = {label("proxy"): front.proxy, label("image"): front.image, label("make"): MAKE}
    return {
        "Name": front.named(setting.project),
        "Labels": place_labels(setting.project, front.place, front.role) | own,
        "TaskTemplate": proxy_task(setting, front, config_id),
        "Mode": {"Global": {}},
        "UpdateConfig": rolling("stop-first", "rollback"),
        "RollbackConfig": rolling("stop-first", "pause"),
        "EndpointSpec": {
            "Mode": "dnsrr",
            "Ports": [
                {"Protocol": "tcp", "TargetPort": PORT, "PublishedPort": front.port, "PublishMode": "host"},
            ],
        },
    }


def proxy_task(setting: Setting, front: Front, config_id: str) -> Spec:
    """What runs HAProxy with the front's configuration.

    Names without dots are the engine's: with `ndots:1` it keeps them to itself, where nothing has the name, too. A
    split's is asked for twice a second, and mostly there is none.
    """
    ours = container(setting, front.image, mark(setting.project, front.place, front.role))
    return {
        "ContainerSpec": ours
        | {
            "Args": ["haproxy", "-f", CONFIG],
            "Configs": [mounted(CONFIG, front.config(setting.project), config_id)],
            "DNSConfig": {"Options": ["ndots:1"]},
        },
        "Resources": {"Limits": {"Pids": 256, "MemoryBytes": 512 << 20}, "Reservations": {}},
        "RestartPolicy": {"Condition": "any", "Delay": SECOND, "MaxAttempts": 0},
        "Placement": {"Constraints": []},
        "Networks": [{"Target": setting.network}],
        "LogDriver": {"Name": "json-file", "Options": {"max-size": "10m", "max-file": "3"}},
    }


def mounted(path: str, name: str, identity: str) -> Spec:
    """A config as a file of a container."""
    file = {"Name": path, "UID": "0", "GID": "0", "Mode": 0o444}
    return {"ConfigID": identity, "ConfigName": name, "File": file}
