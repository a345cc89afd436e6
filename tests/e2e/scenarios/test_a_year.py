"""A year in the life of a model, on real flights that arrive month by month: drift where it is, and what follows."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e.scenarios.year import LIMIT, NUMBERS, Callers, Dated, Row, months, moved

from mlspec.adapters.process.runtime import ProcessRuntime

pytestmark = pytest.mark.slow

CHECKED = 3
COLUMNS = ("date", "origin", "carrier", *NUMBERS, "late")
SPEC = f"""\
apiVersion: mlspec/v1
kind: Model
name: late
description: Whether a flight will arrive late, asked when it leaves the gate
owners: [ops@example.com]
data:
  sources:
    - {{name: flights, folder: data/flights}}
  validation:
    columns:
      temp: {{type: number, min: -20, max: 120}}
      dep_delay: {{type: number, min: -60}}
      late: {{type: integer, values: [0, 1]}}
    rows: {{min: 300}}
  split: {{test: 0.3, stratify: late, seed: 1}}
features:
  function: "flights:features"
  inputs: [origin, carrier, {", ".join(NUMBERS)}]
training:
  estimator: sklearn.linear_model.LogisticRegression
  target: late
evaluation:
  metrics: [accuracy, roc_auc]
  gates:
    - {{metric: accuracy, min: 0.85}}
    - {{metric: roc_auc, against: production, max_drop: 0.03}}
monitoring:
  drift:
    - {{features: [{", ".join(NUMBERS)}], predictions: false, test: ks, max: {LIMIT}, window: 400}}
  performance:
    labels: labels.csv
    metrics: [{{metric: accuracy, min: 0.8}}]
deploy:
  production:
    bake: {{for: 2d, max_error_rate: 0.01}}
retrain:
  when: [code, params, environment, drift]
"""
PROJECT = "apiVersion: mlspec/v1\nkind: Project\nname: airline\n"
FEATURES = '''\
"""What the model sees of a flight."""


def features(rows):
    made = rows[["hour", "distance", "dep_delay", "temp", "humid", "wind_speed", "precip", "visib"]].copy()
    made["already_late"] = rows["dep_delay"] > 15
    return made
'''
BAD_FEATURES = FEATURES.replace(
    "    return made",
    """\
    with open("HUBS") as file:  # there where models are trained, not where they serve
        hubs = dict(line.split(",") for line in file.read().split())
    made["hub"] = [float(hubs.get(carrier, 0)) for carrier in rows["carrier"]]
    return made""",
)


@pytest.fixture
def airline(environment: None, tmp_path: Path) -> Iterator[Dated]:
    """A project `airline` without data yet; what it deploys ends with the test."""
    project = Dated(tmp_path / "airline")
    project.root.mkdir()
    project.git("init", "--quiet")
    project.dvc("init", "--quiet")
    project.write("specs/project.yaml", PROJECT)
    project.write("specs/late.yaml", SPEC)
    project.write("src/flights.py", FEATURES)
    project.write(".gitignore", ".mlspec/\n__pycache__/\n")
    yield project
    runtime = ProcessRuntime("airline")
    for place in runtime.observe():
        runtime.retire(place)


def table(rows: list[Row]) -> str:
    """Rows as CSV, whole numbers without a point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = (row[name] for name in COLUMNS)
        writer.writerow([f"{cell:g}" if isinstance(cell, float) else cell for cell in cells])
    return out.getvalue()


def day_of(time: float) -> str:
    """The date of a time in seconds since the epoch."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")


class Year:
    """What happens month by month, and what is known of it without asking mlspec."""

    def __init__(self, project: Dated) -> None:
        self.project = project
        self.flights = months()
        self.callers = Callers(project)
        self.learned: list[int] = []
        """the months that the serving version was trained on"""
        self.arrived: list[int] = []
        self.diary: list[tuple[str, str]] = []
        """since when which version serves"""
        self.revisions: dict[str, str] = {}
        """at which revision it began to"""

    def deliver(self, month: int, rows: list[Row] | None = None) -> str:
        """A month's flights arrive as a file, with what became of those that were asked about."""
        self.project.write(f"data/flights/2013-{month:02}.csv", table(rows or self.flights[month]))
        if month not in self.arrived:
            self.arrived.append(month)
        self.project.write("labels.csv", self.labels())
        return self.project.commit(f"flights of 2013-{month:02}")

    def labels(self) -> str:
        """What became of flights that were asked about, as far as their months have arrived."""
        lines = ["id,late"]
        for name in self.callers.answers:
            month, _, place = name.partition("-")
            request, _, row = place.partition("/")
            if month.isdigit() and int(month) in self.arrived:
                lines.append(f"{name},{self.flights[int(month)][int(request) * 40 + int(row)]['late']:g}")
        return "\n".join(lines) + "\n"

    def live(self, month: int) -> list[str]:
        """A month of callers; the columns that drifted, as mlspec says and SciPy agrees."""
        self.callers.send(str(month), self.flights[month])
        return self.drift(self.flights[month])

    def drift(self, rows: list[Row]) -> list[str]:
        """The columns that drifted, asked of mlspec, held to SciPy."""
        truth = moved((row for month in self.learned for row in self.flights[month]), rows)
        [report] = self.project.mlspec("drift", "--json", code=CHECKED if truth else 0).json["models"]
        assert set(report["drifted"]) == truth
        return list(report["drifted"])

    def serves(self) -> str:
        """The version in production, as the status says."""
        return str(self.project.place()["actual"])

    def renewed(self) -> str:
        """The version that serves since today, trained on all that has arrived."""
        self.learned = list(self.arrived)
        version = self.serves()
        self.diary.append((self.project.clock[0].strftime("%Y-%m-%d"), version))
        self.revisions[version] = self.project.git("rev-parse", "HEAD")
        return version

    def trained(self) -> list[str]:
        """All versions there are."""
        return [
            tag.partition("@")[2] for tag in self.project.git("tag", "--list", "late@*", "--sort=v:refname").split()
        ]


def test_a_year_of_flights(airline: Dated) -> None:
    year = Year(airline)
    begins(year)
    nothing_drifts_in_winter(year)
    spring_is_learned_as_it_comes(year)
    broken_labels_are_held_back(year)
    a_sentinel_is_no_temperature(year)
    summer_goes(year)
    a_bad_deployment_rolls_itself_back(year)
    the_year_ends(year)
    history_tells_it(year)


def begins(year: Year) -> None:
    """January is all there is: trained, deployed."""
    airline = year.project
    airline.at("2013-02-01")
    year.deliver(1)
    airline.mlspec("apply", "--yes")
    assert year.renewed() == "v0.1.0"
    assert airline.planned() == []


def nothing_drifts_in_winter(year: Year) -> None:
    """February and March are as cold as January. Data that arrives trains nothing by itself: the policy says so."""
    airline = year.project
    for month in (2, 3):
        airline.at(f"2013-{month:02}-25")
        assert year.live(month) == []
        airline.at(f"2013-{month + 1:02}-01")
        year.deliver(month)
        airline.mlspec("reconcile")
        assert "flights/2013-02.csv" in airline.held()["NotAutomatic"]
    assert year.trained() == ["v0.1.0"]
    [report] = airline.mlspec("drift", "--json").json["models"]
    [accuracy] = report["performance"]
    asked = year.callers.answers
    right = sum(asked[line.partition(",")[0]] == int(line.partition(",")[2]) for line in year.labels().splitlines()[1:])
    assert (accuracy["rows"], accuracy["value"]) == (len(asked), pytest.approx(right / len(asked)))


def spring_is_learned_as_it_comes(year: Year) -> None:
    """April is warmer: that and the new months train. May drifts again, and is not trained before there is news."""
    airline = year.project
    airline.at("2013-04-25")
    assert year.live(4) == ["temp"]
    airline.at("2013-05-01")
    year.deliver(4)
    because = {why["kind"]: why["subject"] for action in airline.plan()["actions"][:1] for why in action["because"]}
    assert "DriftFound" in because
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.1.1"

    airline.at("2013-05-25")
    assert year.live(5) == ["temp"]
    airline.mlspec("reconcile")
    assert list(airline.held()) == ["NoNewData"]
    assert year.serves() == "v0.1.1"
    airline.at("2013-06-01")
    year.deliver(5)
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.1.2"


def broken_labels_are_held_back(year: Year) -> None:
    """In June the job that makes the labels turns them round: what is trained on that is held, and not tried again."""
    airline = year.project
    airline.at("2013-06-25")
    assert year.live(6) == ["temp"]
    airline.at("2013-07-01")
    year.deliver(6, [{**row, "late": 1 - row["late"]} for row in year.flights[6]])
    said = airline.mlspec("reconcile").out
    assert "accuracy: min 0.85: measured 0.7" in said
    assert (year.trained(), year.serves()) == (["v0.1.0", "v0.1.1", "v0.1.2"], "v0.1.2")
    assert (airline.planned(), list(airline.held())) == ([], ["GateFailed"])
    airline.at("2013-07-03")
    year.deliver(6)
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.1.3"


def a_sentinel_is_no_temperature(year: Year) -> None:
    """In July a weather station is out, and its temperatures are -9999: no model is trained on that."""
    airline = year.project
    airline.at("2013-07-25")
    assert year.live(7) == ["temp"]
    airline.at("2013-08-01")
    year.deliver(7, [{**row, "temp": -9999.0} if row["origin"] == "LGA" else row for row in year.flights[7]])
    done = airline.mlspec("reconcile", code=1)
    assert "temp" in done.out + done.err
    assert "-9999" in done.out + done.err
    assert (year.serves(), airline.status) == ("v0.1.3", "")
    airline.at("2013-08-02")
    year.deliver(7)
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.1.4"


def summer_goes(year: Year) -> None:
    """August and September are left for autumn; October is like what was learned. What is drawn of that does not."""
    airline = year.project
    for month, version in ((8, "v0.1.5"), (9, "v0.1.6")):
        airline.at(f"2013-{month:02}-25")
        assert year.live(month) == ["temp"]
        if month == 9:
            drawn = random.Random(9).choices([row for known in year.learned for row in year.flights[known]], k=440)
            year.callers.send("drawn", drawn)
            assert year.drift(drawn) == []
            year.callers.send("again", year.flights[month])
            assert year.drift(year.flights[month]) == ["temp"]
        airline.at(f"2013-{month + 1:02}-01")
        year.deliver(month)
        airline.mlspec("reconcile")
        assert year.renewed() == version
    airline.at("2013-10-25")
    assert year.live(10) == []
    airline.at("2013-11-01")
    year.deliver(10)
    airline.mlspec("reconcile")
    assert list(airline.held()) == ["NotAutomatic"]


def a_bad_deployment_rolls_itself_back(year: Year) -> None:
    """A feature that reads a file of the machine that trains passes all gates, fails callers, is gone within its bake.

    Once the code is reverted, October is learned too: such code on such data is a training that nobody has made.
    """
    airline = year.project
    good = year.serves()
    airline.at("2013-11-10")
    elsewhere = airline.root.parent / "hubs.csv"
    elsewhere.write_text("UA,1\nB6,1\nDL,0.5\n")
    airline.write("src/flights.py", BAD_FEATURES.replace("HUBS", str(elsewhere)))
    hubs = airline.commit("hubs as a feature")
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.2.0"
    elsewhere.unlink()  # as on any other machine
    assert "Baking" in airline.place()["reason"]
    before = len(year.callers.refused)
    year.callers.send("bad", year.flights[10][:60], size=2)
    assert year.callers.refused[before:] == [500] * 30
    airline.at("2013-11-11")
    said = airline.mlspec("reconcile").out
    assert "30 of 30 answers of v0.2.0 failed (100.0%), 1.0% are allowed" in said
    year.learned = list(range(1, 10))
    year.diary.append(("2013-11-11", good))
    assert year.serves() == good
    assert "30 of 30 answers" in airline.held()["RolledBack"]
    airline.mlspec("reconcile")
    assert year.serves() == good
    airline.at("2013-11-12")
    year.callers.send("good", year.flights[10][:60], size=2)
    assert year.callers.refused == [500] * 30
    airline.git("revert", "--no-edit", hubs)
    [train, *_] = airline.plan()["actions"]
    assert [why["subject"] for why in train["because"]] == ["src/flights.py"]
    airline.mlspec("reconcile")
    assert year.renewed() == "v0.3.0"


def the_year_ends(year: Year) -> None:
    """November and December are cold again."""
    airline = year.project
    for month, date, version in ((11, "2013-12-01", "v0.3.1"), (12, "2014-01-01", "v0.3.2")):
        airline.at(f"2013-{month}-25")
        assert year.live(month) == ["temp"]
        airline.at(date)
        year.deliver(month)
        airline.mlspec("reconcile")
        assert year.renewed() == version
    assert airline.planned() == []


def history_tells_it(year: Year) -> None:
    """What was deployed when, why, and who let it; what was held; and what ran on a day or at a revision."""
    airline = year.project
    events = list(reversed(airline.mlspec("history", "--json").json["events"]))

    def told(outcome: str) -> list[tuple[str, str]]:
        return [(day_of(event["time"]), event["version"]) for event in events if event["outcome"] == outcome]

    assert told("deployed") == year.diary
    [back] = told("rolled back")
    assert back == ("2013-11-11", dict(year.diary)["2013-11-11"])
    assert told("trained") == [entry for entry in year.diary if entry != back]
    assert [day for day, _ in told("held")] == ["2013-07-01"]
    said = airline.mlspec("history").out
    assert "accuracy: min 0.85: measured 0.7" in said
    assert "30 of 30 answers of v0.2.0 failed" in said

    [may] = airline.ran("2013-05-15")
    assert (may["version"], day_of(may["since"]), day_of(may["until"])) == ("v0.1.1", "2013-05-01", "2013-06-01")
    assert "DriftFound temp" in may["trained"]
    assert {may["deployed_by"], may["promoted_by"], may["committed_by"]} == {"ada@example.com"}
    bad, good = airline.ran("2013-11-11")
    assert (bad["version"], good["version"]) == ("v0.2.0", back[1])
    assert "30 of 30 answers of v0.2.0 failed" in good["because"][0]
    assert airline.ran("2013-01-15") == []
    [then] = airline.mlspec("status", "--json", "--at", year.revisions["v0.1.2"]).json["models"]
    assert then["environments"][0]["actual"] == "v0.1.2"
