"""A candidate gets copies of requests: it is judged by its answers to them, and gets requests of its own, or goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import CONTAINERS, PLACE, SCORE, Shop

from mlspec.domain.actual import Canary, Running
from mlspec.domain.replay import Recorded
from mlspec.domain.service import Service

SHADOW = "    shadow: {for: 1d, max_error_rate: 0.01, max_changed: 0.1, min_requests: 20}\n"
SPEC = SCORE.replace("    replicas: 1\n", f"{SHADOW}monitoring: {{requests: {{sample: 1}}}}\n")
DAY = 86400


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.1.0 serves, and v0.2.0 has just begun to get copies."""
    made = Shop(tmp_path / "shop", SPEC, CONTAINERS)
    made.run()
    made.edit("max_depth: 8", "max_depth: 9")
    assert made.run()[-2:] == ["done build", "done shadow"]
    return made


def beside(shop: Shop) -> Canary | None:
    found = shop.runtime.running[PLACE]
    assert isinstance(found, Running)
    return found.canary


def held(shop: Shop) -> dict[str, str]:
    return {str(each.reason): each.message for each in shop.look()[1].held}


def answers(shop: Shop, version: str, values: list[int], since: float = 0.0) -> None:
    """Row number n was answered by the n-th value."""
    began = getattr(beside(shop), "since", 0.0)
    kept = [Recorded({"hue": number}, value, began + since + number) for number, value in enumerate(values)]
    shop.ports.telemetry.recorded_by[version] = kept


def test_it_stands_beside_what_serves(shop: Shop) -> None:
    found = beside(shop)
    assert found is not None
    assert (shop.serves(), found.version, found.share, found.mirrored) == ("v0.1.0", "v0.2.0", 1.0, True)
    assert shop.run() == []
    assert held(shop)["Shadow"].startswith("v0.2.0 gets copies of all requests until ")
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 1)
    answers(shop, "v0.1.0", [0, 1] * 20)
    answers(shop, "v0.2.0", [0, 1] * 19 + [1, 1])
    so_far = "; 1 of 200 answers failed; 40 recorded requests: 1 answers changed (2.5%), shift 0.0"
    assert so_far in held(shop)["Shadow"]


def test_when_its_time_is_over_it_gets_all(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 1)
    shop.ports.clock.time += DAY
    (deploy,) = shop.look()[1].actions
    assert deploy.because[0].details == ("it was a shadow for copies of all requests: 1 of 200 answers failed",)
    assert (shop.run(), shop.serves(), beside(shop)) == (["done deploy"], "v0.2.0", None)
    assert shop.run() == []


def test_one_that_answers_otherwise_is_taken_away_and_held(shop: Shop) -> None:
    answers(shop, "v0.1.0", [0, 1] * 20)
    answers(shop, "v0.2.0", [0, 0] * 20)
    assert shop.run() == ["done rollback", "done withdraw"]
    assert (shop.serves(), beside(shop)) == ("v0.1.0", None)
    assert "20 of 40 answers changed (50.0%), 10.0% are allowed" in held(shop)["RolledBack"]
    shop.ports.clock.time += DAY
    assert shop.run() == []


def test_only_the_same_rows_are_compared(shop: Shop) -> None:
    """The other answers are to other requests, and differ for honest reasons."""
    answers(shop, "v0.1.0", [0] * 30)
    answers(shop, "v0.2.0", [0] * 30 + [1] * 30)
    assert shop.run() == []


def test_answers_of_before_do_not_count(shop: Shop) -> None:
    answers(shop, "v0.1.0", [0] * 40, since=-1000.0)
    answers(shop, "v0.2.0", [1] * 40)
    assert shop.run() == []


def test_fewer_answers_than_it_needs_say_nothing(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 19, 19)
    answers(shop, "v0.1.0", [0] * 19)
    answers(shop, "v0.2.0", [1] * 19)
    assert shop.run() == []


def test_one_that_fails_too_often_is_taken_away(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 40)
    assert shop.run() == ["done rollback", "done withdraw"]
    assert "40 of 200 answers of v0.2.0 failed (20.0%), 1.0% are allowed" in held(shop)["RolledBack"]


def test_a_shadow_that_keeps_its_word_is_a_canary_next(shop: Shop) -> None:
    shop.edit(SHADOW, f"{SHADOW}    canary: {{share: 0.1, for: 15m}}\n")
    assert shop.run() == []
    shop.ports.clock.time += DAY
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 200, 0)
    (canary,) = shop.look()[1].actions
    assert canary.id == "canary:wine:production"
    assert canary.because[0].details == ("it was a shadow for copies of all requests: 0 of 200 answers failed",)
    assert shop.run() == ["done canary"]
    found = beside(shop)
    assert found is not None
    assert (found.version, found.share, found.mirrored, shop.serves()) == ("v0.2.0", 0.1, False, "v0.1.0")
    shop.ports.clock.time += 900
    assert (shop.run(), shop.serves(), beside(shop)) == (["done deploy"], "v0.2.0", None)


def test_without_shadow_in_the_spec_it_gets_all_at_once(shop: Shop) -> None:
    shop.edit(SHADOW, "    bake: {for: 1m}\n")
    shop.run()
    assert (shop.serves(), beside(shop)) == ("v0.2.0", None)


def test_other_settings_begin_it_anew(shop: Shop) -> None:
    first = beside(shop)
    shop.ports.clock.time += 60
    shop.edit("for: 1d,", "for: 1d, share: 0.5,")
    assert shop.run() == ["done shadow"]
    second = beside(shop)
    assert first is not None
    assert second is not None
    assert (second.share, second.since >= first.since + 60) == (0.5, True)


def test_history_tells_of_it(shop: Shop) -> None:
    answers(shop, "v0.1.0", [0] * 40)
    answers(shop, "v0.2.0", [1] * 40)
    shop.run()
    told = " ".join(shop.git.chain_log("refs/mlspec/env/production"))
    assert "copies of all requests for 1d" in told
    assert "40 of 40 answers changed" in told
