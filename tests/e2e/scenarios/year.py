"""A project that lives through a year: its clock, its months of data, its callers, and what is true of its rows."""

from __future__ import annotations

import csv
import gzip
import http.client
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from e2e.project import Project
from fakes.processes import eventually
from scipy.stats import ks_2samp

DATED = Path(__file__).with_name("dated.py")
FLIGHTS = Path(__file__).parent / "data/flights-2013.csv.gz"
NUMBERS = ("hour", "distance", "dep_delay", "temp", "humid", "wind_speed", "precip", "visib")
TEXTS = ("origin", "carrier")
LIMIT = 0.35
NEAR = 0.05
"""The profile has 20 bins of as many rows, so a distance can be told so much too small."""

Row = dict[str, Any]


def months() -> dict[int, list[Row]]:
    """All flights by the month in which they left, as real as they are."""
    found: dict[int, list[Row]] = {}
    with gzip.open(FLIGHTS, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = {name: float(row[name]) for name in (*NUMBERS, "late")}
            found.setdefault(int(row["date"][5:7]), []).append({**row, **numbers})
    return found


def request_of(row: Row) -> Row:
    """What a caller sends of a flight: all that is known when it leaves."""
    return {name: row[name] for name in (*NUMBERS, *TEXTS)}


def moved(learned: Iterable[Row], live: Sequence[Row]) -> set[str]:
    """The columns whose distributions are further apart than the limit, by SciPy on the raw rows.

    AssertionError where one is so near to the limit that the product's bins might rightly say otherwise.
    """
    before = list(learned)
    distance = {
        name: float(ks_2samp([row[name] for row in before], [row[name] for row in live], method="asymp").statistic)
        for name in NUMBERS
    }
    close = {name: value for name, value in distance.items() if LIMIT - 1e-9 <= value < LIMIT + NEAR}
    assert not close, f"no fair test: {close}"
    return {name for name, value in distance.items() if value > LIMIT}


@dataclass(frozen=True)
class Dated(Project):
    """A project whose commands are run at a date that the test sets."""

    deadline: ClassVar[float] = 300.0
    clock: list[datetime] = field(default_factory=lambda: [datetime(2013, 1, 1, tzinfo=UTC)])

    def at(self, date: str) -> None:
        """It is this day, at noon."""
        now = datetime.fromisoformat(f"{date}T12:00:00+00:00")
        assert now > self.clock[0], "time goes forward"
        self.clock[0] = now

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start mlspec now, by the test's clock; a minute later it is ready for the next."""
        self.clock[0] += timedelta(minutes=1)
        return subprocess.Popen(
            [sys.executable, str(DATED), str(self.clock[0].timestamp()), *args],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def commit(self, message: str = "a change") -> str:
        """Commit all there is, at the test's date."""
        self.clock[0] += timedelta(minutes=1)
        date = self.clock[0].isoformat()
        self.git("add", "--all")
        self.git("-c", "user.name=Ada", "commit", "--quiet", f"--date={date}", "--message", message)
        return self.git("rev-parse", "HEAD")

    def place(self) -> dict[str, Any]:
        """Production in the status."""
        [model] = self.mlspec("status", "--json").json["models"]
        [place] = model["environments"]
        return dict(place)

    def ran(self, day: str) -> list[dict[str, Any]]:
        """What ran in production on a day."""
        return list(self.mlspec("history", "--on", day, "--json").json["ran"])


@dataclass
class Callers:
    """Who asks the model, by one connection to a server that may be replaced meanwhile."""

    project: Dated
    answers: dict[str, int] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    """status codes other than 200"""

    def send(self, name: str, rows: Sequence[Row], size: int = 40) -> None:
        """All rows in requests of `size`, the ids of rows being NAME-0/0 and so on; then wait until all are counted."""
        place = self.project.place()
        address = urlsplit(place["endpoint"])
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        good, before = 0, rows_counted(connection)
        for number, start in enumerate(range(0, len(rows), size)):
            part = rows[start : start + size]
            body = json.dumps({"id": f"{name}-{number}", "rows": [request_of(row) for row in part]})
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            document = json.load(answer)
            if answer.status != 200:
                self.refused.append(answer.status)
                continue
            good += len(part)
            said = document["predictions"]
            self.answers |= {f"{name}-{number}/{index}": value for index, value in enumerate(said)}
        eventually(lambda: rows_counted(connection) == before + good, seconds=120)
        connection.close()


def rows_counted(connection: http.client.HTTPConnection) -> int:
    """What the server has counted so far."""
    connection.request("GET", "/monitoring")
    workers = json.load(connection.getresponse())["workers"]
    return sum(int(worker["rows"]) for worker in workers.values())
