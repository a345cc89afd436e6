"""A candidate gets a share of the requests first: it is judged by its own counts, and gets all of them or goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.shop import CONTAINERS, PLACE, SCORE, Shop

from mlspec.domain.actual import Canary, Health, Running
from mlspec.domain.replay import Recorded
from mlspec.domain.service import Service
from mlspec.domain.version import Version
from mlspec.errors import LeaseLost

SPEC = SCORE.replace(
    "    replicas: 1\n",
    "    canary: {share: 0.1, for: 15m, max_error_rate: 0.01, max_prediction_shift: 0.2}\n"
    "monitoring: {requests: {sample: 1}}\n",
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.1.0 serves, and v0.2.0 has just got its share."""
    made = Shop(tmp_path / "shop", SPEC, CONTAINERS)
    made.run()
    made.edit("max_depth: 8", "max_depth: 9")
    assert made.run()[-2:] == ["done build", "done canary"]
    return made


def now(shop: Shop) -> Running:
    return shop.runtime.running[PLACE]


def canary(shop: Shop) -> Canary:
    found = now(shop).canary
    assert found is not None
    return found


def held(shop: Shop) -> dict[str, str]:
    return {str(each.reason): each.message for each in shop.look()[1].held}


def test_it_stands_beside_what_serves(shop: Shop) -> None:
    assert (shop.serves(), canary(shop).version, canary(shop).share) == ("v0.1.0", "v0.2.0", 0.1)
    assert shop.run() == []
    assert held(shop)["Canary"].startswith("v0.2.0 gets 10% of the requests until ")
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 1)
    assert held(shop)["Canary"].endswith("; 1 of 200 answers failed so far")


def test_when_its_time_is_over_it_gets_all(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 1)
    shop.ports.clock.time += 900
    (deploy,) = shop.look()[1].actions
    assert deploy.because[0].details == ("it was a canary for 10% of the requests: 1 of 200 answers failed",)
    assert (shop.run(), shop.serves(), now(shop).canary) == (["done deploy"], "v0.2.0", None)
    assert shop.run() == []


def test_one_that_fails_too_often_is_taken_away_and_held(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 40)
    assert shop.plan() == ["rollback:wine:production", "withdraw:wine:production"]
    assert (shop.run(), shop.serves(), now(shop).canary) == (["done rollback", "done withdraw"], "v0.1.0", None)
    assert "40 of 200 answers of v0.2.0 failed (20.0%), 1.0% are allowed" in held(shop)["RolledBack"]
    shop.ports.clock.time += 3600
    assert shop.run() == []


def test_fewer_requests_than_it_needs_say_nothing(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 49, 49)
    assert shop.run() == []


def test_one_that_is_not_well_is_taken_away(shop: Shop) -> None:
    ill = Canary("v0.2.0", canary(shop).serve, 0.1, canary(shop).since, 1, Health.MISSING, "1 of 1 servers are down")
    shop.runtime.running[PLACE] = Running(**{**{n: getattr(now(shop), n) for n in Running.__slots__}, "canary": ill})
    assert shop.run() == ["done rollback", "done withdraw"]
    assert "the canary v0.2.0 is not well: 1 of 1 servers are down" in held(shop)["RolledBack"]


def answers(values: list[int], since: float) -> list[Recorded]:
    return [Recorded({}, value, since + index) for index, value in enumerate(values)]


def test_answers_to_the_same_traffic_are_compared(shop: Shop) -> None:
    since, kept = canary(shop).since, shop.ports.telemetry.recorded_by
    kept["v0.1.0"] = answers([0, 1] * 100, since)
    kept["v0.2.0"] = answers([0, 1] * 25, since)
    assert shop.run() == []
    kept["v0.2.0"] = answers([0, 0, 0, 0, 1] * 12, since)
    assert shop.run() == ["done rollback", "done withdraw"]
    assert "predictions of v0.2.0 are 0.2" in held(shop)["RolledBack"]
    assert "60 and 200 of the same traffic" in held(shop)["RolledBack"]


def test_answers_of_before_do_not_count(shop: Shop) -> None:
    since, kept = canary(shop).since, shop.ports.telemetry.recorded_by
    kept["v0.1.0"] = answers([1] * 100, since - 1000)
    kept["v0.2.0"] = answers([0] * 100, since)
    assert shop.run() == []


def test_a_newer_candidate_takes_its_place(shop: Shop) -> None:
    shop.edit("max_depth: 9", "max_depth: 7")
    assert shop.run()[-1] == "done canary"
    assert (shop.serves(), canary(shop).version) == ("v0.1.0", "v0.3.0")


def test_going_back_in_the_spec_takes_it_away(shop: Shop) -> None:
    shop.edit("max_depth: 9", "max_depth: 8")
    assert shop.plan()[-2:] == ["promote:wine:production", "withdraw:wine:production"]
    assert (shop.run()[-1], shop.serves(), now(shop).canary) == ("done withdraw", "v0.1.0", None)
    assert shop.run() == []


def test_killed_before_it_stands_it_begins_anew(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SPEC, CONTAINERS)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.runtime.fail_next("Traceback")
    assert shop.run()[-1] == "failed canary"
    assert (shop.serves(), now(shop).canary, "RolloutFailed" in held(shop)) == ("v0.1.0", None, True)


@pytest.mark.parametrize("effect", ["deploy", "withdraw"])
def test_who_loses_the_lease_meanwhile_writes_nothing_of_it(tmp_path: Path, effect: str) -> None:
    """Another may have put its own canary there by then, and its record is the one that counts."""
    shop = Shop(tmp_path / "shop", SPEC, CONTAINERS)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    if effect == "withdraw":
        shop.run()
        shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 40)
    acts, runtime = getattr(shop.runtime, effect), shop.runtime

    def slowly(*arguments: Any) -> Any:
        done = acts(*arguments)
        shop.ports.alone.lose("production")
        written.extend(shop.git.chain_log("refs/mlspec/env/production"))
        return done

    written: list[str] = []
    setattr(runtime, effect, slowly)
    with pytest.raises(LeaseLost):
        shop.apply()
    assert written
    assert list(shop.git.chain_log("refs/mlspec/env/production")) == written


def test_without_canary_in_the_spec_it_gets_all_at_once(shop: Shop) -> None:
    shop.edit(
        "    canary: {share: 0.1, for: 15m, max_error_rate: 0.01, max_prediction_shift: 0.2}\n", "    bake: {for: 1m}\n"
    )
    shop.run()
    assert (shop.serves(), now(shop).canary) == ("v0.2.0", None)


def test_history_tells_of_it(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 40)
    shop.run()
    told = " ".join(shop.git.chain_log("refs/mlspec/env/production"))
    assert "10% of the requests for 15m" in told
    assert "40 of 200 answers of v0.2.0 failed" in told


def test_a_training_that_gives_what_runs_needs_no_canary(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SPEC, CONTAINERS)
    shop.run()
    shop.edit("    verbose: 0\n", "    verbose: 1\n")
    (outcome,) = [each for each in shop.apply() if each.action.action == "canary"]
    assert outcome.detail.startswith("not needed: v0.1.0 ran here before")
    assert (shop.serves(), now(shop).canary, shop.run()) == ("v0.1.0", None, [])


def test_a_breached_one_goes_at_once_whatever_else_is_to_be_done(shop: Shop) -> None:
    shop.edit("canary: {share", "replicas: 2\n    canary: {share")
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 100)
    assert shop.plan() == ["rollback:wine:production", "withdraw:wine:production", "scale:wine:production"]
    shop.run()
    assert (shop.serves(), now(shop).canary, now(shop).replicas, shop.run()) == ("v0.1.0", None, 2, [])


def test_a_breached_one_goes_also_where_what_serves_cannot_be_deployed_anew(shop: Shop) -> None:
    shop.text += "serving: {limits: {batch: 10}}\n"
    shop.commit({"specs/wine.yaml": shop.text})
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 100)
    for _ in range(3):
        shop.runtime.fail_next("OOM")
        shop.run()
    assert (now(shop).canary, shop.serves()) == (None, "v0.1.0")
    assert shop.history.stages["production"] == Version(0, 1, 0), "what serves is what is promoted"


def test_one_that_cannot_get_all_gives_its_share_back(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 0)
    shop.ports.clock.time += 900
    shop.runtime.fail_next("Traceback")
    assert shop.run() == ["failed deploy"]
    assert shop.run() == ["done withdraw"]
    assert (now(shop).canary, shop.serves(), shop.run()) == (None, "v0.1.0", [])
    assert list(held(shop)) == ["RolloutFailed"]
