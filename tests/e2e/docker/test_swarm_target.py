"""The swarm target on a swarm of one node, with servers that have no model: rollouts, rollbacks, deaths and healing."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from e2e.docker.shop import answering
from fakes.containers import make_image
from fakes.engine import free_port, labelled
from fakes.load import Load, load
from fakes.processes import eventually
from fakes.swarm import (
    PLACE,
    Death,
    Dying,
    belongings,
    containers,
    edit,
    image,
    runtime,
    services,
    swift,
    target,
    wanted,
)

from mlspec.adapters.swarm.runtime import SwarmRuntime
from mlspec.domain.actual import Health, Place, Running
from mlspec.domain.image import Image
from mlspec.errors import DeployFailed, MlspecError

__all__ = ["image", "target"]
pytestmark = pytest.mark.slow

SWAPS = 8
ONE_PLACE = {"services": 2, "configs": 1, "networks": 1}
NOTHING = {"services": 0, "configs": 0, "networks": 0}


def ask(endpoint: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{endpoint}/who", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def seen(target: SwarmRuntime, place: Place = PLACE) -> Running:
    found = target.observe()[place]
    assert isinstance(found, Running)
    return found


@contextmanager
def requests(endpoint: str) -> Iterator[Load]:
    """Two clients that keep their connections, and one that opens one for each request."""
    counted = Load("/", b"{}", pause=0.005)
    with load(endpoint, counted, keep_alive=2, close=1):
        yield counted


def versions(counted: Load) -> set[str]:
    return {json.loads(text)["version"] for text in counted.answers}


class Stopwatch:
    """`with Stopwatch("…"):` prints how long it took."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        print(f"{self.what}: {time.monotonic() - self.start:.1f} s")


def test_redeploys_under_load_lose_nothing(target: SwarmRuntime, image: Image, swarm: docker.DockerClient) -> None:
    with Stopwatch("first deployment"):
        first = target.deploy(wanted(image, "v0.0.0"))
    with requests(first.endpoint) as counted:
        start = time.monotonic()
        for number in range(1, SWAPS + 1):
            again = target.deploy(wanted(image, f"v0.{number}.0", fence=number))
            assert (again.endpoint, again.health) == (first.endpoint, Health.HEALTHY)
        took = time.monotonic() - start
    print(f"{SWAPS} redeploys, {took / SWAPS:.1f} s each; {counted.count} requests, {len(counted.lost)} lost")
    assert counted.lost == []
    assert versions(counted) == {f"v0.{number}.0" for number in range(SWAPS + 1)}


@pytest.mark.parametrize(
    "behaviour",
    [
        {"exit": 3},
        {"never": True, "start": "3s"},
        {"never": True, "start": "1h"},  # the engine would wait for an hour: the deadline is ours
    ],
)
def test_a_broken_image_is_rolled_back_under_load(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str, behaviour: dict[str, Any]
) -> None:
    patient = target
    if behaviour.get("start") == "1h":
        target = runtime(engine_project, Path(), ready=15.0)
    broken = swift(swarm, engine_project, **behaviour)
    before = patient.deploy(wanted(image, "v1.0.0", replicas=2))
    with requests(before.endpoint) as counted:
        began = time.monotonic()
        with pytest.raises(DeployFailed) as failure:
            target.deploy(wanted(broken, "v1.1.0", replicas=2, fence=2))
        took = time.monotonic() - began
    print(f"{behaviour}: rolled back after {took:.1f} s; {counted.count} requests, {len(counted.lost)} lost")
    print(f"    {failure.value.message}")
    assert counted.lost == []
    assert versions(counted) == {"v1.0.0"}
    assert any("v1.1.0 loads" in line for line in failure.value.details)
    assert ("the last words" in failure.value.details) == ("exit" in behaviour)
    assert target.observe() == {PLACE: before}


def test_the_engine_starts_a_killed_server_again(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    """What was being answered at that moment is lost; what comes later waits."""
    endpoint = target.deploy(wanted(image)).endpoint
    [container] = containers(swarm, services(swarm, engine_project)["server"])
    with requests(endpoint) as counted:
        time.sleep(1)
        start = time.monotonic()
        container.kill("KILL")
        eventually(lambda: seen(target).health is Health.DEGRADED)
        assert "0 of 1 replicas run" in seen(target).reason
        eventually(lambda: seen(target).health is Health.HEALTHY, 60)
        took = time.monotonic() - start
        time.sleep(1)
    print(f"kill -9: healthy again after {took:.1f} s; {counted.count} requests, {len(counted.lost)} lost")
    assert len(counted.lost) <= 3, counted.lost
    assert seen(target).drift == ""


def test_a_killed_front_comes_back(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    endpoint = target.deploy(wanted(image)).endpoint
    [container] = containers(swarm, services(swarm, engine_project)["front"])
    container.kill("KILL")
    with Stopwatch("kill -9 of the front: answers again"):
        eventually(lambda: seen(target).health is Health.DEGRADED)
        answering(endpoint)
    eventually(lambda: seen(target).health is Health.HEALTHY, 60)


def _replicas(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    edit(client, roles["server"], Mode={"Replicated": {"Replicas": 2}})


def _container(**changes: Any) -> Any:
    def harm(client: docker.DockerClient, roles: dict[str, Any]) -> None:
        task = roles["server"]["Spec"]["TaskTemplate"]
        edit(client, roles["server"], TaskTemplate=task | {"ContainerSpec": task["ContainerSpec"] | changes})

    return harm


def _resources(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    task = roles["server"]["Spec"]["TaskTemplate"]
    edit(client, roles["server"], TaskTemplate=task | {"Resources": {"Limits": {"MemoryBytes": 1 << 30}}})


def _labels(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    kept = {"io.mlspec.project", "io.mlspec.environment", "io.mlspec.model", "io.mlspec.role", "io.mlspec.version"}
    labels = roles["server"]["Spec"]["Labels"]
    edit(client, roles["server"], Labels={name: value for name, value in labels.items() if name in kept})


def _no_front(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    client.api.remove_service(roles["front"]["ID"])


def _no_server(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    client.api.remove_service(roles["server"]["ID"])


def _front_port(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    spec = roles["front"]["Spec"]["EndpointSpec"]
    port = spec["Ports"][0]
    edit(client, roles["front"], EndpointSpec=spec | {"Ports": [port | {"PublishedPort": port["PublishedPort"] + 1}]})


def _front_config(client: docker.DockerClient, roles: dict[str, Any]) -> None:
    """Its configuration is the image's own, which does not start: the front is down until it is healed."""
    task = roles["front"]["Spec"]["TaskTemplate"]
    edit(client, roles["front"], TaskTemplate=task | {"ContainerSpec": task["ContainerSpec"] | {"Configs": []}})


HARM = {
    "its replicas were changed by hand (2 instead of 1)": _replicas,
    "its command was changed by hand": _container(Args=["--version", "v6.6.6"]),
    "its environment variables were changed by hand": _container(Env=["PORT=8080", "TOY_X=1"]),
    "its settings were changed by hand": _container(ReadOnly=False),
    "its resources were changed by hand": _resources,
    "its labels were removed or changed": _labels,
    "its front is missing": _no_front,
    "its service was removed": _no_server,
    "its front's port was changed by hand": _front_port,
    "its front's config was changed by hand": _front_config,
}


def test_what_was_changed_by_hand_is_seen_and_healed(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    before = target.deploy(wanted(image))
    for fence, (words, harm) in enumerate(HARM.items(), 2):
        harm(swarm, services(swarm, engine_project))
        eventually(lambda words=words: words in seen(target).drift)  # type: ignore[misc]
        found = seen(target)
        with Stopwatch(f"{found.drift} ({found.health}): healed"):
            healed = target.deploy(wanted(image, fence=fence))
        assert healed == replace(before, fence=fence)
        assert ask(before.endpoint)["version"] == "v1.0.0"
        assert belongings(swarm, engine_project) == ONE_PLACE
    other = make_image(swarm, engine_project, interval="")
    _container(Image=other.reference)(swarm, services(swarm, engine_project))
    eventually(lambda: seen(target).drift == "its image was changed by hand")
    assert target.deploy(wanted(image, fence=50)) == replace(before, fence=50)


def test_services_without_any_label_of_ours_are_known_by_their_containers(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    before = target.deploy(wanted(image))
    for service in services(swarm, engine_project).values():
        edit(swarm, service, Labels={"theirs": "stays"})
    assert target.observe() == {}
    assert target.deploy(wanted(image)) == before
    assert services(swarm, engine_project)["server"]["Spec"]["Labels"]["theirs"] == "stays"


def test_services_of_others_are_not_touched(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    name = f"mlspec-{engine_project}-production-wine"
    labels = {"io.mlspec.project": "another"}
    theirs = swarm.services.create(image.reference, name=name, env=["PORT=8080"], labels=labels)
    try:
        with pytest.raises(MlspecError, match="not mlspec's"):
            target.deploy(wanted(image))
        target.retire(PLACE)
        assert target.observe() == {}
        version = theirs.version
        theirs.reload()
        assert theirs.version == version
    finally:
        theirs.remove()


def test_a_death_after_any_effect_is_repaired_by_running_again(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Dying(monkeypatch)
    deaths: list[str] = []
    for first in (True, False):
        port = 0
        for effects in range(1, 20):
            if first:
                target.retire(PLACE)
            else:  # a new port: servers and front change, and the front's config with it
                port = free_port()
            version = f"v{2 - first}.{effects}.0"
            order = wanted(image, version, port=port, fence=effects + 100 * (not first))
            dying.left = effects
            try:
                target.deploy(order)
            except Death as death:
                deaths.append(f"{'first' if first else 'next'} {death}")
                dying.left = -1
                running = target.deploy(order)
                assert target.observe() == {PLACE: running}
                assert (running.version, running.health, running.drift) == (version, Health.HEALTHY, "")
                assert ask(running.endpoint)["version"] == version
                assert belongings(swarm, engine_project) == ONE_PLACE
            else:
                dying.left = -1
                break
    print(deaths)
    assert deaths == [
        *("first network", "first create", "first config", "first create"),
        *("next network", "next update", "next config", "next update"),
    ]


def test_an_update_that_a_dead_run_began_is_waited_for(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent a second time it would become what the engine rolls back to."""
    broken = swift(swarm, engine_project, start="3s", never=True)
    before = target.deploy(wanted(image))
    dying = Dying(monkeypatch)
    dying.left = 2
    with pytest.raises(Death):
        target.deploy(wanted(broken, "v1.1.0", fence=2))
    dying.left = -1
    eventually(lambda: seen(target).health is Health.PROGRESSING)
    with pytest.raises(DeployFailed):
        target.deploy(wanted(broken, "v1.1.0", fence=3))
    assert target.observe() == {PLACE: before}
    assert target.deploy(wanted(image, "v1.2.0", fence=4)).version == "v1.2.0"


def test_retiring_leaves_nothing_but_what_others_need(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    other = Place("production", "cork")
    target.deploy(wanted(image))
    target.deploy(wanted(image, place=other))
    with Stopwatch("retire"):
        target.retire(PLACE)
    assert belongings(swarm, engine_project) == ONE_PLACE
    assert ask(seen(target, other).endpoint)["environ"]["MLSPEC_MODEL"] == "cork"
    target.retire(other)
    assert belongings(swarm, engine_project) == NOTHING
    assert swarm.containers.list(filters=labelled(engine_project)) == []


def test_containers_have_no_rights_and_the_resources_asked_for(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    serve = {"resources.cpu": 0.5, "resources.memory": 256 << 20, "environment.constraints": ["node.role==manager"]}
    target.deploy(wanted(image, serve=serve))
    roles = services(swarm, engine_project)
    for role, memory in (("server", 256 << 20), ("front", 512 << 20)):
        [container] = containers(swarm, roles[role])
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        assert (host["ReadonlyRootfs"], host["Init"], host["CapDrop"]) == (True, True, ["ALL"])
        assert (host["Memory"], host["PidsLimit"] > 0) == (memory, True)
        assert config["User"] not in {"", "root", "0"}
    [server] = containers(swarm, roles["server"])
    assert server.attrs["HostConfig"]["NanoCpus"] == 500_000_000
    assert roles["server"]["Spec"]["TaskTemplate"]["Placement"]["Constraints"] == ["node.role==manager"]
    ports = [(port["PublishMode"]) for port in roles["front"]["Spec"]["EndpointSpec"]["Ports"]]
    assert (ports, roles["server"]["Spec"]["EndpointSpec"].get("Ports")) == (["host"], None)


def test_nodes_that_do_not_fit_fail_the_deployment_and_leave_what_ran(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    before = target.deploy(wanted(image))
    impatient = runtime(engine_project, Path(), ready=5.0)
    nowhere = wanted(image, "v2.0.0", serve={"environment.constraints": ["node.hostname==nowhere"]}, fence=2)
    with pytest.raises(DeployFailed, match="no suitable node"):
        impatient.deploy(nowhere)
    assert target.observe() == {PLACE: before}
    total = int(swarm.info()["MemTotal"])
    target.deploy(wanted(image, "v2.0.0", serve={"resources.memory": total // 3 + 1}, fence=3))
    one = target.observe()
    with pytest.raises(DeployFailed, match="further replica did not become healthy: no suitable node"):
        runtime(engine_project, Path(), ready=25.0).scale(PLACE, 4, {"replicas": 4})
    assert target.observe() == one


def test_variables_come_from_where_mlspec_runs(
    target: SwarmRuntime, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env.production").write_text("TOY_A=file\nTOY_B=file\n")
    monkeypatch.setenv("TOY_A", "outside")
    serve = {"env": ["TOY_A", "TOY_B"], "environment.env_file": ".env.production"}
    running = target.deploy(wanted(image, serve=serve))
    found = ask(running.endpoint)["environ"]
    assert (found["TOY_A"], found["TOY_B"]) == ("outside", "file")
    assert (found["MLSPEC_MODEL"], found["MLSPEC_VERSION"]) == ("wine", "v1.0.0")
    assert running.drift == ""


def test_what_can_not_run_is_refused_before_anything_is_made(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    unchecked = make_image(swarm, engine_project, interval="")
    with pytest.raises(MlspecError, match="no HEALTHCHECK"):
        target.deploy(wanted(unchecked))
    with pytest.raises(MlspecError, match=r"every address of its nodes, and production asks for 127\.0\.0\.1 only"):
        target.deploy(wanted(image, serve={"environment.bind": "127.0.0.1"}))
    with pytest.raises(MlspecError, match="can't be had"):
        target.deploy(wanted(replace(image, reference="sha256:" + "0" * 64)))
    with pytest.raises(MlspecError, match="at most 199 replicas"):
        target.deploy(wanted(image, replicas=200))
    assert belongings(swarm, engine_project) == NOTHING


def test_a_port_that_somebody_has_is_told(target: SwarmRuntime, image: Image, swarm: docker.DockerClient) -> None:
    port = free_port()
    holder = swarm.containers.run("haproxy:2.6", ["sleep", "600"], ports={"80/tcp": port}, detach=True, init=True)
    try:
        with pytest.raises(DeployFailed, match=f"port {port}") as failure:
            target.deploy(wanted(image, port=port))
        assert "deploy.production.port of wine" in failure.value.hint
        assert target.observe() == {}
    finally:
        holder.remove(force=True)


def test_what_a_crash_leaves_of_a_trial_is_removed(
    target: SwarmRuntime, swarm: docker.DockerClient, engine_project: str, image: Image
) -> None:
    before = target.deploy(wanted(image, "v1.0.0"))
    crashed = target.trial(wanted(image, "v1.1.0", fence=2))
    assert ask(crashed.__enter__())["version"] == "v1.1.0"
    seen = target.observe()[PLACE]
    assert isinstance(seen, Running)
    assert (seen.version, seen.drift) == ("v1.0.0", "a trial is left of an interrupted deployment")
    after = target.deploy(wanted(image, "v1.0.0", fence=3))
    assert target.observe() == {PLACE: replace(before, fence=3)} == {PLACE: after}
    crashed.__exit__(None, None, None)
    assert belongings(swarm, engine_project) == ONE_PLACE
