"""The loop: conditions, events, pauses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlspec.adapters.git.locate import Located
from mlspec.adapters.lock import project_lock
from mlspec.cli.events import Events
from mlspec.cli.verbs.reconcile import _pull
from mlspec.cli.watch import FILE, LONGEST, Watch, loop_here
from mlspec.domain.folder import Folder
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError

ACTION = Action(ActionKind.DEPLOY, "wine", "production", "v0.1.0")
HELD = Held("wine", "production", HeldReason.ROLLED_BACK, "v0.2.0 was rolled back")


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(str(tmp_path), 60, Events(str(tmp_path / "events.jsonl")))


def told(watch: Watch) -> list[dict[str, Any]]:
    path = Path(watch.root) / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def conditions(watch: Watch) -> list[tuple[str, str]]:
    return [(item["type"], item["reason"]) for item in told(watch) if item["event"] == "Condition"]


def turn(watch: Watch, revision: str, *, status: str = "", held: tuple[Held, ...] = ()) -> None:
    plan = Plan(revision, "", (ACTION,) if status else (), held)
    watch.looked(revision, plan)
    watch.ended(plan, [Outcome(ACTION, status, "it broke")] if status else [])  # type: ignore[arg-type]


def test_what_was_tried_is_told_apart_from_what_was_done(watch: Watch) -> None:
    turn(watch, "a", status="done")
    turn(watch, "b", status="failed")
    assert (watch.attempted, watch.applied) == ("b", "a")
    assert conditions(watch) == [
        ("Reconciling", "Applying"),
        ("Ready", "Applied"),
        ("Reconciling", "Applying"),
        ("Stalled", "ActionFailed"),
    ]
    last = told(watch)[-1]
    assert (last["message"], last["attempted"], last["applied"]) == ("deploy:wine:production: it broke", "b", "a")
    found = loop_here(watch.root)
    assert found is not None
    assert (found["pid"], found["lastAttemptedRevision"], found["lastAppliedRevision"]) == (os.getpid(), "b", "a")


def test_quiet_turns_tell_nothing(watch: Watch) -> None:
    turn(watch, "a")
    before = told(watch)
    for _ in range(3):
        turn(watch, "a")
    assert told(watch) == before
    assert conditions(watch) == [("Ready", "Applied")]


@pytest.mark.usefixtures("remote")
def test_it_pulls_when_nobody_works_on_another_project_of_the_clone(watch: Watch, repo: Path, git: Any) -> None:
    ports: Any = SimpleNamespace(place=Located(str(repo), Folder("a")))
    git("commit", "--quiet", "--allow-empty", "-m", "somebody's")
    git("push", "--quiet", "origin", "main")
    theirs = git("rev-parse", "HEAD").strip()
    git("reset", "--quiet", "--hard", "HEAD~1")
    with project_lock(Located(str(repo), Folder("b")).lock):
        _pull(watch, ports)
        _pull(watch, ports)
        assert git("rev-parse", "HEAD").strip() != theirs
    assert [item["event"] for item in told(watch)] == ["NotPulled"]
    _pull(watch, ports)
    assert git("rev-parse", "HEAD").strip() == theirs
    assert (told(watch)[-1]["event"], told(watch)[-1]["revision"], watch.parted) == ("Pulled", theirs, "")


def test_what_is_held_is_ready_and_says_why(watch: Watch) -> None:
    turn(watch, "a", held=(HELD,))
    assert conditions(watch) == [("Ready", "Held")]
    assert watch.condition.message == "wine → production: RolledBack: v0.2.0 was rolled back"
    assert watch.applied == "a"


@pytest.mark.parametrize("reason", [HeldReason.TRAINING_FAILED, HeldReason.ROLLOUT_FAILED])
def test_what_failed_and_is_held_for_that_is_not_ready_nor_applied(watch: Watch, reason: HeldReason) -> None:
    turn(watch, "a")
    turn(watch, "b", status="failed")
    turn(watch, "b", held=(HELD, Held("wine", "", reason, "it broke")))
    assert (watch.condition.type, watch.condition.message) == ("Stalled", f"wine: {reason}: it broke")
    assert (watch.attempted, watch.applied) == ("b", "a")
    assert watch.pause() == 60  # when it is tried again is the plan's to say
    turn(watch, "b", status="done")
    assert (watch.condition.type, watch.applied) == ("Ready", "b")


def test_the_cause_is_told_rather_than_what_followed_from_it(watch: Watch) -> None:
    compiled, trained = Action(ActionKind.COMPILE, "wine"), Action(ActionKind.TRAIN, "wine")
    plan = Plan("a", "", (compiled, trained))
    watch.looked("a", plan)
    watch.ended(plan, [Outcome(compiled, "skipped", "put back"), Outcome(trained, "failed", "boom")])
    assert watch.condition.message == "train:wine: boom"


def test_actions_are_told_as_they_end_and_once(watch: Watch) -> None:
    compiled = Action(ActionKind.COMPILE, "wine")
    plan = Plan("a", "", (compiled, ACTION))
    watch.looked("a", plan)
    watch.did(Outcome(compiled, "done"))
    assert [item["status"] for item in told(watch) if item["event"] == "Action"] == ["done"]
    watch.ended(plan, [Outcome(compiled, "skipped", "put back"), Outcome(ACTION, "done")])
    said = [(item["action"], item["status"]) for item in told(watch) if item["event"] == "Action"]
    assert said == [("compile", "done"), ("compile", "skipped"), ("deploy", "done")]
    turn(watch, "a", status="done")  # the same again, in another turn
    assert len([item for item in told(watch) if item["event"] == "Action"]) == 4


def test_events_that_cannot_be_written_end_no_action(tmp_path: Path) -> None:
    watch = Watch(str(tmp_path), 60, Events(str(tmp_path / "none" / "x")))
    watch.did(Outcome(ACTION, "done"))
    with pytest.raises(MlspecError, match="can't write"):
        watch.ended(Plan("a", ""), [Outcome(ACTION, "done")])


def test_a_plan_is_shown_once(watch: Watch) -> None:
    plan = Plan("a", "", (), (HELD,))
    assert [watch.looked("a", plan), watch.looked("a", plan), watch.looked("b", Plan("b", ""))] == [True, False, True]


def test_errors_make_it_wait_longer_up_to_an_end(watch: Watch) -> None:
    pauses = []
    for _ in range(8):
        watch.failed("Error", "origin does not answer")
        pauses.append(watch.pause(0.5))
    assert pauses == [120, 240, 480, *[LONGEST] * 5]
    assert (watch.pause(0.0), watch.pause(1.0)) == (0.8 * LONGEST, 1.2 * LONGEST)
    turn(watch, "a")
    assert watch.pause() == 60


@pytest.mark.parametrize("news", ["pulled", "looked"])
def test_somebody_s_commit_ends_the_waiting(watch: Watch, news: str) -> None:
    watch.failed("Error", "no")
    if news == "pulled":
        watch.pulled("b")
    else:
        watch.looked("b", Plan("b", ""))
    assert watch.pause() == 60


def test_a_long_interval_is_not_cut_short_by_errors(watch: Watch) -> None:
    watch.every = 7200
    watch.failed("Error", "no")
    assert watch.pause(0.5) == 7200


def test_a_loop_that_is_over_leaves_nothing_to_believe(watch: Watch) -> None:
    turn(watch, "a")
    watch.stopped()
    assert loop_here(watch.root) is None
    assert told(watch)[-1]["event"] == "Stopped"


@pytest.mark.parametrize("text", ["{", "[]", '{"pid": "x"}', '{"pid": 2000000000}'])
def test_what_a_killed_loop_left_is_not_believed(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(text)
    assert loop_here(str(tmp_path)) is None


def test_events_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="can't write"):
        Events(str(tmp_path / "none" / "x")).tell("Started")
    Events("").tell("Started")
