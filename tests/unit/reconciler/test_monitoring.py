"""Monitoring turned on, made finer and turned off: profiles come and go, and nothing is trained for it."""

from __future__ import annotations

import json
from dataclasses import replace

from fakes.shop import CONTAINERS, PLACE, SCORE, Shop

from mlspec.domain.drift import PREDICTION, PROFILE, DriftReport, State
from mlspec.domain.record import VersionRecord
from mlspec.domain.traffic import Block, Column, Traffic
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.watching import watched

WATCHED = f"{SCORE}monitoring:\n  drift:\n  - {{test: psi, min_rows: 100}}\n"
FINER = f"{WATCHED}  profile: {{bins: 10}}\n"


def kinds(shop: Shop) -> list[str]:
    """The reasons for the training that is planned."""
    train = next(action for action in shop.look()[1].actions if action.action == "train")
    return [str(reason.kind) for reason in train.because]


def write(shop: Shop, text: str) -> None:
    shop.text = text
    shop.commit({"specs/wine.yaml": text})


def profile(shop: Shop) -> str:
    """What the servers that run count by."""
    return str(shop.ports.process.running[PLACE].serve.get(PROFILE, ""))


def test_turned_on_it_profiles_and_redeploys_and_trains_nothing(shop: Shop) -> None:
    shop.run()
    assert profile(shop) == ""
    write(shop, WATCHED)
    assert kinds(shop) == ["MonitoringChanged"]
    shop.run()
    assert (shop.trainings, shop.plan()) == (1, [])
    running = shop.ports.process.running[PLACE]
    assert (running.version, running.serve["monitoring.window"]) == ("v0.1.0", 1000)
    record = json.loads(shop.git.files["models/wine/version.json"])
    assert profile(shop) == record["profile"]["file"]["sha256"]


def test_a_finer_profile_is_made_and_an_older_one_found_again(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    first = profile(shop)
    write(shop, FINER)
    assert kinds(shop) == ["MonitoringChanged"]
    shop.run()
    second = profile(shop)
    assert (first != second, shop.trainings, shop.plan()) == (True, 1, [])
    write(shop, WATCHED)
    assert "train:wine" not in shop.plan()
    shop.run()
    assert (profile(shop), shop.plan()) == (first, [])


def test_turned_off_it_is_served_without_a_profile(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    write(shop, SCORE)
    assert "train:wine" not in shop.plan()
    shop.run()
    assert (profile(shop), shop.trainings, shop.plan()) == ("", 1, [])


def test_limits_and_windows_train_and_profile_nothing(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    shop.edit("min_rows: 100", "min_rows: 50, max: 0.3")
    assert shop.plan() == []


def test_an_image_is_built_with_its_profile(tmp_path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, CONTAINERS)
    shop.run()
    write(shop, WATCHED)
    plan = shop.plan()
    assert "build:wine:production" in plan
    shop.run()
    assert shop.plan() == []


def test_records_without_a_profile_are_what_they_were(shop: Shop) -> None:
    shop.run()
    text = shop.git.files["models/wine/version.json"].decode()
    assert "profile" not in json.loads(text)
    assert VersionRecord.from_json(text).profile is None
    assert VersionRecord.from_json(text).to_json() == text.strip()


def test_a_record_with_a_profile_is_read_back(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    text = shop.git.files["models/wine/version.json"].decode()
    record = VersionRecord.from_json(text)
    assert record.to_json() == text.strip()
    assert record.artefact_digest == replace(record, profile=None).artefact_digest
    assert [file.path for file in record.files] == ["model.skops", "signature.json", "profile.json"]


def test_what_was_rolled_back_stays_out_although_its_profile_is_another(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    assert shop.serves() == "v0.2.0"
    shop.apply(rollback=RollbackRequest("production", "", "asked for by ada"))
    assert (shop.serves(), shop.plan()) == ("v0.1.0", ["(RolledBack:production)"])
    shop.edit("min_rows: 100", "min_rows: 100, window: 500")
    shop.run()
    assert shop.serves() == "v0.1.0"


def reports(shop: Shop) -> DriftReport:
    world, _ = shop.look()
    return watched(shop.ports, world.bundle.blueprints, world.actual.running, 1.0)[PLACE]


def test_what_cannot_be_asked_says_why(shop: Shop) -> None:
    write(shop, WATCHED)
    assert reports(shop).unknown == "nothing runs there"
    shop.run()
    assert reports(shop).unknown == "it does not answer"
    shop.ports.process.hide(PLACE)
    assert "cannot be seen" in reports(shop).unknown
    assert reports(shop).word == "Unknown"


def test_what_was_counted_is_compared(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    columns = {"alcohol": Column("number", (50, 50, 0)), PREDICTION: Column("category", (50, 50, 0, 0))}
    block = Block(1.0, 200, {"alcohol": (190, 10, 0), PREDICTION: (100, 100, 0, 0)})
    shop.ports.telemetry.counts[PLACE] = Traffic("sha", "v0.1.0", columns, (block,), 900, dropped=3, silent=1)
    report = reports(shop)
    assert (report.drifted, report.rows, report.word) == (("alcohol",), 900, "Drift")
    assert [item.state for item in report.findings] == [State.DRIFT, State.NONE]
    assert len(report.warnings) == 2


def test_a_plan_asks_servers_only_where_drift_trains(shop: Shop) -> None:
    write(shop, WATCHED)
    shop.run()
    assert shop.look()[0].actual.drift == {}


LABELLED = f"""{WATCHED}  performance:
    labels: data/labels.csv
    min_rows: 2
    metrics:
    - {{metric: accuracy, min: 0.8}}
"""


def labelled(shop: Shop, labels: str | None, answers: dict[str, object]) -> DriftReport:
    write(shop, LABELLED)
    if labels is not None:
        shop.commit({"data/labels.csv": labels})
    shop.run()
    shop.ports.telemetry.counts[PLACE] = Traffic("sha", "v0.1.0", {}, (), 5)
    shop.ports.telemetry.kept = answers
    return reports(shop)


def test_late_labels_are_joined_and_measured(shop: Shop) -> None:
    csv = "id,cultivar\na,1\nb,2\nc,3\nx,3\n"
    report = labelled(shop, csv, {"a": 1, "b": 2, "c": 1, "d": 3})
    (found,) = report.performance
    assert (found.subject, found.state, found.rows, found.limit) == ("accuracy", State.DRIFT, 3, 0.8)
    assert shop.ports.steps.asked["classes"] == [1, 2, 3]
    assert (report.degraded, report.word) == (("accuracy",), "Drift")


def test_labels_that_are_well_or_too_few_or_missing(shop: Shop) -> None:
    (found,) = labelled(shop, "id,cultivar\na,1\nb,2\n", {"a": 1, "b": 2}).performance
    assert (found.state, found.value) == (State.NONE, 1.0)
    shop.commit({"data/labels.csv": "id,cultivar\na,1\n"})
    (found,) = reports(shop).performance
    assert (found.state, found.note) == (State.TOO_FEW, "needs 2")
    shop.commit({"data/labels.csv": "name,cultivar\na,1\n"})
    assert "has no column id" in reports(shop).warnings[0]
    shop.ports.files.remove("data/labels.csv")
    assert "there is no file data/labels.csv" in reports(shop).warnings[0]
