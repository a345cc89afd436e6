"""The life of a model: it goes on, goes back, waits for people, is left alone, and is watched by a loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow


def production(project: Project) -> dict[str, Any]:
    """The status of the only place."""
    (model,) = project.mlspec("status", "--json").json["models"]
    found: dict[str, Any] = model["environments"][0]
    return found


def serves(project: Project) -> str:
    """The version that runs in production."""
    return str(production(project)["actual"])


def test_back_and_held_and_forward(trained_project: Project) -> None:
    shop, began = trained_project, time.time()
    shop.mlspec("apply", "--yes")
    shop.spec("C: 1.0", "C: 2.0")
    shop.mlspec("reconcile")
    assert serves(shop) == "v0.2.0"

    shop.mlspec("rollback", "toy", "--env", "production", code=1)  # nobody can be asked
    done = shop.mlspec("rollback", "toy", "--env", "production", "-m", "p95 doubled", "--yes")
    assert "p95 doubled" in done.out
    assert serves(shop) == "v0.1.0"
    assert "p95 doubled" in shop.git("for-each-ref", "--format=%(contents)", "refs/tags/toy#production!#3")
    shop.mlspec("reconcile")
    assert (serves(shop), shop.planned(), list(shop.held())) == ("v0.1.0", [], ["RolledBack"])
    assert "p95 doubled" in shop.mlspec("history", "toy").out
    dates = {time.strftime("%Y-%m-%d", time.gmtime(when)) for when in (began, time.time())}  # it may be midnight
    told = [span for date in dates for span in shop.mlspec("history", "--on", date, "--json").json["ran"]]
    ran = list({span["since"]: span for span in sorted(told, key=lambda span: span["since"])}.values())
    assert [(span["version"], span["until"] is None) for span in ran] == [
        ("v0.1.0", False),
        ("v0.2.0", False),
        ("v0.1.0", True),
    ]
    assert all(span["promoted_by"] and span["committed_by"] and span["because"] for span in ran)
    assert "Nothing ran" in shop.mlspec("history", "--on", "2001-01-01").out
    shop.mlspec("history", "--on", "yesterday", code=1)

    shop.mlspec("promote", "toy", "v0.2.0", "--to", "production")
    shop.mlspec("suspend", "toy", "-m", "audit")
    assert "audit" in shop.held()["Suspended"]
    shop.mlspec("apply", "--yes")
    assert serves(shop) == "v0.1.0"
    shop.mlspec("resume", "toy")
    shop.mlspec("apply", "--yes")
    assert (serves(shop), shop.planned()) == ("v0.2.0", [])


def test_only_those_who_may_let_a_version_in(trained_project: Project) -> None:
    shop = trained_project
    who = shop.git("var", "GIT_COMMITTER_IDENT").partition("<")[2].partition(">")[0]
    shop.spec("  production: {}", "  production: {promote: {approvals: [cyd@example.com]}}")
    assert list(shop.held()) == ["WaitingForApproval"]
    refused = shop.mlspec("promote", "toy", "v0.1.0", "--to", "production", code=1)
    assert f"{who} may not let versions into production" in refused.err
    shop.git("tag", "-a", "-m", "by hand", "toy#production#1", "toy@v0.1.0^{commit}")
    assert who in shop.held()["NotApproved"]
    shop.git("config", "user.email", "Cyd@Example.com")
    cyd = {**os.environ, "GIT_COMMITTER_EMAIL": "Cyd@Example.com", "GIT_AUTHOR_EMAIL": "Cyd@Example.com"}
    shop.mlspec("promote", "toy", "v0.1.0", "--to", "production", env=cyd)
    assert shop.planned() == ["deploy:toy:production"]


@contextmanager
def loop(shop: Project, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A reconciler that runs until it is stopped."""
    process = shop.start("reconcile", "--watch", "0.5", "--events", "../events.jsonl", *words)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def events(shop: Project) -> list[dict[str, Any]]:
    path = shop.root.parent / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def eventually(shop: Project, what: str, seconds: float = 180) -> list[dict[str, Any]]:
    """All events, once one of them has this text in it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any(what in json.dumps(event) for event in events(shop)):
            return events(shop)
        time.sleep(0.1)
    raise AssertionError(f"no {what!r} in {events(shop)}")


def test_a_loop_follows_origin_and_tells_what_it_does(trained_project: Project) -> None:
    shop = trained_project
    origin = shop.root.parent / "origin.git"
    shop.git("init", "--quiet", "--bare", str(origin))
    shop.git("remote", "add", "origin", str(origin))
    shop.git("push", "--quiet", "origin", "HEAD:main")
    subprocess.run(["git", "clone", "--quiet", "-b", "main", str(origin), str(shop.root.parent / "ben")], check=True)
    ben = Project(shop.root.parent / "ben")
    with loop(shop) as process:
        eventually(shop, '"Applied"')
        document = shop.mlspec("status", "--json").json["watch"]
        assert (document["pid"], document["condition"]["type"]) == (process.pid, "Ready")
        ben.edit("specs/toy.yaml", "  production: {}", "  production: {replicas: 2}")
        made = ben.commit()
        ben.git("push", "--quiet", "origin", "main")
        eventually(shop, made)
        found = eventually(shop, '"action": "scale"')
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 130, out + err
    names = [event["event"] for event in eventually(shop, '"Stopped"')]
    assert (names[0], names[-1]) == ("Started", "Stopped")
    assert {"Planned", "Action", "Condition", "Pulled"} <= set(names)
    assert [event["status"] for event in found if event["event"] == "Action"] == ["done"] * 3
    assert "watch" not in shop.mlspec("status", "--json").json


def test_sigterm_in_the_middle_of_a_training_leaves_nothing_half_done(trained_project: Project) -> None:
    shop = trained_project
    shop.write("slow.py", "import time\n\ntime.sleep(60)\n")
    shop.edit("specs/toy.yaml", "  estimator: sklearn.linear_model.LogisticRegression\n", "")
    shop.edit("specs/toy.yaml", "  params: {C: 1.0}\n", "  command: python slow.py\n  outs: [models/toy/slow.skops]\n")
    shop.commit("slow")
    before = shop.state
    with loop(shop) as process:
        eventually(shop, '"Planned"')
        end = time.monotonic() + 120
        while not (shop.root / ".mlspec/training/toy").exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 130, out + err
    assert shop.state == before
    assert shop.planned()[:2] == ["compile:toy", "train:toy"]


def predict(endpoint: str) -> None:
    """One request."""
    body = json.dumps({"rows": [{"a": 0.5, "b": 0.5}]}).encode()
    request = urllib.request.Request(f"{endpoint}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def test_a_bad_deployment_rolls_itself_back(trained_project: Project) -> None:
    shop = trained_project
    shop.mlspec("apply", "--yes")
    shop.edit("specs/toy.yaml", "  production: {}", "  production: {bake: {for: 1h, max_latency_p95: 0.01ms}}")
    shop.spec("C: 1.0", "C: 2.0")
    process = shop.start("reconcile", "--wait")
    try:
        end = time.monotonic() + 180
        while "Baking: watched until" not in (place := production(shop))["reason"]:
            assert time.monotonic() < end, place
            time.sleep(0.2)
        for _ in range(20):
            predict(place["endpoint"])
        done = shop.finish(process)
    finally:
        process.kill()
    assert "the 95th percentile of v0.2.0 is" in done.out
    assert done.code == 1
    assert (serves(shop), shop.planned()) == ("v0.1.0", [])
    assert "0.01 ms are allowed" in shop.held()["RolledBack"]
    assert "rolled back" in shop.mlspec("history").out
    shop.spec("{for: 1h, max_latency_p95: 0.01ms}", "{for: 2s}")
    shop.spec("C: 2.0", "C: 3.0")
    shop.mlspec("apply", "--yes", "--wait")
    assert (serves(shop), production(shop)["reason"]) == ("v0.3.0", "")
