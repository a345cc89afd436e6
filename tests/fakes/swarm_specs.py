"""Services and tasks as an engine tells them, made of what mlspec asks for."""

from __future__ import annotations

import copy
from typing import Any

from mlspec.adapters.swarm.front import Front, front_spec
from mlspec.adapters.swarm.split import split_between, split_spec
from mlspec.adapters.swarm.template import Setting, server_spec
from mlspec.domain.actual import Place
from mlspec.domain.image import Image
from mlspec.ports.runtime import Deployment

PLACE = Place("production", "wine")
SETTING = Setting("shop", "net1")
IMAGE = Image("sha256:5e12e", "sha256:1234", "shop/wine:v1.0.0-5e12e", 0)
SERVE = {"replicas": 2, "image": "sha256:c", "environment.bind": "0.0.0.0", "environment.proxy": "haproxy:2.6"}


def deployment(**changes: Any) -> Deployment:
    """wine v1.0.0 with two replicas; `serve` adds to its settings."""
    settings: dict[str, Any] = {
        "place": PLACE,
        "version": "v1.0.0",
        "artefact": "sha256:a",
        "bundle": "",
        "serve": SERVE | changes.pop("serve", {}),
        "replicas": 2,
        "port": 20_001,
        "trust": (),
        "revision": "r" * 40,
        "fence": 7,
        "image": IMAGE,
    }
    return Deployment(**(settings | changes))


def service(spec: dict[str, Any], state: str = "", **rest: Any) -> dict[str, Any]:
    """A service with this spec, as the engine tells it: what is empty it leaves out."""
    told = copy.deepcopy(spec)
    for part in ("Placement",):
        told["TaskTemplate"][part] = {name: value for name, value in told["TaskTemplate"][part].items() if value}
    told["TaskTemplate"] |= {"ForceUpdate": 0, "Runtime": "container"}
    container = told["TaskTemplate"]["ContainerSpec"]
    told["TaskTemplate"]["ContainerSpec"] = {"Isolation": "default", "DNSConfig": {}} | container
    status = {"UpdateStatus": {"State": state, "Message": f"it is {state}"}} if state else {}
    return {"ID": f"id-{spec['Name']}", "Version": {"Index": 5}, "Spec": told, **status, **rest}


def server(state: str = "", environ: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """The servers' service of a deployment."""
    return service(server_spec(SETTING, deployment(**changes), environ or {}), state)


def front(port: int = 20_001, proxy: str = "haproxy:2.6") -> dict[str, Any]:
    """A front's service."""
    return service(front_spec(SETTING, Front(PLACE, port, proxy, "sha256:ha"), "config1"))


def canary(state: str = "", **changes: Any) -> dict[str, Any]:
    """The service of a canary's server: v1.1.0 gets a tenth."""
    return service(server_spec(SETTING, candidate(**changes), {}), state)


def candidate(**changes: Any) -> Deployment:
    """What `canary` runs."""
    return deployment(**({"version": "v1.1.0", "replicas": 1, "share": 0.1, "since": 5.5, "fence": 8} | changes))


def split(before: str = "v1.0.0", **changes: Any) -> dict[str, Any]:
    """The service that shares the requests out between both."""
    between = split_between(deployment(version=before), candidate(**changes), front())
    return service(split_spec(SETTING, between, dict.fromkeys(between.configs("shop"), "config2")))


def task(
    of: dict[str, Any], state: str = "running", *, desired: str = "running", number: int = 0, **more: Any
) -> dict[str, Any]:
    """A task with the spec that a service has now; `more` adds to its status."""
    template = of["Spec"]["TaskTemplate"]
    spec = {name: template[name] for name in ("ContainerSpec", "Resources", "Placement", "Networks", "ForceUpdate")}
    return {
        "ID": f"task-{number}",
        "ServiceID": of["ID"],
        "NodeID": "node1",
        "CreatedAt": f"2026-01-01T00:00:0{number}Z",
        "Spec": copy.deepcopy(spec),
        "Status": {"State": state, "Message": state, **more},
        "DesiredState": desired,
    }
