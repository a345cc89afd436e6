"""What a deployment asks for of its containers: ports, addresses, variables, rights, resources."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
from docker.api.client import APIClient
from e2e.docker.target import Target, who
from fakes.containers import deployment
from fakes.engine import free_port
from fakes.load import Load, load
from fakes.processes import PLACE, get

from mlspec.domain.actual import Place
from mlspec.errors import MlspecError

pytestmark = pytest.mark.slow


def test_a_port_of_ones_own_is_taken_and_given_up_without_losing_a_request(target: Target) -> None:
    image, port = target.image(), free_port()
    before = target.deploy(image, "v1.0.0")
    old = Load("/", b"{}", pause=0.005)
    with load(before.endpoint, old, keep_alive=1, close=0):
        moved = target.runtime.deploy(deployment(image, "v1.1.0", port=port))
        assert moved.endpoint == f"http://127.0.0.1:{port}"
        assert get(moved.endpoint)["version"] == "v1.1.0"
    target.is_settled(moved)
    back = target.runtime.deploy(deployment(image, "v1.2.0"))
    assert back.endpoint == before.endpoint
    target.is_settled(back)


def test_a_port_that_somebody_has_is_said_in_words(target: Target) -> None:
    image = target.image()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MlspecError, match=f"port {port} of 127.0.0.1 is taken") as failure:
            target.runtime.deploy(deployment(image, port=port))
        assert failure.value.hint == "set deploy.production.port of wine to a free port, or leave it out"
        assert target.ours() == []
        before = target.deploy(image, "v1.0.0")
        with pytest.raises(MlspecError, match="is taken"):
            target.runtime.deploy(deployment(image, "v1.1.0", port=port))
        target.is_settled(before)
        assert get(before.endpoint)["version"] == "v1.0.0"


def test_a_computed_port_that_somebody_has_is_passed_over_and_kept(target: Target) -> None:
    image = target.image()
    first = target.deploy(image).endpoint
    port = int(first.rpartition(":")[2])
    target.runtime.retire(PLACE)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        second = target.deploy(image).endpoint
    assert second == f"http://127.0.0.1:{20_000 + (port + 1 - 20_000) % 10_000}"
    assert target.deploy(image, "v1.1.0").endpoint == second


def test_an_address_of_the_host_is_listened_on_and_told(target: Target) -> None:
    image = target.image()
    address = host_address()
    running = target.deploy(image, serve={"environment.bind": address})
    assert running.endpoint.startswith(f"http://{address}:")
    anywhere = target.deploy(image, "v1.1.0", serve={"environment.bind": "0.0.0.0"})
    assert anywhere.endpoint.startswith("http://127.0.0.1:")
    port = anywhere.endpoint.rpartition(":")[2]
    assert get(f"http://{address}:{port}")["version"] == "v1.1.0"
    with pytest.raises(MlspecError, match=r"does not have the address 203\.0\.113\.7"):
        target.runtime.deploy(deployment(image, "v1.2.0", serve={"environment.bind": "203.0.113.7"}))
    target.is_settled(anywhere)


def host_address() -> str:
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has loopback only")
        return str(probe.getsockname()[0])


def test_another_front_of_the_same_port_takes_a_moment(target: Target) -> None:
    """Only one can have a port: the figure is what a change of `proxy` or `bind` costs."""
    image = target.image()
    target.engine.images.get("haproxy:2.6").tag(target.project, "proxy")
    try:
        before = target.deploy(image)
        requests = Load("/", b"{}", pause=0.005)
        with load(before.endpoint, requests, keep_alive=1, close=1):
            start = time.monotonic()
            after = target.deploy(image, serve={"environment.proxy": f"{target.project}:proxy"})
            print(f"a new front took {time.monotonic() - start:.1f} s, {len(requests.lost)} requests were refused")
        assert after.endpoint == before.endpoint
        target.is_settled(after)
    finally:
        target.runtime.retire(PLACE)
        target.engine.images.remove(f"{target.project}:proxy")


def test_a_front_whose_image_is_nowhere_is_refused_before_anything_starts(target: Target) -> None:
    with pytest.raises(MlspecError, match=r"nowhere\.invalid/proxy:1"):
        target.runtime.deploy(deployment(target.image(), serve={"environment.proxy": "nowhere.invalid/proxy:1"}))
    assert target.ours() == []


def test_an_image_that_is_gone_is_told(target: Target) -> None:
    image = replace(target.image(), reference="sha256:" + "0" * 64)
    with pytest.raises(MlspecError, match="is not on the engine"):
        target.runtime.deploy(deployment(image))


def test_variables_come_from_mlspecs_environment_or_from_the_file(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = target.image()
    serve = {"env": ["TOKEN", "URL"], "environment.env_file": "production.env"}
    (target.root / "production.env").write_text("# for production\n\nTOKEN = no\nTOKEN=of the file\nURL=a=b # c\n")
    monkeypatch.setenv("TOKEN", "of the shell")
    environ = who(target.deploy(image, serve=serve).endpoint)["environ"]
    assert (environ["TOKEN"], environ["URL"]) == ("of the shell", "a=b # c")
    assert {name: environ[name] for name in ("PORT", "MLSPEC_MODEL", "MLSPEC_VERSION")} == {
        "PORT": "8080",
        "MLSPEC_MODEL": "wine",
        "MLSPEC_VERSION": "v1.0.0",
    }
    before = target.server().id
    target.deploy(image, serve=serve)
    assert target.server().id == before
    monkeypatch.delenv("TOKEN")
    changed = target.deploy(image, serve=serve)
    assert who(changed.endpoint)["environ"]["TOKEN"] == "of the file"
    assert "of the file" not in json.dumps(target.front().attrs)


def test_a_variable_without_a_value_stops_before_anything_starts(target: Target) -> None:
    with pytest.raises(MlspecError, match=r"no value for TOKEN, named by serving\.env"):
        target.runtime.deploy(deployment(target.image(), serve={"env": ["TOKEN"]}))
    assert target.ours() == []


def test_containers_may_do_little_and_have_the_resources_asked_for(target: Target) -> None:
    running = target.deploy(target.image(), serve={"resources.cpu": 0.5, "resources.memory": 128 << 20})
    server, front = target.server().attrs, target.front().attrs
    assert server["HostConfig"]["ReadonlyRootfs"]
    assert server["HostConfig"]["Init"]
    assert (server["HostConfig"]["NanoCpus"], server["HostConfig"]["Memory"]) == (500_000_000, 128 << 20)
    assert server["HostConfig"]["PortBindings"] in ({}, None)
    assert server["HostConfig"]["PidsLimit"] == 1024
    for each in (server, front):
        host = each["HostConfig"]
        assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], None)
        assert host["SecurityOpt"] == ["no-new-privileges"]
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert not host["Binds"]
        assert each["Mounts"] == []
    policies = [each["HostConfig"]["RestartPolicy"]["Name"] for each in (server, front)]
    assert policies == ["unless-stopped", "always"]
    assert front["Config"]["User"] == "99:99"
    said = who(running.endpoint)
    assert (said["uid"], said["argv"]) == (10001, ["--version", "v1.0.0"])
    own = target.deploy(target.image(), "v1.1.0", serve={"entrypoint": ["python", "server.py"]})
    assert who(own.endpoint)["argv"] == ["--version", "none"], "its image's own command"


def test_without_a_server_requests_wait_before_they_fail_in_the_servers_own_form(target: Target) -> None:
    running = target.deploy(target.image())
    target.server().stop(timeout=1)
    start = time.monotonic()
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(running.endpoint, timeout=60)
    took = time.monotonic() - start
    with failure.value as answer:
        assert (answer.code, json.load(answer)) == (503, {"error": "no server answers"})
    print(f"a request waited {took:.1f} s for a server")
    assert took > 1


def test_a_look_costs_a_request_for_each_container(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    image = target.image(interval="1h")
    places = [Place("production", f"model-{number}") for number in range(3)]
    for place in places:
        target.runtime.deploy(deployment(image, place=place))
    asked = []
    ask = APIClient._get
    monkeypatch.setattr(APIClient, "_get", lambda api, url, **how: asked.append(url) or ask(api, url, **how))
    assert set(target.runtime.observe()) == set(places)
    print("\n".join(asked))
    assert len(asked) <= 1 + 2 * len(places), "one list, then each server and each front"
