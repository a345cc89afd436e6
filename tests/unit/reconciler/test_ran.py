"""What ran when, why, and who let it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.git import FakeGit
from fakes.shop import SCORE, Shop

from mlspec.planner.rollback import RollbackRequest
from mlspec.ports.git import NewTag
from mlspec.reconciler.chains import read_events
from mlspec.reconciler.past import statuses_at
from mlspec.reconciler.ran import between, let_in, spans


def event(time: float, outcome: str, version: str = "v0.1.0", **said: Any) -> dict[str, Any]:
    return {"time": time, "outcome": outcome, "version": version, "model": "wine", "environment": "production", **said}


def shown(*events: dict[str, Any]) -> list[tuple[str, float, float | None]]:
    return [(span.version, span.since, span.until) for span in spans(events)]


def test_a_version_runs_until_another_or_none_does() -> None:
    assert shown(
        event(30, "deployed", "v0.1.0"),
        event(10, "deployed", "v0.1.0"),
        event(20, "deployed", "v0.2.0"),
        event(40, "retired", "v0.1.0"),
    ) == [("v0.1.0", 10, 20), ("v0.2.0", 20, 30), ("v0.1.0", 30, 40)]


def test_other_settings_failures_and_tags_interrupt_nothing() -> None:
    assert shown(
        event(10, "deployed"),
        event(11, "deployed"),
        event(12, "failed", "v0.2.0"),
        event(13, "rolled back", "v0.1.0"),
    ) == [("v0.1.0", 10, None)]


def test_why_it_was_trained_and_deployed_and_by_whom() -> None:
    trained = event(5, "trained", environment="", because=["DataChanged data/wine.csv"])
    (span,) = spans([event(10, "deployed", because=["NothingRunning wine"], by="ci@example.com"), trained])
    assert (span.because, span.trained, span.deployed_by) == (
        ("NothingRunning wine",),
        ("DataChanged data/wine.csv",),
        "ci@example.com",
    )


def test_what_was_gone_back_to_says_why() -> None:
    found = spans(
        [
            event(10, "deployed"),
            event(20, "deployed", "v0.2.0", because=["VersionChanged version"]),
            event(30, "rolled back", detail="v0.2.0 → v0.1.0: it fails"),
            event(31, "deployed", because=["VersionChanged version"]),
            event(40, "deployed", "v0.2.0", because=["VersionChanged version"]),
        ]
    )
    assert [span.because for span in found] == [
        (),
        ("VersionChanged version",),
        ("rolled back v0.2.0 → v0.1.0: it fails",),
        ("VersionChanged version",),
    ]


@pytest.mark.parametrize(
    ("begin", "end", "versions"),
    [(0, 10, []), (0, 11, ["v0.1.0"]), (15, 25, ["v0.1.0", "v0.2.0"]), (20, 21, ["v0.2.0"]), (99, 100, ["v0.2.0"])],
)
def test_what_ran_in_an_interval(begin: float, end: float, versions: list[str]) -> None:
    found = spans([event(10, "deployed"), event(20, "deployed", "v0.2.0")])
    assert [span.version for span in between(found, begin, end)] == versions


def test_the_promotion_of_its_time_says_who_let_it() -> None:
    git = FakeGit()
    commit = git.head
    git.tag(NewTag("wine@v0.1.0", commit, "x"))
    for number, (who, time) in enumerate([("ada@example.com", 9.0), ("eve@example.com", 50.0)], 1):
        git.who = who
        git.tag(NewTag(f"wine#production#{number}", commit, "x", time))
    git.who = "eve@example.com"
    git.tag(NewTag("wine#staging#3", commit, "x", 9.5))
    (span,) = let_in(git, spans([event(10, "deployed")]), {("wine", "v0.1.0"): commit})
    assert (span.promoted_by, span.tag, span.committed_by) == (
        "ada@example.com",
        "wine#production#1",
        "ada@example.com",
    )


def test_a_story(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    shop.apply(rollback=RollbackRequest("production", "", "asked for by ada"))
    found = spans(read_events(shop.git, ["production"]))
    assert [span.version for span in found] == ["v0.1.0", "v0.2.0", "v0.1.0"]
    assert found[1].trained == ("ParamChanged training.params.max_depth",)
    _, (status,) = statuses_at(shop.ports, "HEAD", ())
    assert [(place.actual, place.sync) for place in status.environments] == [("v0.1.0", "Synced")]
