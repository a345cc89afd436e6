"""Telemetry over HTTP: GET /monitoring, asked until all replicas behind an endpoint have answered."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from mlspec.adapters.asking import answers
from mlspec.adapters.exposition import service, worker
from mlspec.domain.actual import Running
from mlspec.domain.digest import JSON, canonical
from mlspec.domain.drift import PREDICTION
from mlspec.domain.labels import Answered
from mlspec.domain.replay import Answer, Recorded
from mlspec.domain.service import VERSION, Service
from mlspec.domain.traffic import Block, Column, Traffic
from mlspec.errors import MlspecError

FORMAT: Final = 1
TURNS: Final = 4
"""Questions for each replica at most: a front that deals them out in turn needs one."""
LARGEST: Final = 64 << 20
"""Bytes of an answer."""

Document = Mapping[str, Any]


class HttpTelemetry:
    """See Telemetry. Workers that share a folder answer for each other; containers answer for themselves."""

    def traffic(self, running: Running, patience: float) -> Traffic:
        """See Telemetry."""
        found: dict[str, Document] = {}
        for seconds in _turns(running, patience):
            newest = _ask(running, "/monitoring", seconds)
            found |= _workers(newest, running.endpoint)
            if len(found) >= running.replicas:
                break
        try:
            return _traffic(newest, found, running.replicas)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MlspecError(f"its counts can't be read: {error!r}", where=running.endpoint) from error

    def service(self, running: Running, patience: float) -> Service:
        """See Telemetry. Each worker speaks for itself, so it is asked until all have spoken, or often enough."""
        try:
            return service(self._metrics(running, patience), running.version)
        except (KeyError, ValueError, OverflowError) as error:
            raise MlspecError(f"its counts can't be read: {error!r}", where=running.endpoint) from error

    def _metrics(self, running: Running, patience: float) -> Iterable[str]:
        """What each worker says at /metrics."""
        texts: dict[str, str] = {}
        for seconds in _turns(running, patience):
            status, body = _fetch(running, "/metrics", seconds)
            if status != http.client.OK:
                raise MlspecError(f"GET /metrics gave {status}", where=running.endpoint)
            text = body.decode(errors="replace")
            texts[worker(text)] = text
            if len(texts) >= running.replicas:
                break
        return texts.values()

    def requests(self, running: Running, patience: float, *, whole: bool = True) -> Sequence[Recorded]:
        """See Telemetry. Workers that share a folder tell each other's rows, too: each counts once."""
        rows: dict[bytes, Recorded] = {}
        try:
            for document in self._kept(running, "/monitoring/requests", patience):
                if whole and (left_out := document.get("redacted")):
                    raise MlspecError(f"its recorded requests lack {', '.join(left_out)}", where=running.endpoint)
                for each in document["requests"]:
                    found = Recorded(dict(each["row"]), each["prediction"], float(each["time"]))
                    rows[canonical([found.time, found.row, found.prediction])] = found
        except (KeyError, TypeError, ValueError) as error:
            raise MlspecError(f"its requests can't be read: {error!r}", where=running.endpoint) from error
        return sorted(rows.values(), key=lambda each: each.time)

    def answers(self, endpoint: str, rows: Sequence[Mapping[str, JSON]], patience: float) -> Iterator[Answer]:
        """See Telemetry."""
        return answers(endpoint, rows, patience)

    def predictions(self, running: Running, patience: float) -> Answered:
        """See Telemetry."""
        try:
            heard = self._kept(running, "/monitoring/predictions", patience)
            kept = [each for document in heard for each in document["predictions"]]
            kept.sort(key=lambda each: float(each["time"]))
            classes = next((document["classes"] for document in heard if document.get("classes")), None)
            return Answered({each["id"]: each["prediction"] for each in kept}, classes and tuple(classes))
        except (KeyError, TypeError, ValueError) as error:
            raise MlspecError(f"its predictions can't be read: {error!r}", where=running.endpoint) from error

    def _kept(self, running: Running, path: str, patience: float) -> Iterable[Document]:
        """The documents of all replicas that answer; KeyError where one does not say whose it is."""
        heard: dict[str, Document] = {}
        for seconds in _turns(running, patience):
            document = _ask(running, path, seconds)
            heard[str(document["worker"])] = document
            if len(heard) >= running.replicas:
                break
        return heard.values()


def _turns(running: Running, patience: float) -> Iterator[float]:
    """Seconds that each question may take: one at least, then more until all were asked often or patience is over."""
    deadline = time.monotonic() + patience
    for turn in range(TURNS * max(1, running.replicas)):
        if turn and time.monotonic() > deadline:
            return
        yield max(0.1, deadline - time.monotonic())


def _fetch(running: Running, path: str, seconds: float) -> tuple[int, bytes]:
    """One answer's code and body, over a connection of its own, so that a front may ask another replica."""
    endpoint = running.endpoint
    where = urlsplit(endpoint)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close", VERSION: running.version})
        response = connection.getresponse()
        return response.status, response.read(LARGEST)
    except TimeoutError as error:
        raise MlspecError(f"it did not answer within {seconds:.1f} s", where=endpoint) from error
    except (OSError, http.client.HTTPException) as error:
        raise MlspecError(f"it does not answer: {error}", where=endpoint) from error
    finally:
        connection.close()


def _ask(running: Running, path: str, seconds: float) -> Document:
    """What one replica knows of."""
    endpoint = running.endpoint
    status, body = _fetch(running, path, seconds)
    if status == http.client.NOT_FOUND:
        hint = "mlspec apply deploys it with its profile; a server of your own has to answer it"
        raise MlspecError(f"it keeps no such thing: GET {path} is 404", where=endpoint, hint=hint)
    try:
        document: Document = json.loads(body)
    except ValueError as error:
        raise MlspecError(f"GET {path} gave {status} and no JSON", where=endpoint) from error
    return document


def _workers(document: Document, endpoint: str) -> Mapping[str, Document]:
    workers = document.get("workers") if isinstance(document, dict) else None
    if not isinstance(workers, dict) or document.get("format") != FORMAT:
        raise MlspecError(f"GET /monitoring gave no document of format {FORMAT}", where=endpoint)
    return workers


def _traffic(document: Document, workers: Mapping[str, Document], replicas: int) -> Traffic:
    """Only workers that count by the same profile are added up."""
    profile = document["profile"]
    same = [worker for worker in workers.values() if worker["profile"] == profile]
    columns = {item["name"]: _column(item) for item in document["reference"]["columns"]}
    if PREDICTION in document["reference"]:  # of a model in a format of its own answers are not known
        columns[PREDICTION] = _column(document["reference"][PREDICTION])
    return Traffic(
        profile=str(profile),
        version=str(document["version"]),
        columns=columns,
        blocks=tuple(block for worker in same for block in _blocks(worker, columns)),
        rows=sum(int(worker["rows"]) for worker in same),
        dropped=sum(int(worker["dropped"]) for worker in same),
        silent=max(0, replicas - len(workers)),
    )


def _column(item: Document) -> Column:
    return Column(item["kind"], (*map(int, item["counts"]), int(item["missing"])))


def _blocks(worker: Document, columns: Mapping[str, Column]) -> Iterator[Block]:
    for block in worker["blocks"]:
        counts = {name: tuple(map(int, each)) for name, each in block["columns"].items()}
        if PREDICTION in columns:
            counts[PREDICTION] = tuple(map(int, block[PREDICTION]))
        for name, each in counts.items():
            if len(each) != len(columns[name].counts):
                raise ValueError(f"{name} has {len(each)} counts")
        yield Block(float(block["until"]), int(block["rows"]), counts)
