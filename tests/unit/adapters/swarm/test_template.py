"""What a service is asked to be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.swarm_specs import PLACE, SETTING, deployment

from mlspec.adapters.swarm.front import Front, front_spec
from mlspec.adapters.swarm.labels import MAKE
from mlspec.adapters.swarm.split import split_between, split_spec
from mlspec.adapters.swarm.template import Setting, server_spec
from mlspec.domain.digest import digest, short


def container(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = server_spec(SETTING, deployment(**changes), {})["TaskTemplate"]["ContainerSpec"]
    return found


def test_another_template_is_another_make() -> None:
    """Where this fails, raise MAKE and set the digest: else plans would call it drift what an older mlspec made."""
    serve = {"resources.cpu": 0.5, "resources.memory": 1 << 28, "environment.constraints": ["node.role==worker"]}
    server = server_spec(SETTING, deployment(serve=serve), {"A": "b"})
    front = front_spec(SETTING, Front(PLACE, 20_001, "haproxy:2.6", "sha256:ha"), "id")
    canary = server_spec(SETTING, deployment(share=0.1, since=5.5), {})
    between = split_between(deployment(), deployment(version="v2", share=0.1), {"Spec": front})
    split = split_spec(SETTING, between, dict.fromkeys(between.configs("shop"), "id"))
    assert (MAKE, short(digest([server, front, canary, split]))) == ("3", "d13b76863033")


def test_only_mlspecs_own_server_is_told_its_version() -> None:
    assert container()["Args"] == ["--version", "v1.0.0"]
    assert container(serve={"entrypoint": ["python", "app.py"]})["Args"] == []
    assert container(serve={"image.dockerfile": "docker/Dockerfile"})["Args"] == []


def test_values_are_in_the_environment_and_in_no_label() -> None:
    spec = server_spec(SETTING, deployment(serve={"env": ["TOKEN"]}), {"TOKEN": "s3cret"})
    assert "TOKEN=s3cret" in spec["TaskTemplate"]["ContainerSpec"]["Env"]
    assert "s3cret" not in json.dumps(spec["Labels"])


def test_what_mlspec_says_of_itself_can_not_be_overridden() -> None:
    found = server_spec(SETTING, deployment(), {"PORT": "1", "MLSPEC_MODEL": "other"})
    names = found["TaskTemplate"]["ContainerSpec"]["Env"]
    assert names == ["MLSPEC_MODEL=wine", "MLSPEC_VERSION=v1.0.0", "PORT=8080"]


def test_memory_is_reserved_and_cpu_is_only_limited() -> None:
    serve = {"resources.cpu": 0.5, "resources.memory": 1 << 28}
    found = server_spec(SETTING, deployment(serve=serve), {})["TaskTemplate"]["Resources"]
    assert found["Limits"] == {"Pids": 1024, "NanoCPUs": 500_000_000, "MemoryBytes": 1 << 28}
    assert found["Reservations"] == {"MemoryBytes": 1 << 28}


@pytest.mark.parametrize("known", [True, False])
def test_no_new_privileges_where_the_engine_knows_it(known: bool) -> None:
    found = server_spec(Setting("shop", "net1", known), deployment(), {})["TaskTemplate"]["ContainerSpec"]
    assert found.get("Privileges") == ({"NoNewPrivileges": True} if known else None)


def test_every_value_of_an_update_is_said() -> None:
    """The SDK's defaults are not the engine's."""
    spec = server_spec(SETTING, deployment(), {})
    for part in ("UpdateConfig", "RollbackConfig"):
        assert set(spec[part]) == {"Parallelism", "Delay", "FailureAction", "Monitor", "MaxFailureRatio", "Order"}
    assert (spec["UpdateConfig"]["Order"], spec["UpdateConfig"]["FailureAction"]) == ("start-first", "rollback")
