"""Thirty models at a time: what fails keeps nobody back, and the end says what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

from mlspec.domain.actual import ModelHistory
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version

FAILING = ("m07", "m15", "m28")


def spec(name: str) -> str:
    """A model of its own data; where that is bad, its validation fails."""
    text = SCORE.replace("name: wine\ndesc", f"name: {name}\ndesc")
    return text.replace("data/wine.csv", f"data/{name}.csv")


@pytest.fixture
def thirty(tmp_path: Path) -> Shop:
    names = [f"m{number:02}" for number in range(30)]
    rows = {name: "bad,1" if name in FAILING else f"{index},1" for index, name in enumerate(names)}
    shop = Shop(tmp_path / "shop")
    shop.git.files.pop("specs/wine.yaml")
    files = {f"data/{name}.csv": f"alcohol,cultivar\n{row}\n" for name, row in rows.items()}
    shop.commit(files | {f"specs/{name}.yaml": spec(name) for name in names})
    return shop


def test_three_of_thirty_fail_and_the_others_are_served(thirty: Shop) -> None:
    outcomes = thirty.apply(jobs=4)
    of = {outcome.action.id: outcome for outcome in outcomes}
    assert Counter(outcome.status for outcome in outcomes if outcome.action.action == "train") == {
        "done": 27,
        "failed": 3,
    }
    runs = [outcome for outcome in outcomes if outcome.action.action == "train" and outcome.status == "done"]
    chains = {name: history.trainings[-1].seconds for name, history in observed(thirty).items()}
    assert all(outcome.seconds >= chains[outcome.action.model] for outcome in runs), "its stages count as its time"
    for name in FAILING:
        assert "validate failed" in of[f"train:{name}"].detail
        kept_back = [of[f"register:{name}"], of[f"promote:{name}:production"], of[f"deploy:{name}:production"]]
        assert [(each.status, each.detail) for each in kept_back] == [("skipped", f"train {name} failed")] * 3
    assert len(thirty.ports.process.running) == 27
    assert sorted(tag.partition("@")[0] for tag in thirty.tags if "@" in tag) == [
        f"m{number:02}" for number in range(30) if f"m{number:02}" not in FAILING
    ]
    assert not thirty.git.snapshot().dirty


def test_jobs_change_nothing_of_what_comes_out(thirty: Shop, tmp_path: Path) -> None:
    thirty.apply(jobs=4)
    records = {name: history.versions for name, history in observed(thirty).items()}
    other = Shop(tmp_path / "other")
    other.git.files.pop("specs/wine.yaml")
    other.commit(
        {path: thirty.git.files[path].decode() for path in thirty.git.files if path.startswith(("specs", "data"))}
    )
    other.apply(jobs=1)
    again = {name: history.versions for name, history in observed(other).items()}
    assert [digests(known) for known in records.values()] == [digests(known) for known in again.values()]


def observed(shop: Shop) -> dict[str, ModelHistory]:
    models = shop.look()[0].actual.models
    return {name: models[name] for name in sorted(models) if models[name].versions}


def digests(versions: Mapping[Version, VersionRecord]) -> list[str]:
    return [record.artefact_digest for record in versions.values()]
