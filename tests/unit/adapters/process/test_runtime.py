"""The process runtime against what goes wrong: ports, crashes, two at once, stale files, silence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.engine import free_port
from fakes.processes import PLACE, WORKER, end_all, eventually, folder_of, get, gone, order, project, runtime, status

from mlspec.adapters.process.listener import listen
from mlspec.adapters.process.order import STATE
from mlspec.adapters.process.runtime import ProcessRuntime
from mlspec.domain.actual import Health, Place, Running
from mlspec.domain.drift import PROFILE
from mlspec.errors import DeployFailed, MlspecError


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """The state's folder; longer than a Unix socket's name may be."""
    folder = tmp_path / ("long" * 30)
    yield folder
    end_all(folder)


@pytest.fixture
def target(root: Path) -> ProcessRuntime:
    return runtime(root)


def seen(target: ProcessRuntime) -> Running:
    found = target.observe()[PLACE]
    assert isinstance(found, Running)
    return found


def test_it_outlives_the_command_that_started_it(root: Path, tmp_path: Path) -> None:
    tests = Path(__file__).parents[3]
    script = (
        "import sys; from pathlib import Path; from fakes.processes import order, runtime\n"
        "print(runtime(Path(sys.argv[1])).deploy(order(Path(sys.argv[2]))).endpoint)"
    )
    command = [sys.executable, "-c", script, str(root), str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=os.environ | {"PYTHONPATH": str(tests)}
    ) as cli:
        assert cli.stdout
        endpoint = cli.stdout.read().strip()  # ends only when nobody holds the pipe: nothing of it was inherited
    answer = status(root)
    for pid in (answer["pid"], *answer["workers"]):
        assert os.getsid(pid) != cli.pid
        assert not any(str(Path(f"/proc/{pid}/fd/{n}").readlink()).startswith("pipe:") for n in (0, 1, 2))
    assert get(endpoint)["version"] == "v1.0.0"


def test_workers_learn_little_of_the_environment(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("MLSPEC_LEVEL", "debug")
    environ = get(runtime(root).deploy(order(tmp_path)).endpoint)["environ"]
    assert "canary" not in environ.values()
    assert (environ["MLSPEC_LEVEL"], environ["OMP_NUM_THREADS"]) == ("debug", "1")


def test_a_replay_starts_nothing(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    target.deploy(order(tmp_path, replicas=2))
    before = status(root)
    target.deploy(order(tmp_path, replicas=2, fence=2))
    assert (status(root)["workers"], status(root)["pid"]) == (before["workers"], before["pid"])


def test_only_what_runs_is_kept(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    for number in range(3):
        target.deploy(order(tmp_path, f"v1.{number}.0"))
    with pytest.raises(DeployFailed):
        target.deploy(order(tmp_path, "v2.0.0", behaviour={"fail": "no"}))
    (kept,) = (folder_of(root) / "bundles").iterdir()
    assert "v1.2.0" in (kept / "behaviour.json").read_text()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"fail": "ValueError: no such type"}, "ValueError: no such type"),
        ({"exit": 3}, "exited with status 3"),
        ({"silent": True}, "not ready after 0.5 s"),
    ],
)
def test_never_ready_leaves_no_process(
    root: Path, target: ProcessRuntime, tmp_path: Path, behaviour: dict[str, object], words: str
) -> None:
    before = target.deploy(order(tmp_path))
    children = workers_below(status(root)["pid"])
    with pytest.raises(DeployFailed, match=words):
        runtime(root, ready=0.5 if "silent" in behaviour else 60).deploy(
            order(tmp_path, "v1.1.0", behaviour=behaviour, replicas=2)
        )
    assert seen(target) == before
    assert get(before.endpoint)["version"] == "v1.0.0"
    assert workers_below(status(root)["pid"]) == children


def test_a_spec_may_give_a_server_more_or_less_time(root: Path, tmp_path: Path) -> None:
    slow = {"serve": {"startup_timeout": 60}, "behaviour": {"load": 1}}
    assert runtime(root, ready=0.5).deploy(order(tmp_path, **slow)).version == "v1.0.0"
    with pytest.raises(DeployFailed, match=r"not ready after 0\.5 s"):
        runtime(root).deploy(order(tmp_path, "v1.1.0", serve={"startup_timeout": 0.5}, behaviour={"load": 60}))


def test_a_worker_that_cannot_be_run_is_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DeployFailed, match="can't start /no/such"):
        runtime(root, worker=["/no/such"]).deploy(order(tmp_path))
    assert runtime(root).observe() == {}


def test_progress_is_seen_while_the_old_one_serves(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    endpoint = target.deploy(order(tmp_path)).endpoint
    loaded = tmp_path / "loaded"
    slow = order(tmp_path, "v1.1.0", behaviour={"after": str(loaded)})
    deploying = threading.Thread(target=target.deploy, args=(slow,))
    deploying.start()
    eventually(lambda: seen(target).health is Health.PROGRESSING)
    assert get(endpoint)["version"] == "v1.0.0"
    loaded.touch()
    deploying.join()
    assert (seen(target).health, seen(target).version) == (Health.HEALTHY, "v1.1.0")


def test_a_taken_port_is_named_and_changes_nothing(target: ProcessRuntime, tmp_path: Path) -> None:
    before = target.deploy(order(tmp_path))
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(MlspecError, match=f"port {port} on 127.0.0.1 is taken") as refusal:
            target.deploy(order(tmp_path, port=port))
        assert "deploy.production.port of wine" in refusal.value.hint
        assert seen(target) == before
        target.retire(PLACE)
        with pytest.raises(MlspecError, match="taken"):
            target.deploy(order(tmp_path, port=port))
        assert target.observe() == {}


def test_the_port_can_change(target: ProcessRuntime, tmp_path: Path) -> None:
    old = target.deploy(order(tmp_path)).endpoint
    port = free_port()
    assert target.deploy(order(tmp_path, port=port)).endpoint == f"http://127.0.0.1:{port}"
    assert get(f"http://127.0.0.1:{port}")["version"] == "v1.0.0"
    with pytest.raises(urllib.error.URLError):
        get(old)
    assert target.deploy(order(tmp_path, port=0)).endpoint == old


def test_a_killed_supervisor_takes_its_workers_along_and_the_port_comes_back(
    root: Path, target: ProcessRuntime, tmp_path: Path
) -> None:
    endpoint = target.deploy(order(tmp_path, replicas=2)).endpoint
    answer = status(root)
    with socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2]))):  # keeps a worker draining
        os.kill(answer["pid"], signal.SIGKILL)
        eventually(lambda: target.observe() == {})
        assert (folder_of(root) / "control.sock").exists()
        began = time.monotonic()
        assert target.deploy(order(tmp_path, "v1.1.0")).endpoint == endpoint
        print(f"recovered in {time.monotonic() - began:.2f} s")
        assert get(endpoint)["version"] == "v1.1.0"
    for pid in answer["workers"]:
        eventually(lambda pid=pid: gone(pid))  # type: ignore[misc]


def test_a_killed_worker_is_replaced(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    (loaded := tmp_path / "loaded").touch()
    target.deploy(order(tmp_path, replicas=2, behaviour={"after": str(loaded)}))
    victim, other = status(root)["workers"]
    loaded.unlink()
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: seen(target).health is Health.DEGRADED)
    assert seen(target).reason == "1 of 2 replicas down: killed by SIGKILL; restarting"
    loaded.touch()
    eventually(lambda: seen(target).health is Health.HEALTHY)
    pids = status(root)["workers"]
    assert other in pids
    assert victim not in pids
    assert len(pids) == 2
    assert any("killed by SIGKILL; next start in" in line for line in target.logs(PLACE))


def test_one_that_crashes_again_and_again_is_given_up_and_mended_by_a_deployment(
    target: ProcessRuntime, tmp_path: Path
) -> None:
    target.deploy(order(tmp_path, behaviour={"crash": 0.01}))
    eventually(lambda: seen(target).reason.endswith("given up"))
    assert seen(target).health is Health.DEGRADED
    assert any("given up after 5 crashes" in line for line in target.logs(PLACE))
    mended = target.deploy(order(tmp_path, "v1.1.0"))
    assert (mended.health, mended.reason, get(mended.endpoint)["version"]) == (Health.HEALTHY, "", "v1.1.0")


def test_no_worker_starts_on_other_bytes_than_were_deployed(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    """Somebody swaps the model's files, and the worker that had loaded the right ones dies."""
    target.deploy(order(tmp_path))
    (file,) = [path for path in (folder_of(root) / "bundles").rglob("*") if path.is_file()]
    right = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(right + b" ")
    os.kill(status(root)["workers"][0], signal.SIGKILL)
    eventually(lambda: seen(target).reason.endswith("given up"))
    assert "the model's files are not those that were deployed" in seen(target).reason
    mended = target.deploy(order(tmp_path))
    assert (mended.health, get(mended.endpoint)["version"]) == (Health.HEALTHY, "v1.0.0")
    assert file.read_bytes() == right


def test_termination_of_the_supervisor_drains(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    target.deploy(order(tmp_path))
    answer = status(root)
    os.kill(answer["pid"], signal.SIGTERM)
    eventually(lambda: all(gone(pid) for pid in (answer["pid"], *answer["workers"])))
    assert target.observe() == {}
    assert any("drained" in line for line in target.logs(PLACE))


def test_termination_while_workers_load_leaves_nothing(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    target.deploy(order(tmp_path))
    pid = status(root)["pid"]
    failures: list[BaseException] = []
    loaded = tmp_path / "loaded"

    def deploy() -> None:
        try:
            target.deploy(order(tmp_path, "v1.1.0", behaviour={"after": str(loaded)}))
        except BaseException as problem:  # noqa: BLE001
            failures.append(problem)

    deploying = threading.Thread(target=deploy)
    deploying.start()
    eventually(lambda: seen(target).health is Health.PROGRESSING)
    children = workers_below(pid)
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: gone(pid) and all(gone(child) for child in children))
    loaded.touch()
    deploying.join()  # it starts a new supervisor, as nothing told it not to
    assert not failures
    assert seen(target).version == "v1.1.0"


@pytest.mark.parametrize("kind", ["file", "dead socket", "dangling link"])
def test_stale_files_are_not_trusted(root: Path, target: ProcessRuntime, tmp_path: Path, kind: str) -> None:
    folder = folder_of(root)
    folder.mkdir(parents=True)
    path = folder / "control.sock"
    match kind:
        case "file":
            path.write_text(str(os.getpid()))
        case "dead socket":
            subprocess.run(
                [sys.executable, "-S", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('control.sock')"],
                cwd=folder,
                check=True,
            )
        case _:
            path.symlink_to("nowhere")
    assert target.observe() == {}
    assert target.deploy(order(tmp_path)).version == "v1.0.0"


def test_where_nothing_is_monitored_any_more_no_request_stays(
    root: Path, target: ProcessRuntime, tmp_path: Path
) -> None:
    kept = folder_of(root) / STATE / "requests-0.jsonl"

    def keep() -> None:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text("{}\n")

    watched = order(tmp_path, serve={"replicas": 1, PROFILE: "sha256:abc"})
    target.deploy(watched)
    keep()
    target.deploy(replace(watched, version="v1.1.0"))
    eventually(lambda: len(workers_below(status(root)["pid"])) == 1)
    assert kept.exists()  # the next worker goes on from it, or takes it away
    target.deploy(order(tmp_path, "v1.2.0"))
    eventually(lambda: not kept.parent.exists())
    target.retire(PLACE)
    end_all(root)
    folder_of(root).mkdir(parents=True, exist_ok=True)
    keep()  # as of a supervisor that was killed
    target.deploy(order(tmp_path, "v1.3.0"))
    eventually(lambda: not kept.parent.exists())


def test_two_deployers_at_once(root: Path, tmp_path: Path) -> None:
    wanted = [order(tmp_path, f"v1.{number}.0", replicas=1 + number % 2) for number in range(4)]
    returned: list[Running] = []
    threads = [
        threading.Thread(target=lambda one=one: returned.append(runtime(root).deploy(one)))  # type: ignore[misc]
        for one in wanted
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.version for one in returned) == [one.version for one in wanted]
    assert seen(runtime(root)) in returned
    answer = status(root)
    assert workers_below(answer["pid"]) == set(answer["workers"])
    assert supervisors_of(root) == {answer["pid"]}


def test_a_silent_supervisor_is_an_error_not_a_second_one(root: Path, tmp_path: Path) -> None:
    hasty = runtime(root, ready=0.1, drain=0.1, prompt=0.2)
    runtime(root).deploy(order(tmp_path))
    pid = status(root)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        hasty._patience = lambda *_: 0.3  # type: ignore[method-assign]
        for act in (
            lambda: hasty.deploy(order(tmp_path)),
            lambda: hasty.retire(PLACE),
            lambda: hasty.scale(PLACE, 2, {}),
        ):
            with pytest.raises(MlspecError, match="does not answer"):
                act()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert supervisors_of(root) == {pid}


def test_looking_at_a_thousand_absent_places_is_fast(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    target.deploy(order(tmp_path))
    for number in range(1000):
        folder = root / project(root) / "staging" / f"m{number}"
        folder.mkdir(parents=True)
        if number % 2:
            (folder / "control.sock").write_text("")
    began = time.process_time()
    assert set(target.observe()) == {PLACE}
    seconds = time.process_time() - began
    print(f"1,000 absent places: {seconds:.3f} CPU s")
    assert seconds < 0.5


def test_an_artefact_that_differs_in_bytes_only_is_swapped(target: ProcessRuntime, tmp_path: Path) -> None:
    first = order(tmp_path)
    target.deploy(first)
    assert target.deploy(replace(first, artefact="sha256:" + "e" * 64)).artefact == "sha256:" + "e" * 64


def test_places_of_other_projects_are_not_seen(root: Path, target: ProcessRuntime, tmp_path: Path) -> None:
    other = ProcessRuntime("other", root=root, worker=WORKER)
    other.deploy(order(tmp_path, place=Place("production", "iris")))
    assert target.observe() == {}
    assert set(other.observe()) == {Place("production", "iris")}


def workers_below(pid: int) -> set[int]:
    """The processes that a supervisor has started."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def supervisors_of(root: Path) -> set[int]:
    """All supervisors below a root, by their command lines."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text().split("\0")
        except OSError:
            continue
        if "mlspec.adapters.process.supervisor" in words and words[-2].startswith(str(root)):
            found.add(int(path.parent.name))
    return found
