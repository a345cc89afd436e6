"""What a worker counts: bounded, kept for the next worker, merged with the others, and nothing where it is off."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from mlspec.serving.app import build_app
from mlspec.serving.counts import BLOCKS
from mlspec.serving.errors import BundleError
from mlspec.serving.monitor import Monitor, psi
from mlspec.serving.profile import read_profile
from mlspec.serving.slots import Slot

PROFILE = {
    "format": 1,
    "rows": 10,
    "columns": [
        {"name": "tenure", "kind": "number", "edges": [2.0, 30.0], "counts": [4, 3, 3], "missing": 0},
        {"name": "plan", "kind": "category", "values": ["basic", "plus"], "counts": [5, 5, 0], "missing": 0},
        {"name": "paper", "kind": "number", "edges": [0.0], "counts": [6, 4], "missing": 0},
    ],
    "prediction": {"name": "prediction", "kind": "category", "values": ["false", "true"], "counts": [5, 5, 0]}
    | {"missing": 0},
}
NAMES = ("tenure", "plan", "paper")
ROW = {"tenure": 3, "plan": "basic", "paper": True}


@pytest.fixture
def profile(tmp_path: Path) -> Any:
    """A profile of the model `churn`, read from its file."""
    (tmp_path / "profile.json").write_bytes(orjson.dumps(PROFILE))
    return read_profile(tmp_path / "profile.json", NAMES)


def rows(count: int, tenure: float = 3) -> tuple[list[list[Any]], list[Any]]:
    """Columns and answers of so many equal rows."""
    return [[tenure] * count, ["basic"] * count, [True] * count], [False] * count


def counted(monitor: Monitor) -> dict[str, Any]:
    """The only worker's document."""
    (worker,) = monitor.document()["workers"].values()
    return worker


def total(worker: dict[str, Any], column: str) -> list[int]:
    """A column's counts in all blocks."""
    found = [b["prediction"] if column == "prediction" else b["columns"][column] for b in worker["blocks"]]
    return [sum(counts) for counts in zip(*found, strict=True)]


def test_every_kind_of_value_has_its_bin(profile: Any) -> None:
    monitor = Monitor(profile, 1000)
    monitor.note(
        [[1, 2, 2.5, 99, None], ["basic", "gold", "", None, "plus"], [True] * 5], [True, False, True, False, "?"]
    )
    worker = counted(monitor)
    assert total(worker, "tenure") == [2, 1, 1, 1]
    assert total(worker, "plan") == [1, 1, 1, 2]
    assert total(worker, "paper") == [0, 5, 0]
    assert total(worker, "prediction") == [2, 2, 1, 0]


def test_blocks_are_bounded_and_the_newest_rows_stay(profile: Any) -> None:
    monitor = Monitor(profile, 100)
    for index in range(300):
        monitor.note(*rows(1, tenure=1 if index < 150 else 99))
        monitor.fold()
    worker = counted(monitor)
    assert worker["rows"] == 300
    assert len(worker["blocks"]) == BLOCKS + 1
    assert 100 <= sum(block["rows"] for block in worker["blocks"]) <= 105
    assert total(worker, "tenure")[0] == 0


def test_what_comes_too_fast_is_dropped_and_counted(profile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlspec.serving.monitor.FULL", 10)
    monitor = Monitor(profile, 1000)
    for _ in range(5):
        monitor.note(*rows(5))
    worker = counted(monitor)
    assert (worker["rows"], worker["dropped"]) == (10, 15)


def test_it_is_due_once_for_each_batch(profile: Any) -> None:
    monitor = Monitor(profile, 1000)  # blocks of 50
    monitor.note(*rows(49))
    assert not monitor.due()
    monitor.note(*rows(1))
    assert [monitor.due(), monitor.due()] == [True, False]
    monitor.fold()
    monitor.note(*rows(50))
    assert monitor.due()


def test_values_that_cannot_be_counted_cost_no_request(profile: Any) -> None:
    monitor = Monitor(profile, 1000)
    monitor.note([["text"], ["basic"], [True]], [True])
    assert counted(monitor)["dropped"] == 1


def test_the_next_worker_goes_on_from_what_was_kept(profile: Any, tmp_path: Path) -> None:
    slot = Slot(tmp_path / "live")
    monitor = Monitor(profile, 1000, slot)
    monitor.note(*rows(7))
    monitor.save()
    before = counted(monitor)
    slot.release()
    again = Monitor(profile, 1000, Slot(tmp_path / "live"))
    again.note(*rows(3))
    after = counted(again)
    assert (before["rows"], after["rows"]) == (7, 10)
    assert total(after, "plan") == [10, 0, 0, 0]


def test_workers_of_one_folder_answer_for_each_other(profile: Any, tmp_path: Path) -> None:
    one, two = (Monitor(profile, 1000, Slot(tmp_path / "live")) for _ in range(2))
    one.note(*rows(4))
    one.save()
    two.note(*rows(6))
    found = two.document()["workers"]
    assert {name: worker["rows"] for name, worker in found.items()} == {"0": 4, "1": 6}


def test_counts_of_another_profile_or_no_counts_at_all_are_left_alone(profile: Any, tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (live / "0.json").write_bytes(orjson.dumps({"profile": "another", "rows": 5, "blocks": []}))
    (live / "7.json").write_bytes(b"{torn")
    (live / "8.json").write_bytes(orjson.dumps({"profile": profile.sha256, "rows": 2, "dropped": 0, "blocks": []}))
    monitor = Monitor(profile, 1000, Slot(live))
    assert {name: worker["rows"] for name, worker in monitor.document()["workers"].items()} == {"0": 0, "8": 2}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "format 2 is not known"),
        ({"columns": PROFILE["columns"][:2]}, "is not of this model"),
        ({"columns": "x"}, "is not a profile"),
        ({"prediction": PROFILE["prediction"] | {"counts": [1]}}, "1 counts for 3 bins"),
    ],
)
def test_a_file_that_is_no_profile_of_this_model_is_refused(tmp_path: Path, change: Any, says: str) -> None:
    (tmp_path / "profile.json").write_bytes(orjson.dumps(PROFILE | change))
    with pytest.raises(BundleError, match=says):
        read_profile(tmp_path / "profile.json", NAMES)


def test_without_a_file_nothing_is_monitored(tmp_path: Path) -> None:
    assert read_profile(tmp_path / "profile.json", NAMES) is None


def ask(service: Any, *paths: str, posts: int = 0) -> list[httpx.Response]:
    """Some predictions, then GET requests, on one application."""

    async def go() -> list[httpx.Response]:
        with ThreadPoolExecutor(1) as pool:
            transport = httpx.ASGITransport(app=build_app(service, pool))
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                for _ in range(posts):
                    assert (await client.post("/predict", json={"rows": [ROW, ROW]})).status_code == 200
                return [await client.get(path) for path in paths]

    return asyncio.run(go())


def test_the_endpoints_show_what_was_counted(serve: Any, profile: Any) -> None:
    service = serve("churn")
    service.monitor = Monitor(profile, 1000)
    shown, metrics = ask(service, "/monitoring", "/metrics", posts=60)
    document = shown.json()
    (worker,) = document["workers"].values()
    assert (document["format"], document["model"], document["profile"]) == (1, "churn", profile.sha256)
    assert document["reference"]["columns"] == PROFILE["columns"]
    assert (worker["rows"], total(worker, "tenure")) == (120, [0, 120, 0, 0])
    assert "mlspec_monitored_rows_total 120\n" in metrics.text
    assert 'mlspec_feature_psi{column="tenure"}' in metrics.text


def test_where_it_is_off_there_is_nothing_to_see(serve: Any) -> None:
    shown, metrics = ask(serve("churn"), "/monitoring", "/metrics", posts=1)
    assert (shown.status_code, shown.json()) == (404, {"error": "churn v1.2.0 is not monitored"})
    assert "psi" not in metrics.text


def test_psi_leaves_out_bins_that_nobody_fills() -> None:
    value = psi([10, 10, 0], np.array([5, 15, 0]))
    p, q = (10.5 / 21, 10.5 / 21), (5.5 / 21, 15.5 / 21)
    assert value == pytest.approx(sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)))
