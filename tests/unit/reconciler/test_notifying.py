"""Telling people: once when it begins, once when it is over, again where it did not arrive; each channel by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from fakes.shop import SCORE, Shop

from mlspec.domain.notice import Channel, Condition, Delivery, Notice
from mlspec.kinds.notify import NotifyKind
from mlspec.kinds.registry import discover
from mlspec.planner.notices import notices
from mlspec.reconciler.notifying import NOTICES, notify

HOOK = Channel("ops", "webhook", ("held", "drift"), url="SLACK")
ISSUE = Channel("bugs", "github-issue", ("drift",))
DRIFT = Notice(Condition.DRIFT, "wine", "production", "hue: psi 2.88")
HELD = Notice(Condition.HELD, "wine", "", "GateFailed: accuracy")


def tell(shop: Shop, found: Sequence[Notice], *channels: Channel, over: bool = True) -> tuple[str, ...]:
    return notify(shop.ports, channels or (HOOK,), found, lambda _model, _key: over).lines


def sent(shop: Shop) -> list[Delivery]:
    """What was sent since the last look."""
    found, shop.ports.deliveries.sent = shop.ports.deliveries.sent, []
    return found


def test_a_condition_is_told_once_and_its_end_once(shop: Shop) -> None:
    assert tell(shop, [DRIFT, HELD]) == (
        "told ops: wine → production, drift",
        "told ops: wine, held",
    )
    assert [each.body for each in sent(shop)] == [
        {"text": "*wine → production: drift*\nhue: psi 2.88"},
        {"text": "*wine: held*\nGateFailed: accuracy"},
    ]
    assert tell(shop, [DRIFT, HELD]) == ()
    worse = Notice(Condition.DRIFT, "wine", "production", "hue: psi 9")
    assert tell(shop, [worse]) == ("told ops: wine, held is over",)
    assert [each.body for each in sent(shop)] == [{"text": "wine: held is over"}]
    assert tell(shop, [worse]) == ()


def waiting(*versions: str) -> Notice:
    return Notice(Condition.HELD, "wine", "production", f"{versions} wait", versions)


def test_new_trouble_is_told_although_the_condition_lasts(shop: Shop) -> None:
    line = ("told ops: wine → production, held",)
    assert [tell(shop, [waiting("v0.1.0")]), tell(shop, [waiting("v0.1.0")])] == [line, ()]
    assert [tell(shop, [waiting("v0.2.0")]), tell(shop, [waiting("v0.2.0")])] == [line, ()]
    assert [tell(shop, [waiting("v0.2.0", "v0.3.0")]), tell(shop, [waiting("v0.3.0")])] == [line, ()]
    assert tell(shop, [waiting()]) == ()
    assert tell(shop, []) == ("told ops: wine → production, held is over",)


def test_an_issue_about_what_was_before_is_closed_by_the_next_one(shop: Shop) -> None:
    channel = Channel("bugs", "github-issue", ("held",))
    tell(shop, [waiting("v0.1.0")], channel)
    tell(shop, [waiting("v0.2.0")], channel)
    assert [each.method for each in sent(shop)] == ["POST", "POST", "PATCH"]
    tell(shop, [], channel)
    assert [each.method for each in sent(shop)] == ["PATCH"]


def test_what_an_older_mlspec_told_is_not_told_again(shop: Shop) -> None:
    old = {"told": {"ops": {"held:production": {"since": 1.0, "message": "v0.1.0 waits", "receipt": ""}}}}
    shop.ports.writer.append(NOTICES, {"models/wine.json": json.dumps(old).encode()}, "as of old")
    assert tell(shop, [waiting("v0.1.0")]) == ()
    assert tell(shop, [waiting("v0.2.0")]) != ()


def test_what_nobody_looked_at_is_not_over(shop: Shop) -> None:
    tell(shop, [DRIFT])
    assert tell(shop, [], over=False) == ()
    assert tell(shop, [], over=True) != ()


def test_what_did_not_arrive_is_tried_again(shop: Shop) -> None:
    shop.ports.deliveries.broken = True
    assert tell(shop, [DRIFT]) == ("warning: ops was not told of wine → production: it was not answered",)
    assert shop.git.chain_files(NOTICES) == {}
    shop.ports.deliveries.broken = False
    assert tell(shop, [DRIFT]) == ("told ops: wine → production, drift",)
    shop.ports.deliveries.broken = True
    assert "warning" in tell(shop, [])[0]
    shop.ports.deliveries.broken = False
    assert tell(shop, []) == ("told ops: wine → production, drift is over",)


def test_a_channel_hears_what_it_asked_for_and_an_issue_is_closed_by_its_receipt(shop: Shop) -> None:
    tell(shop, [DRIFT, HELD], ISSUE)
    (opened,) = sent(shop)
    assert (opened.method, opened.receipt, opened.url) == (
        "POST",
        "url",
        "${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues",
    )
    tell(shop, [], ISSUE)
    (closed,) = sent(shop)
    assert (closed.method, closed.url) == ("PATCH", f"{opened.url}/1")


def test_a_second_channel_is_told_of_what_lasts(shop: Shop) -> None:
    tell(shop, [DRIFT])
    assert tell(shop, [DRIFT], HOOK, ISSUE) == ("told bugs: wine → production, drift",)


@pytest.mark.parametrize("name", ["webhook", "command", "github-issue"])
def test_nothing_of_a_message_can_be_read_as_more_than_text(name: str) -> None:
    kind = discover("mlspec.kinds.notify", NotifyKind)[name]
    channel = Channel("ops", name, ("held",), url="SLACK", command="cat")
    nasty = Notice(Condition.HELD, "wine", "", "<!channel> ``` **x** & ${HOME}")
    body = str(kind.raised(channel, nasty).body)
    assert "<!channel>" not in body or name != "webhook"
    assert body.count("```") == (2 if name == "github-issue" else body.count("```"))


def test_what_a_run_held_and_what_failed_are_conditions(shop: Shop) -> None:
    shop.text = SCORE.replace("score: 0.9", "score: 0.1")
    shop.commit({"specs/wine.yaml": shop.text})
    outcomes = shop.apply()
    found = notices(shop.look()[1], outcomes, {})
    (held,) = [notice for notice in found if not notice.environment]
    assert (held.condition, held.model) == (Condition.HELD, "wine")
    assert "accuracy" in held.message


def test_a_model_that_no_spec_has_any_more_is_told_of_too(shop: Shop) -> None:
    gone = Notice(Condition.HELD, "beer", "production", "SpecRemoved: v0.1.0 still runs")
    assert tell(shop, [gone]) == ("told ops: beer → production, held",)
    assert tell(shop, [], over=False) == ()
    assert tell(shop, []) == ("told ops: beer → production, held is over",)
    assert [each.body for each in sent(shop)][1:] == [{"text": "beer → production: held is over"}]


ODD = (
    "3",
    '{"told": 3}',
    '{"told": {"ops": []}}',
    '{"told": {"ops": {"moody:production": {}, "drift:production": 3, "held": {"receipt": []}}}}',
)


@pytest.mark.parametrize("text", ODD)
def test_a_chain_that_others_wrote_stops_nobody(shop: Shop, text: str) -> None:
    shop.ports.writer.append(NOTICES, {"models/wine.json": text.encode()}, "odd")
    assert "warning" not in "".join(tell(shop, [DRIFT], HOOK, ISSUE))
    tell(shop, [], HOOK, ISSUE)
    assert tell(shop, [DRIFT], HOOK, ISSUE) == (
        "told ops: wine → production, drift",
        "told bugs: wine → production, drift",
    )
