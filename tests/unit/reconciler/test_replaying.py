"""Recorded requests are sent to a candidate first; one whose answers won't do never takes traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fakes.shop import PLACE, SCORE, Shop

from mlspec.domain.replay import Answer, Recorded
from mlspec.ports.git import NewTag
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import observe

REPLAYED = SCORE.replace(
    "    replicas: 1\n",
    "    replay: {requests: 100, max_changed: 0.2, max_prediction_shift: 0.3}\nmonitoring: {requests: {sample: 1}}\n",
)


def recorded(count: int = 50) -> list[Recorded]:
    return [Recorded({"alcohol": row}, row % 3, float(row)) for row in range(count)]


def same(row: Mapping[str, Any]) -> Answer:
    return Answer(row["alcohol"] % 3)


def other(row: Mapping[str, Any]) -> Answer:
    return Answer(0)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.1.0 serves, and the spec leads to v0.2.0."""
    made = Shop(tmp_path / "shop", REPLAYED)
    made.run()
    made.ports.telemetry.recorded = recorded()
    made.ports.telemetry.answered = {"v0.2.0": same}
    made.edit("max_depth: 8", "max_depth: 9")
    return made


def calls(shop: Shop) -> list[str]:
    return [name for name, *_ in shop.runtime.calls]


def test_a_first_version_has_nothing_to_be_compared_with(shop: Shop) -> None:
    assert calls(shop) == ["deploy"]


def test_a_candidate_that_answers_alike_is_deployed(shop: Shop) -> None:
    assert shop.plan()[-2:] == ["replay:wine:production", "deploy:wine:production"]
    outcomes = shop.apply()
    assert [outcome.action.action for outcome in outcomes[-2:]] == ["replay", "deploy"]
    assert outcomes[-2].detail == "50 recorded requests: 0 answers changed (0.0%), shift 0"
    assert (shop.serves(), shop.runtime.trials, calls(shop)) == ("v0.2.0", [], ["deploy", "trial", "deploy"])
    assert shop.plan() == []


def test_one_that_answers_otherwise_never_takes_traffic(shop: Shop) -> None:
    shop.ports.telemetry.answered["v0.2.0"] = other
    failed = [outcome for outcome in shop.apply() if outcome.status != "done"]
    assert [(outcome.action.action, outcome.status) for outcome in failed] == [
        ("replay", "failed"),
        ("deploy", "skipped"),
    ]
    assert "33 of 50 answers changed (66.0%), 20.0% are allowed" in failed[0].detail
    assert (shop.serves(), shop.runtime.trials, calls(shop)) == ("v0.1.0", [], ["deploy", "trial"])
    world, plan = shop.look()
    assert (plan.actions, [held.reason for held in plan.held]) == ((), ["RolloutFailed"])
    assert "was refused before it took traffic: 33 of 50 answers changed" in plan.held[0].message
    assert "mlspec promote wine v0.2.0 --to production" in plan.held[0].message
    assert world.actual.failed[PLACE].refused


def test_who_promotes_it_again_lets_it_in(shop: Shop) -> None:
    shop.ports.telemetry.answered["v0.2.0"] = other
    shop.apply()
    commit = next(tag.commit for tag in shop.git.tags() if tag.name == "wine@v0.2.0")
    shop.git.tag(NewTag("wine#production#9", commit, "I looked at it\n"))
    assert shop.plan() == ["deploy:wine:production"]
    shop.run()
    assert (shop.serves(), shop.plan()) == ("v0.2.0", [])


def test_the_next_candidate_is_compared_again(shop: Shop) -> None:
    shop.ports.telemetry.answered |= {"v0.2.0": other, "v0.3.0": same}
    shop.apply()
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.run()
    assert (shop.serves(), calls(shop)) == ("v0.3.0", ["deploy", "trial", "trial", "deploy"])


def test_going_back_to_what_ran_is_not_held_up(shop: Shop) -> None:
    shop.run()
    shop.edit("max_depth: 9", "max_depth: 8")
    assert shop.plan()[-2:] == ["promote:wine:production", "deploy:wine:production"]


@pytest.mark.parametrize("count", [0, 19])
def test_too_few_recorded_requests_hold_nothing_up(shop: Shop, count: int) -> None:
    shop.ports.telemetry.recorded = recorded(count)
    replayed = shop.apply()[-2]
    assert (replayed.status, replayed.detail.partition(":")[0]) == ("done", "NoRequests")
    assert (shop.serves(), calls(shop)) == ("v0.2.0", ["deploy", "deploy"])


def test_one_that_never_gets_ready_is_no_refusal(shop: Shop) -> None:
    shop.runtime.fail_next("Traceback")
    assert shop.run()[-2:] == ["failed replay", "skipped deploy"]
    world, plan = shop.look()
    assert "never became healthy" in plan.held[0].message
    assert not world.actual.failed[PLACE].refused


def test_one_that_hangs_is_given_up_after_a_minute(shop: Shop) -> None:
    """A single failure keeps it out: what the other 49 would say is not worth holding the environment for."""
    asked = hanging(shop, 60)
    failed = shop.apply()[-2]
    assert (failed.status, asked) == ("failed", [0])
    assert "50 of 50 recorded requests failed (100.0%, 49 of them not sent), 0.0% may" in failed.detail
    assert "the first: no answer: timed out" in failed.detail
    assert (shop.serves(), shop.runtime.trials) == ("v0.1.0", [])


def test_failures_that_cost_no_time_are_all_counted(shop: Shop) -> None:
    shop.ports.telemetry.answered["v0.2.0"] = lambda row: Answer(error="400") if row["alcohol"] < 3 else same(row)
    assert "3 of 50 recorded requests failed (6.0%), 0.0% may; the first: 400" in shop.apply()[-2].detail


def test_all_rows_together_have_half_an_hour(shop: Shop) -> None:
    shop.edit("max_changed: 0.2", "max_changed: 0.2, max_error_rate: 0.9")
    asked = hanging(shop, 59)
    detail = shop.apply()[-2].detail
    assert 29 <= len(asked) <= 31
    assert f"50 of 50 recorded requests failed (100.0%, {50 - len(asked)} of them not sent), 90.0% may" in detail


def test_one_that_is_slow_and_right_so_far_is_told_so(shop: Shop) -> None:
    asked = hanging(shop, 100, same)
    detail = shop.apply()[-2].detail
    left = 50 - len(asked)
    assert f"{left} of 50 recorded requests failed ({left / 50:.1%}, {left} of them not sent)" in detail
    assert "the first: not sent: those before took 30m" in detail
    assert shop.serves() == "v0.1.0"


def hanging(shop: Shop, seconds: float, answer: Callable[[Mapping[str, Any]], Answer] | None = None) -> list[int]:
    """Each answer of the candidate takes so long, and is none where nothing else is said; the rows that it is asked."""
    asked: list[int] = []

    def waits(row: Mapping[str, Any]) -> Answer:
        asked.append(row["alcohol"])
        shop.ports.clock.time += seconds
        return answer(row) if answer else Answer(error="no answer: timed out")

    shop.ports.telemetry.answered["v0.2.0"] = waits
    return asked


def test_killed_in_between_it_begins_anew(shop: Shop) -> None:
    def dies(row: Mapping[str, Any]) -> Answer:
        raise KeyboardInterrupt

    shop.ports.telemetry.answered["v0.2.0"] = dies
    with pytest.raises(KeyboardInterrupt):
        shop.apply()
    assert (shop.serves(), shop.runtime.trials) == ("v0.1.0", [])
    shop.ports.telemetry.answered["v0.2.0"] = same
    assert shop.run()[-2:] == ["done replay", "done deploy"]
    assert shop.serves() == "v0.2.0"


def promote(shop: Shop, version: str) -> None:
    """As `mlspec promote` writes it."""
    world = observe(shop.ports)
    Roller(shop.ports, world, Logbook(shop.ports, world.head.commit)).promote("wine", "production", version)


def test_where_a_person_promotes_the_word_after_a_refusal_counts(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", REPLAYED.replace("    replay:", "    promote: manual\n    replay:"))
    shop.run()
    promote(shop, "v0.1.0")
    shop.run()
    shop.ports.telemetry.recorded = recorded()
    shop.ports.telemetry.answered = {"v0.2.0": other}
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    promote(shop, "v0.2.0")
    assert shop.run() == ["failed replay", "skipped deploy"]
    assert (shop.serves(), shop.plan()) == ("v0.1.0", ["(WaitingForApproval:production)"])
    promote(shop, "v0.2.0")
    assert shop.plan() == ["deploy:wine:production"]
    shop.run()
    assert (shop.serves(), shop.plan()) == ("v0.2.0", [])
