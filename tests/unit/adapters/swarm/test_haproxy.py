"""The front's configuration."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import docker
import pytest

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.mirror import FILE, LUA
from mlspec.adapters.swarm.haproxy import SLOTS, haproxy_config
from mlspec.adapters.swarm.sharing import Sharing, split_config


def test_the_tasks_of_the_service_are_asked_for() -> None:
    text = haproxy_config("mlspec-shop-production-wine")
    assert f"server-template server {SLOTS} tasks.mlspec-shop-production-wine:8080 " in text


def test_servers_are_the_backup_of_what_shares_the_requests_out() -> None:
    text = haproxy_config("wine", "wine-split")
    assert " wine-split:8080 check port 8081 " in text
    assert " tasks.wine:8080 backup " in text
    assert "split" not in haproxy_config("wine")


SHARING = Sharing("wine", "wine-canary", ("v1.0.0", "v1.1.0"), 0.25)


def test_a_share_is_drawn_and_each_version_answers_who_names_it() -> None:
    text = split_config(SHARING, "/")
    assert "    use_backend share if { rand(10000) lt 2500 }\n    default_backend before\n" in text
    assert '    use_backend before if { req.hdr(mlspec-version) -m str "v1.0.0" }\n' in text
    assert '    use_backend canary if { req.hdr(mlspec-version) -m str "v1.1.0" }\n' in text
    assert text.count(" tasks.wine:8080 backup ") == 1


def test_a_shadow_gets_copies_and_answers_nobody_who_does_not_name_it() -> None:
    text = split_config(replace(SHARING, mirrored=True), "/etc")
    assert "    lua-load-per-thread /etc/mlspec-mirror.lua\n" in text
    assert "    http-request lua.mirror v1.1.0 8080 8 " in text, "32 copies at most, by 2 tasks of 2 threads"
    assert "backend share" not in text
    assert '    use_backend canary if { req.hdr(mlspec-version) -m str "v1.1.0" }\n    default_backend before\n' in text


CONFIGS = {
    "front": haproxy_config("wine", "wine-split"),
    "trial": haproxy_config("wine"),
    "canary": split_config(SHARING, ""),
    "shadow": split_config(replace(SHARING, mirrored=True), ""),
}


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS)
def test_haproxy_understands_it(text: str, engine: docker.DockerClient, proxy_image: str, engine_project: str) -> None:
    """All that it minds is that nobody knows the services yet."""
    container = engine.containers.create(
        proxy_image,
        ["haproxy", "-c", "-f", "/front.cfg"],
        network_mode="none",
        labels={label("project"): engine_project},
    )
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for name, content in (("front.cfg", text), (FILE, LUA)):
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content.encode()))
        container.put_archive("/", stream.getvalue())
    container.start()
    status, said = container.wait(), container.logs().decode()
    assert status["StatusCode"] == 0, said
    minded = [line for line in said.splitlines() if "could not resolve address 'tasks.wine" not in line]
    assert not any("[WARNING]" in line or "[ALERT]" in line for line in minded), minded
