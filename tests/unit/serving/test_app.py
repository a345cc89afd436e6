"""The HTTP face: routes, codes, limits, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

JSON = {"content-type": "application/json"}
ROW = {"tenure": 3, "plan": "basic", "paper": True}


def ask(client, method, path, **options):
    """One request; the answer, and its JSON."""

    async def go():
        async with client:
            return await client.request(method, path, **options)

    response = asyncio.run(go())
    return response, orjson.loads(response.content) if "json" in response.headers["content-type"] else None


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/v2", {"name": "mlspec", "version": "v1.2.0", "extensions": []}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"live": True, "ready": True}),
        ("/v2/models/churn/ready", {"name": "churn", "ready": True}),
        ("/v2/models/churn/versions/v1.2.0/ready", {"name": "churn", "ready": True}),
    ],
)
def test_descriptions(serve, client_of, path, wanted) -> None:
    response, document = ask(client_of(serve("churn")), "GET", path)
    assert (response.status_code, document) == (200, wanted)


@pytest.mark.parametrize("path", ["/v2/models/churn", "/v2/models/churn/versions/v1.2.0"])
def test_metadata(serve, client_of, path) -> None:
    _, document = ask(client_of(serve("churn")), "GET", path)
    assert document["versions"] == ["v1.2.0"]
    assert [(t["name"], t["datatype"]) for t in document["inputs"]] == [
        ("tenure", "INT64"),
        ("plan", "BYTES"),
        ("paper", "BOOL"),
    ]
    assert document["outputs"][1] == {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 2]}


def test_the_overviews_example_works(serve, client_of) -> None:
    service = serve("churn")
    _, overview = ask(client_of(service), "GET", "/")
    response, _ = ask(client_of(service), "POST", "/predict", json=overview["example"])
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/nope", {}, 404),
        ("GET", "/v2/models/wine", {}, 404),
        ("GET", "/v2/models/churn/versions/v9", {}, 404),
        ("POST", "/v2/models/wine/infer", {"json": {}}, 404),
        ("GET", "/predict", {}, 405),
        ("POST", "/predict", {"content": b"a=1", "headers": {"content-type": "text/csv"}}, 415),
        ("POST", "/predict", {"content": b"x", "headers": {**JSON, "content-encoding": "gzip"}}, 415),
        ("POST", "/predict", {"content": b"{", "headers": JSON}, 400),
        ("POST", "/predict", {"content": b" " * 1001, "headers": JSON}, 413),
        (
            "POST",
            "/v2/models/churn/infer",
            {
                "content": b"x",
                "headers": {"content-type": "application/octet-stream", "inference-header-content-length": "1"},
            },
            501,
        ),
    ],
)
def test_every_error_is_json(serve, client_of, method, path, options, status) -> None:
    response, document = ask(client_of(serve("churn", body=1000)), method, path, **options)
    assert response.status_code == status
    assert list(document) == ["error"]
    assert document["error"]


def test_a_body_without_a_length_is_limited_too(serve, client_of) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    response, document = ask(client_of(serve("churn", body=1000)), "POST", "/predict", content=chunks(), headers=JSON)
    assert response.status_code == 413
    assert "larger than the 1000 bytes" in document["error"]


def test_a_body_that_does_not_come_is_given_up(serve, client_of) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    client = client_of(serve("churn", patience=0.05))
    response, document = ask(client, "POST", "/predict", content=trickle(), headers=JSON)
    assert response.status_code == 408
    assert response.headers["connection"] == "close"
    assert "did not arrive" in document["error"]


def test_a_large_batch_goes_to_the_thread_and_gives_the_same(serve, client_of) -> None:
    service = serve("churn")
    response, document = ask(client_of(service), "POST", "/predict", json=[ROW] * 900)
    assert response.status_code == 200
    assert document["predictions"] == [True] * 900


def test_a_draining_server_is_not_ready(serve, client_of) -> None:
    service = serve("churn")
    service.draining = True
    response, document = ask(client_of(service), "GET", "/v2/health/ready")
    assert (response.status_code, document) == (503, {"live": True, "ready": False})
    response, _ = ask(client_of(service), "POST", "/predict", json=ROW)
    assert response.status_code == 200


def test_a_fault_of_the_server_is_json_too(serve, client_of, monkeypatch) -> None:
    service = serve("churn")
    monkeypatch.setattr(type(service), "count", lambda *_: 1 / 0)
    response, document = ask(client_of(service), "POST", "/predict", json=ROW)
    assert (response.status_code, document) == (500, {"error": "the server failed: ZeroDivisionError"})


def test_metrics_count_by_route_and_code(serve, client_of) -> None:
    service = serve("churn")
    ask(client_of(service), "POST", "/predict", json=[ROW, ROW])
    ask(client_of(service), "POST", "/predict", json=[])
    ask(client_of(service), "GET", "/made/up")
    response, _ = ask(client_of(service), "GET", "/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = response.text.splitlines()
    assert 'mlspec_requests_total{route="/predict",code="200"} 1' in lines
    assert 'mlspec_requests_total{route="/predict",code="400"} 1' in lines
    assert 'mlspec_requests_total{route="unmatched",code="404"} 1' in lines
    assert 'mlspec_request_duration_seconds_count{route="/predict"} 2' in lines
    assert "mlspec_predictions_total 2" in lines
    assert "mlspec_in_flight_requests 1" in lines
    assert any(line.startswith('mlspec_model_info{model="churn",version="v1.2.0"') for line in lines)
