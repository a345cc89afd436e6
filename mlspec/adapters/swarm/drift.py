"""What somebody changed of a place behind our back, in words; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.front import Front, front_of, front_spec, proxy_of
from mlspec.adapters.swarm.split import Split, split_spec
from mlspec.adapters.swarm.template import Setting, Spec, env_names, server_spec
from mlspec.ports.runtime import Deployment


def service_drift(project: str, wanted: Deployment, service: Mapping[str, Any]) -> Iterator[str]:
    """How the servers' service differs from what its labels say. What only the environment knows is not compared."""
    found = service["Spec"]
    replicas = (found["Mode"].get("Replicated") or {}).get("Replicas", 0)
    if replicas != wanted.replicas:
        yield f"its replicas were changed by hand ({replicas} instead of {wanted.replicas})"
    secrets = env_names(wanted.serve)
    expected = server_spec(_setting(project, found), wanted, dict.fromkeys(secrets, ""))
    for part in _differing(expected, found, secrets):
        yield f"its {part}"


def front_drift(project: str, wanted: Deployment, service: Mapping[str, Any]) -> Iterator[str]:
    """How the front differs from what the deployment needs."""
    found = service["Spec"]
    front = front_of(wanted.place, service)
    if front.port != wanted.port:
        yield f"its front's port was changed by hand ({front.port} instead of {wanted.port})"
    if front.proxy != proxy_of(wanted.serve):
        yield "its front's labels were changed by hand"
    expected = front_spec(_setting(project, found), Front(wanted.place, front.port, front.proxy, front.image), "")
    for part in _differing(expected, found):
        yield f"its front's {part}"


def split_drift(project: str, wanted: Split, service: Mapping[str, Any]) -> Iterator[str]:
    """How what shares the requests out differs from what the two versions need."""
    found = service["Spec"]
    if not wanted.told.items() <= (found["Labels"] or {}).items():
        yield "its candidate's share is that of another deployment"
        return
    replicas = (found["Mode"].get("Replicated") or {}).get("Replicas", 0)
    if not replicas:
        yield "of its candidate's share, the replicas were changed by hand"
    for part in _differing(split_spec(_setting(project, found), wanted, {}), found):
        yield f"of its candidate's share, the {part}"


def _differing(expected: Spec, found: Spec, secrets: tuple[str, ...] = ()) -> Iterator[str]:
    """The parts in words; of what another mlspec made only the image can be told."""
    theirs, alike = _parts(found, secrets), labels.made_alike(found["Labels"])
    for name, part in _parts(expected, secrets).items():
        if (alike or name == "image") and not _holds(part, theirs[name]):
            yield f"{name} {'were' if name.endswith('s') else 'was'} changed by hand"


def _parts(spec: Spec, secrets: tuple[str, ...]) -> dict[str, Any]:
    """What is compared, by what people call it."""
    task = spec["TaskTemplate"]
    container = dict(task["ContainerSpec"])
    command = [container.pop(name, None) or [] for name in ("Command", "Args")]
    variables = (variable.partition("=") for variable in container.pop("Env", None) or ())
    configs = container.pop("Configs", None) or ()
    return {
        "image": container.pop("Image"),
        "command": command,
        "environment variables": sorted([name, "" if name in secrets else value] for name, _, value in variables),
        "resources": task.get("Resources"),
        "constraints": (task.get("Placement") or {}).get("Constraints"),
        "config": [config["ConfigName"] for config in configs],
        "settings": [container, task.get("RestartPolicy"), task.get("LogDriver"), task.get("Networks")],
    }


def _holds(expected: Any, found: Any) -> bool:
    """Whether all that was asked for is there; the engine adds defaults, and leaves out what is empty."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(_holds(value, found.get(name)) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_holds, expected, found))
    return bool(expected == found) or not (expected or found)


def _setting(project: str, found: Spec) -> Setting:
    networks = found["TaskTemplate"].get("Networks") or [{}]
    privileges = "Privileges" in found["TaskTemplate"]["ContainerSpec"]
    return Setting(project, str(networks[0].get("Target", "")), privileges)
