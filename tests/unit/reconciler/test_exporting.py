"""Telling a tracker of versions: once each, with what environments should run, and again where it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

from mlspec.domain.desired import Tracking
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracked, Tracker
from mlspec.reconciler.exporting import export, refusal
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import observe

URI = "http://tracker.example"


@dataclass
class FakeTracker:
    """Remembers what it is told; `down` makes it fail."""

    told: list[tuple[str, str, list[str]]] = field(default_factory=list)
    """model@version, commit, names of files"""
    aliases: dict[str, Mapping[str, str]] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    down: bool = False

    def open(self, uri: str) -> Tracker:
        self.opened.append(uri)
        return self

    def tell(self, versions: Sequence[Tracked]) -> None:
        if self.down:
            raise MlspecError("the tracker does not answer")
        for item in versions:
            files = sorted(path.name for path in Path(item.files).iterdir()) if item.files else []
            self.told.append((f"{item.record.model}@{item.record.version}", item.commit, files))

    def point(self, model: str, aliases: Mapping[str, str]) -> None:
        self.aliases[model] = aliases


@pytest.fixture
def scored(tmp_path: Path) -> Shop:
    """wine@v0.1.0 is registered and runs in production."""
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    return shop


def tell(shop: Shop, tracker: FakeTracker, *, uri: str = URI, files: bool = False) -> list[str]:
    """Export as after an apply."""
    world = observe(shop.ports)
    project = replace(world.bundle.project, tracking=Tracking("MLFLOW_TRACKING_URI", files))
    return export(shop.ports, replace(world, bundle=replace(world.bundle, project=project)), uri, tracker.open)


def names(tracker: FakeTracker) -> list[str]:
    """model@version of what was told, in order."""
    return [name for name, _, _ in tracker.told]


def test_a_version_is_told_once_with_its_commit_and_its_environment(scored: Shop) -> None:
    tracker = FakeTracker()
    assert tell(scored, tracker) == ["wine"]
    (tag,) = [tag for tag in scored.git.tags() if tag.name == "wine@v0.1.0"]
    assert tracker.told == [("wine@v0.1.0", tag.commit, [])]
    assert tracker.aliases == {"wine": {"production": "v0.1.0"}}
    assert tell(scored, tracker) == []
    assert tracker.opened == [URI], "without news nobody is asked"


def test_another_server_is_told_too(scored: Shop) -> None:
    tracker = FakeTracker()
    tell(scored, tracker)
    assert tell(scored, tracker, uri="http://other.example") == ["wine"]


def test_a_new_version_is_told_with_the_one_that_still_runs(scored: Shop) -> None:
    tracker = FakeTracker()
    tell(scored, tracker)
    scored.commit(
        {"specs/project.yaml": "apiVersion: mlspec/v1\nkind: Project\nenvironments: {production: {promote: manual}}\n"}
    )
    scored.edit("score: 0.9", "score: 0.95")
    scored.run()
    assert tell(scored, tracker) == ["wine"]
    assert names(tracker) == ["wine@v0.1.0", "wine@v0.1.0", "wine@v0.2.0"]
    assert tracker.aliases == {"wine": {"production": "v0.1.0"}}


def test_what_it_was_not_told_is_told_next_time(scored: Shop) -> None:
    tracker = FakeTracker(down=True)
    with pytest.raises(MlspecError, match="does not answer"):
        tell(scored, tracker)
    tracker.down = False
    assert tell(scored, tracker) == ["wine"]
    assert names(tracker) == ["wine@v0.1.0"]


def test_files_are_told_where_the_project_wants_that(scored: Shop) -> None:
    tracker = FakeTracker()
    tell(scored, tracker, files=True)
    assert tracker.told[0][2] == sorted(file.path for file in next(iter(scored.history.versions.values())).artefact)


def test_files_that_are_wanted_later_are_news(scored: Shop) -> None:
    tracker = FakeTracker()
    tell(scored, tracker)
    assert tell(scored, tracker, files=True) == ["wine"]
    assert [bool(files) for _, _, files in tracker.told] == [False, True]
    assert tell(scored, tracker, files=True) == []


def promote(shop: Shop, version: str, who: str) -> None:
    """As `mlspec promote` writes it."""
    shop.git.who = who
    world = observe(shop.ports)
    Roller(shop.ports, world, Logbook(shop.ports, world.head.commit)).promote("wine", "production", version)
    shop.git.who = "ada@example.com"


def test_an_alias_goes_by_promotions_that_count(tmp_path: Path) -> None:
    shop, tracker = (
        Shop(tmp_path / "shop", SCORE.replace("replicas: 1", "promote: {approvals: [ben@b.de]}")),
        FakeTracker(),
    )
    shop.run()
    promote(shop, "v0.1.0", "eve@example.com")
    assert tell(shop, tracker) == ["wine"]
    assert tracker.aliases == {"wine": {"production": ""}}, "none any more"
    promote(shop, "v0.1.0", "ben@b.de")
    assert tell(shop, tracker) == ["wine"]
    assert tracker.aliases == {"wine": {"production": "v0.1.0"}}


def test_nothing_is_registered_so_nobody_is_asked(tmp_path: Path) -> None:
    tracker = FakeTracker()
    assert tell(Shop(tmp_path / "shop"), tracker) == []
    assert tracker.opened == []


def test_why_nothing_can_be_told() -> None:
    assert refusal("TRACKING", URI) is None
    told = refusal("TRACKING", "")
    assert told is not None
    assert ("TRACKING is not set" in told.message, told.hint) == (True, "export TRACKING=http://…")
