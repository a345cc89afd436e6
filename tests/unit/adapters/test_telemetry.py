"""Telemetry: replicas are heard one by one, added up, and what is no such answer is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any

import pytest

from mlspec.adapters.telemetry import HttpTelemetry
from mlspec.domain.actual import Health, Place, Running
from mlspec.domain.labels import Answered
from mlspec.domain.replay import Recorded
from mlspec.domain.traffic import Column
from mlspec.errors import MlspecError


def document(name: str, rows: int, profile: str = "sha") -> dict[str, Any]:
    """What one replica answers."""
    block = {"until": 5.0, "rows": rows, "columns": {"a": [rows, 0, 0]}, "prediction": [rows, 0, 0, 0]}
    worker = {"profile": profile, "started": 1.0, "rows": rows, "dropped": 1, "blocks": [block]}
    prediction = {"name": "prediction", "kind": "category", "values": ["x", "y"], "counts": [1, 2, 3], "missing": 4}
    column = {"name": "a", "kind": "number", "edges": [0.5], "counts": [5, 5], "missing": 2}
    reference = {"format": 1, "rows": 12, "columns": [column], "prediction": prediction}
    head = {"model": "toy", "version": "v0.1.0", "format": 1, "profile": "sha", "window": 100}
    return {**head, "reference": reference, "workers": {name: worker}}


class Front(ThreadingHTTPServer):
    """Gives its answers in turn, as a proxy does that has several servers behind it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: Iterator[tuple[int, bytes]] = iter(())
        self.asked_for = ""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Front)
        status, body = next(self.server.answers)
        self.server.asked_for = self.headers["mlspec-version"]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def front() -> Iterator[Front]:
    server = Front()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    server.shutdown()
    server.server_close()


def running(server: Front, replicas: int = 1) -> Running:
    endpoint = f"http://127.0.0.1:{server.server_port}"
    return Running(Place("production", "toy"), "v0.1.0", "", {}, replicas, Health.HEALTHY, endpoint)


def answer(server: Front, *documents: Any) -> None:
    server.answers = cycle([(200, json.dumps(each).encode()) for each in documents])


def test_one_replica(front: Front) -> None:
    answer(front, document("0", 7))
    seen = HttpTelemetry().traffic(running(front), 5)
    assert (seen.rows, seen.dropped, seen.silent, seen.version) == (7, 1, 0, "v0.1.0")
    assert seen.columns == {"a": Column("number", (5, 5, 2)), "prediction": Column("category", (1, 2, 3, 4))}
    assert seen.blocks[0].counts == {"a": (7, 0, 0), "prediction": (7, 0, 0, 0)}


def test_replicas_are_asked_until_all_have_answered(front: Front) -> None:
    answer(front, document("x", 7), document("x", 7), document("y", 5), document("z", 1))
    assert HttpTelemetry().traffic(running(front, 3), 5).rows == 13


def test_a_replica_that_never_answers_is_told(front: Front) -> None:
    answer(front, document("x", 7))
    seen = HttpTelemetry().traffic(running(front, 2), 5)
    assert (seen.rows, seen.silent) == (7, 1)


def test_counts_of_another_profile_are_left_out(front: Front) -> None:
    answer(front, document("x", 7), document("y", 5, profile="old"))
    assert HttpTelemetry().traffic(running(front, 2), 5).rows == 7


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, b'{"error": "no"}', "it keeps no such thing"),
        (200, b"<html>", "no JSON"),
        (200, b'{"format": 2, "workers": {}}', "no document of format 1"),
        (200, b"[]", "no document of format 1"),
        (200, b'{"format": 1, "workers": {}}', "can't be read: KeyError"),
    ],
)
def test_what_is_no_answer_is_told(front: Front, status: int, body: bytes, says: str) -> None:
    front.answers = cycle([(status, body)])
    with pytest.raises(MlspecError, match=says):
        HttpTelemetry().traffic(running(front), 5)


def test_counts_that_do_not_fit_the_profile_are_told(front: Front) -> None:
    wrong = document("0", 7)
    wrong["workers"]["0"]["blocks"][0]["columns"]["a"] = [7]
    answer(front, wrong)
    with pytest.raises(MlspecError, match="a has 1 counts"):
        HttpTelemetry().traffic(running(front), 5)


def test_nobody_there(front: Front) -> None:
    gone = running(front)
    front.shutdown()
    front.server_close()
    with pytest.raises(MlspecError, match="does not answer"):
        HttpTelemetry().traffic(gone, 5)


def kept(name: str, *times: float, redacted: tuple[str, ...] = ()) -> dict[str, Any]:
    """What one replica has recorded: a row a second."""
    rows = [{"time": time, "version": "v0.1.0", "row": {"a": time}, "prediction": "x"} for time in times]
    return {"format": 1, "worker": name, "dropped": 0, "redacted": list(redacted), "requests": rows}


def test_one_of_two_versions_behind_a_front_is_asked_by_its_name(front: Front) -> None:
    answer(front, kept("0", 1.0))
    HttpTelemetry().requests(replace(running(front), version="v0.2.0"), 5)
    assert front.asked_for == "v0.2.0"


def test_recorded_rows_of_all_replicas_come_in_order_and_once(front: Front) -> None:
    answer(front, kept("0", 3.0, 1.0), kept("1", 1.0, 2.0))
    found = HttpTelemetry().requests(running(front, 2), 5)
    assert found == [Recorded({"a": time}, "x", time) for time in (1.0, 2.0, 3.0)]


def test_recorded_rows_that_lack_a_column_are_none(front: Front) -> None:
    answer(front, kept("0", 1.0, redacted=("email",)))
    with pytest.raises(MlspecError, match="lack email"):
        HttpTelemetry().requests(running(front), 5)


@pytest.mark.parametrize("broken", [{"worker": "0", "requests": [{"row": 1}]}, {"requests": []}, {"worker": "0"}])
def test_recorded_rows_of_another_make_are_told(front: Front, broken: Any) -> None:
    answer(front, broken)
    with pytest.raises(MlspecError, match="can't be read"):
        HttpTelemetry().requests(running(front), 5)


def test_answers_are_told_with_the_classes_of_the_model(front: Front) -> None:
    given = [{"time": 1.0, "id": "a", "prediction": 1}, {"time": 2.0, "id": "a", "prediction": 2}]
    answer(front, {"format": 1, "worker": "0", "classes": [1, 2, 3], "predictions": given})
    assert HttpTelemetry().predictions(running(front), 5) == Answered({"a": 2}, (1, 2, 3))
    answer(front, {"format": 1, "worker": "0", "predictions": given})  # a server of an older mlspec
    assert HttpTelemetry().predictions(running(front), 5) == Answered({"a": 2}, None)


def test_answers_of_a_model_in_a_format_of_its_own_are_not_counted(front: Front) -> None:
    known = document("0", 7)
    del known["reference"]["prediction"], known["workers"]["0"]["blocks"][0]["prediction"]
    answer(front, known)
    found = HttpTelemetry().traffic(running(front), 5)
    assert set(found.columns) == {"a"}
    assert found.blocks[0].counts == {"a": (7, 0, 0)}


@pytest.mark.parametrize("value", ["many", "inf", "nan"])
@pytest.mark.parametrize("line", ['requests_total{route="/predict",code="200"}', 'requests_total{route="/predict"}'])
def test_metrics_that_are_no_counts_are_told(front: Front, line: str, value: str) -> None:
    text = f'mlspec_model_info{{pid="1",version="v0.1.0"}} 1\nmlspec_{line} {value}\n'
    front.answers = cycle([(200, text.encode())])
    with pytest.raises(MlspecError, match="its counts can't be read"):
        HttpTelemetry().service(running(front), 5)
