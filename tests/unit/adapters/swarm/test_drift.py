"""What was changed behind our back is told part by part; what the engine adds by itself is not."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.swarm_specs import deployment, front, server

from mlspec.adapters.swarm.drift import front_drift, service_drift

BOTH = {"env": ["TOKEN"], "resources.memory": 1 << 28, "environment.constraints": ["node.role==worker"]}


def set_in(service: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    inner = service["Spec"]
    for part in parts:
        inner = inner[part]
    inner[last] = value


def test_what_the_engine_tells_of_what_was_asked_for_is_no_drift() -> None:
    wanted = deployment(serve=BOTH)
    assert list(service_drift("shop", wanted, server(serve=BOTH, environ={"TOKEN": "s3cret"}))) == []
    assert list(service_drift("shop", deployment(), server())) == []
    assert list(front_drift("shop", wanted, front())) == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("Mode.Replicated.Replicas", 5, "its replicas were changed by hand (5 instead of 2)"),
        ("TaskTemplate.ContainerSpec.Image", "evil", "its image was changed by hand"),
        ("TaskTemplate.ContainerSpec.Args", ["--version", "v9"], "its command was changed by hand"),
        ("TaskTemplate.ContainerSpec.Command", ["sh"], "its command was changed by hand"),
        ("TaskTemplate.ContainerSpec.Env", ["TOKEN=s"], "its environment variables were changed by hand"),
        ("TaskTemplate.ContainerSpec.CapabilityDrop", None, "its settings were changed by hand"),
        ("TaskTemplate.ContainerSpec.ReadOnly", False, "its settings were changed by hand"),
        ("TaskTemplate.ContainerSpec.Mounts", [{}, {}], "its settings were changed by hand"),
        ("TaskTemplate.Resources.Limits", {}, "its resources were changed by hand"),
        ("TaskTemplate.Placement", {}, "its constraints were changed by hand"),
        ("TaskTemplate.Networks", [{"Target": "net1"}, {"Target": "x"}], "its settings were changed by hand"),
    ],
)
def test_each_part_has_its_words(path: str, value: Any, words: str) -> None:
    changed = server(serve=BOTH, environ={"TOKEN": "s"})
    set_in(changed, path, value)
    assert list(service_drift("shop", deployment(serve=BOTH), changed)) == [words]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("TaskTemplate.ContainerSpec.Configs", [], "its front's config was changed by hand"),
        ("TaskTemplate.ContainerSpec.Image", "evil", "its front's image was changed by hand"),
        ("EndpointSpec.Ports", [], "its front's port was changed by hand (0 instead of 20001)"),
    ],
)
def test_so_has_the_front(path: str, value: Any, words: str) -> None:
    changed = front()
    set_in(changed, path, value)
    assert list(front_drift("shop", deployment(), changed)) == [words]


def test_a_front_of_another_image_or_port_is_not_what_is_wanted() -> None:
    assert list(front_drift("shop", deployment(port=20_002), front())) == [
        "its front's port was changed by hand (20001 instead of 20002)"
    ]
    assert list(front_drift("shop", deployment(serve={"environment.proxy": "haproxy:3"}), front())) == [
        "its front's labels were changed by hand"
    ]


def test_of_what_another_mlspec_made_only_image_and_replicas_are_compared() -> None:
    older = server()
    older["Spec"]["Labels"]["io.mlspec.make"] = "0"
    set_in(older, "TaskTemplate.ContainerSpec.ReadOnly", False)
    assert list(service_drift("shop", deployment(), older)) == []
    set_in(older, "TaskTemplate.ContainerSpec.Image", "evil")
    assert list(service_drift("shop", deployment(), older)) == ["its image was changed by hand"]
