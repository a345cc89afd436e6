"""What is kept of single requests: only what was asked for, bounded, redacted, and by ids."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from unit.serving.test_monitor import NAMES, PROFILE, ROW

from mlspec.domain import service
from mlspec.serving import ring
from mlspec.serving.app import build_app
from mlspec.serving.errors import Refusal
from mlspec.serving.infer import DRAW, drawn
from mlspec.serving.monitor import Monitor
from mlspec.serving.profile import read_profile
from mlspec.serving.recorder import Noted, Recorder, Wishes
from mlspec.serving.ring import Ring
from mlspec.serving.rows import columns_of, ids_of

NOTED = Noted([[1, 2], ["basic", "plus"], [True, False]], [True, False], ["a", "b"])


def recorder(folder: Path, **wishes: Any) -> Recorder:
    return Recorder(Wishes(**wishes), "v1", NAMES, folder, "0")


def test_nothing_is_kept_that_nobody_asked_for(tmp_path: Path) -> None:
    nothing = recorder(tmp_path)
    nothing.add([NOTED])
    assert (nothing.requests(), nothing.predictions(), list(tmp_path.iterdir())) == (None, None, [])
    assert not Wishes(keep=10_000)


def test_rows_are_sampled_and_redacted(tmp_path: Path) -> None:
    kept = recorder(tmp_path, sample=1.0, keep=10, redact=("plan",))
    kept.add([NOTED])
    document = kept.requests()
    assert document is not None
    assert document["redacted"] == ["plan"]
    rows = [(each["row"], each["prediction"]) for each in document["requests"]]
    assert rows == [
        ({"tenure": 1, "plan": None, "paper": True}, True),
        ({"tenure": 2, "plan": None, "paper": False}, False),
    ]
    assert b"basic" not in (tmp_path / "requests-0.jsonl").read_bytes()


def test_a_misspelt_redaction_keeps_nothing_rather_than_the_column_in_the_clear(serve: Any, tmp_path: Path) -> None:
    service = serve("churn")
    (tmp_path / "profile.json").write_bytes(orjson.dumps(PROFILE))
    profile = read_profile(tmp_path / "profile.json", NAMES)
    assert profile is not None
    kept = recorder(tmp_path / "live", sample=1.0, keep=10, redact=("paln",), predictions=10)
    kept.add([NOTED])
    assert kept.requests() is None
    assert b"basic" not in b"".join(path.read_bytes() for path in (tmp_path / "live").iterdir())
    answers = kept.predictions()
    assert answers is not None
    assert len(answers["predictions"]) == 2  # an answer by its id has no column
    service.monitor = Monitor(profile, 1000, None, kept)

    async def go() -> httpx.Response:
        with ThreadPoolExecutor(1) as pool:
            transport = httpx.ASGITransport(app=build_app(service, pool))
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                return await client.get("/monitoring/requests")

    answer = asyncio.run(go())
    assert answer.status_code == 404
    assert "the model takes no column 'paln', which is to be redacted" in answer.json()["error"]


def test_a_small_sample_is_small(tmp_path: Path) -> None:
    kept = recorder(tmp_path, sample=0.1, keep=10_000)
    kept.add([NOTED] * 1000)
    document = kept.requests()
    assert document is not None
    assert 100 < len(document["requests"]) < 320  # 200 are expected; further away once in 10^9 runs


def test_the_newest_stay_and_the_others_are_counted(tmp_path: Path) -> None:
    lines = Ring(tmp_path, "requests", "0", 10)
    for index in range(100):
        lines.add([{"time": index}])
    assert [each["time"] for each in lines.newest()] == list(range(90, 100))
    assert lines.dropped == 80
    again = Ring(tmp_path, "requests", "0", 10)  # the next worker of the slot
    again.add([{"time": 100}])
    assert [each["time"] for each in again.newest()][-1] == 100
    assert sum(len(path.read_text().splitlines()) for path in tmp_path.iterdir()) <= 20


def test_bytes_are_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "LARGEST", 1000)
    lines = Ring(tmp_path, "requests", "0", 100_000)
    for index in range(100):
        lines.add([{"time": index, "text": "x" * 100}])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2500
    assert lines.newest()[-1]["time"] == 99
    lines.add([{"time": 100 + index, "text": "x" * 100} for index in range(100)])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2500, "whatever comes at a time"
    assert lines.newest()[-1]["time"] == 199


def test_a_torn_line_and_a_full_disk_cost_only_themselves(tmp_path: Path) -> None:
    lines = Ring(tmp_path, "requests", "0", 10)
    lines.add([{"time": 1}])
    with (tmp_path / "requests-0.jsonl").open("ab") as file:
        file.write(b'{"time": 2, "te\n')
    assert lines.newest() == [{"time": 1}]
    (tmp_path / "requests-0.jsonl").unlink()
    (tmp_path / "requests-0.jsonl").mkdir()
    lines.add([{"time": 3}, {"time": 4}])
    assert lines.dropped == 2


def test_answers_of_another_version_are_not_this_one_s(tmp_path: Path) -> None:
    recorder(tmp_path, predictions=10).add([NOTED])
    other = Recorder(Wishes(predictions=10), "v2", NAMES, tmp_path, "1")
    other.add([Noted(NOTED.columns, NOTED.labels, ["c", "d"])])
    document = other.predictions()
    assert document is not None
    assert [(each["id"], each["prediction"]) for each in document["predictions"]] == [("c", True), ("d", False)]


@pytest.mark.parametrize(
    ("document", "ids"),
    [
        ({"rows": [ROW], "id": "a"}, ["a"]),
        ({"rows": [ROW, ROW], "id": "a"}, ["a/0", "a/1"]),
        ({"rows": [ROW, ROW], "id": ["a", "b"]}, ["a", "b"]),
        ({"rows": [ROW]}, None),
        ([ROW], None),
        (ROW, None),
    ],
)
def test_ids_of_rows(serve: Any, document: Any, ids: Any) -> None:
    signature = serve("churn").model.signature
    count = len(columns_of(document, signature, 10)[0])
    assert ids_of(document, count) == ids


@pytest.mark.parametrize("given", ["a" * 257, ["a", "b" * 257]])
def test_an_id_that_would_fill_what_is_kept_is_refused(given: Any, serve: Any) -> None:
    with pytest.raises(Refusal, match="of 257 characters"):
        columns_of({"rows": [ROW, ROW], "id": given}, serve("churn").model.signature, 10)


@pytest.mark.parametrize("given", [1, None, ["a"], ["a", 2], {}])
def test_ids_that_are_none_are_refused(serve: Any, given: Any) -> None:
    with pytest.raises(Refusal, match='"id" must be'):
        columns_of({"rows": [ROW, ROW], "id": given}, serve("churn").model.signature, 10)


def test_answers_are_found_by_the_ids_of_both_protocols(serve: Any, tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_bytes(orjson.dumps(PROFILE))
    profile = read_profile(tmp_path / "profile.json", NAMES)
    assert profile is not None
    service = serve("churn")
    service.monitor = Monitor(profile, 1000, None, recorder(tmp_path / "live", predictions=10))
    tensors = [
        {"name": name, "shape": [1], "datatype": datatype, "data": [ROW[name]]}
        for name, datatype in (("tenure", "INT64"), ("plan", "BYTES"), ("paper", "BOOL"))
    ]

    async def go() -> list[httpx.Response]:
        with ThreadPoolExecutor(1) as pool:
            transport = httpx.ASGITransport(app=build_app(service, pool))
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                await client.post("/predict", json={"rows": [ROW], "id": "one"})
                await client.post("/v2/models/churn/infer", json={"inputs": tensors, "id": "two"})
                await client.post("/predict", json={"rows": [ROW]})
                return [await client.get(f"/monitoring/{name}") for name in ("predictions", "requests")]

    kept, nothing = asyncio.run(go())
    assert [each["id"] for each in kept.json()["predictions"]] == ["one", "two"]
    assert kept.json()["classes"] == list(service.model.signature.output.classes or ())
    assert nothing.status_code == 404


def test_what_a_front_drew_decides_what_is_kept(tmp_path: Path) -> None:
    """So that two versions that are asked the same keep the same."""
    recorder = Recorder(Wishes(sample=0.3, keep=100), "v1", NAMES, tmp_path, "0")
    recorder.add([Noted(NOTED.columns, NOTED.labels, None, draw) for draw in (0.1, 0.299, 0.3, 0.9)])
    document = recorder.requests()
    assert document is not None
    assert len(document["requests"]) == 2 * len(NOTED.labels)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([(b"accept", b"*/*"), (b"mlspec-draw", b"250000")], 0.25),
        ([(b"mlspec-draw", b"0")], 0.0),
        ([(b"mlspec-draw", b"1000000")], None),
        ([(b"mlspec-draw", b"-1")], None),
        ([(b"mlspec-draw", b"a third")], None),
        ([], None),
    ],
)
def test_a_draw_is_a_whole_number_below_a_million(headers: list[tuple[bytes, bytes]], found: float | None) -> None:
    assert drawn(headers) == found


def test_server_and_front_mean_the_same_header() -> None:
    assert service.DRAW.encode() == DRAW
