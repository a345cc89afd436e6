"""What a place's service is asked to be, in the words of the engine's API; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlspec.adapters.docker.haproxy import PORT
from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.names import MARK, NAMINGS, mark
from mlspec.ports.runtime import Deployment

SECOND: Final = 1_000_000_000
GRACE: Final = 20
"""Seconds for a server to end after SIGTERM; its own drain takes at most 10."""
MONITOR: Final = 5
"""Seconds that a task is watched for after it became healthy: if it fails within them the update has failed."""

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a service shall be: the project, the network's id, and whether the engine knows no-new-privileges."""

    project: str
    network: str
    privileges: bool = False


def server_spec(setting: Setting, deployment: Deployment, environ: Mapping[str, str]) -> Spec:
    """The service of the model's servers, or of a canary's. `environ` has the values of what `serving.env` names."""
    place = deployment.place
    return {
        "Name": NAMINGS[labels.role_of(deployment)](setting.project, place),
        "Labels": labels.write(setting.project, deployment),
        "TaskTemplate": {
            **_task(setting, _container(setting, deployment, environ)),
            "Resources": _resources(deployment.serve),
            "Placement": {"Constraints": _words(deployment.serve.get("environment.constraints"))},
        },
        "Mode": {"Replicated": {"Replicas": deployment.replicas}},
        "UpdateConfig": rolling("start-first", "rollback"),
        "RollbackConfig": rolling("start-first", "pause"),
        # Each task has an address of its own, and the front chooses: a virtual one needs IP_VS in every kernel.
        "EndpointSpec": {"Mode": "dnsrr"},
    }


def env_names(serve: Mapping[str, Any]) -> tuple[str, ...]:
    """The variables whose values come from where mlspec runs."""
    return tuple(_words(serve.get("env")))


def container(setting: Setting, image: str, marked: str) -> Spec:
    """What containers of servers and fronts have in common: no rights, nothing to write to but /tmp."""
    privileges = {"Privileges": {"NoNewPrivileges": True}} if setting.privileges else {}
    return {
        "Image": image,
        "Labels": {MARK: marked},
        "ReadOnly": True,
        "Init": True,
        "CapabilityDrop": ["ALL"],
        "Mounts": [{"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": 64 << 20}}],  # noqa: S108
        "StopGracePeriod": GRACE * SECOND,
        **privileges,
    }


def rolling(order: str, failure: str) -> Spec:
    """How tasks are replaced: one after the other. Every value is said: what is left out is not what one expects."""
    return {
        "Parallelism": 1,
        "Delay": 0,
        "FailureAction": failure,
        "Monitor": MONITOR * SECOND,
        "MaxFailureRatio": 0,
        "Order": order,
    }


def _container(setting: Setting, deployment: Deployment, environ: Mapping[str, str]) -> Spec:
    place, serve = deployment.place, deployment.serve
    assert deployment.image is not None
    given = {**environ, "PORT": str(PORT), "MLSPEC_MODEL": place.model, "MLSPEC_VERSION": deployment.version}
    own = not {"entrypoint", "image.dockerfile"} & set(serve)
    return container(setting, deployment.image.reference, mark(setting.project, place, labels.role_of(deployment))) | {
        "Args": ["--version", deployment.version] if own else [],
        "Env": [f"{name}={value}" for name, value in sorted(given.items())],
    }


def _task(setting: Setting, container_spec: Spec) -> Spec:
    return {
        "ContainerSpec": container_spec,
        "RestartPolicy": {"Condition": "any", "Delay": SECOND, "MaxAttempts": 0},
        "Networks": [{"Target": setting.network}],
        # What a server writes must not fill the disk.
        "LogDriver": {"Name": "json-file", "Options": {"max-size": "10m", "max-file": "3"}},
    }


def _resources(serve: Mapping[str, Any]) -> Spec:
    """CPU is only a limit, memory is reserved, too: a node that has too little of one is slow, of the other kills."""
    limits: Spec = {"Pids": 1024}
    if cpu := serve.get("resources.cpu"):
        limits["NanoCPUs"] = int(cpu * SECOND)
    if memory := serve.get("resources.memory"):
        limits["MemoryBytes"] = int(memory)
    reserved = {name: value for name, value in limits.items() if name == "MemoryBytes"}
    return {"Limits": limits, "Reservations": reserved}


def _words(value: Any) -> list[str]:
    return [str(word) for word in value] if isinstance(value, (list, tuple)) else []
