"""Applying: effects in order, and a second run that finds nothing to do."""

from __future__ import annotations

import json

import pytest
from fakes.shop import PLACE, SPEC, Shop

from mlspec.domain.outcome import Outcome
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.reconciler.apply import Applier
from mlspec.reconciler.chains import PROJECT, environment_ref

ALL = ["done compile", "done compile", "done train", "done register", "done promote", "done deploy"]


def test_the_first_run_does_everything_and_the_second_nothing(shop: Shop) -> None:
    assert shop.run() == ALL
    assert (shop.serves(), shop.plan(), shop.run()) == ("v0.1.0", [], [])
    assert shop.tags == ["wine#production#1", "wine@v0.1.0"]
    assert shop.git.snapshot().dirty == frozenset()


def test_effects_come_in_the_order_that_a_crash_can_mend(shop: Shop) -> None:
    shop.run()
    assert [effect for effect in shop.git.effects if effect != "repair"] == [
        *("commit", "commit", f"append {PROJECT}", "tag wine@v0.1.0", "tag wine#production#1"),
        f"append {environment_ref('production')}",
    ]


def test_the_record_is_in_the_tag_and_beside_the_lock(shop: Shop) -> None:
    shop.run()
    (tag,) = [tag for tag in shop.git.tags() if tag.name == "wine@v0.1.0"]
    committed = VersionRecord.from_json(shop.git.files["models/wine/version.json"].decode())
    assert shop.git.messages([tag.oid])[tag.oid].endswith(committed.to_json())
    assert shop.git.read([shop.git.tree(tag.commit)[1]["models/wine/version.json"]])
    assert committed == shop.history.versions[Version(0, 1, 0)]


def test_each_change_gets_its_number(shop: Shop) -> None:
    shop.run()
    shop.commit({"data/wine.csv": "alcohol,cultivar\n14,1\n"})
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    shop.edit("target: cultivar", "target: alcohol")
    shop.run()
    assert [str(version) for version in shop.history.versions] == ["v0.1.0", "v0.1.1", "v0.2.0", "v1.0.0"]
    assert shop.serves() == "v1.0.0"


def test_a_reverted_spec_goes_back_without_a_training(shop: Shop) -> None:
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    shop.edit("max_depth: 9", "max_depth: 8")
    assert [line for line in shop.run() if "compile" not in line] == ["done promote", "done deploy"]
    assert (shop.serves(), shop.trainings, shop.plan()) == ("v0.1.0", 2, [])
    assert shop.history.assigned["production"] == (Version(0, 1, 0),)


def test_a_loosened_gate_trains_nothing_and_a_tightened_one_holds(shop: Shop) -> None:
    shop.run()
    shop.edit("min: 0.8", "min: 0.3")
    assert shop.plan() == []
    shop.edit("min: 0.3", "min: 0.95")
    assert (shop.plan(), shop.trainings, shop.serves()) == (["(GateFailed:)"], 1, "v0.1.0")


def test_the_same_bytes_keep_their_version_and_its_commit(shop: Shop) -> None:
    shop.run()
    commit = shop.history.commits[Version(0, 1, 0)]
    shop.edit("verbose: 0", "verbose: 1")
    shop.run()
    assert (shop.trainings, list(map(str, shop.history.versions)), shop.plan()) == (2, ["v0.1.0"], [])
    assert [tag.commit for tag in shop.git.tags() if "#production#" in tag.name] == [commit]
    shop.edit("verbose: 1", "verbose: 0")
    assert shop.plan() == ["compile:wine"]


def test_the_same_bytes_that_run_already_are_not_told_to_be_deployed(shop: Shop) -> None:
    shop.run()
    chain = environment_ref("production")
    before, served = shop.git.chain_log(chain), shop.runtime.running[PLACE]
    shop.edit("verbose: 0", "verbose: 1")
    assert "done deploy" in shop.run()
    assert "deployed" not in "".join(shop.git.chain_log(chain)[: -len(before)])
    assert (shop.plan(), shop.runtime.running[PLACE].endpoint) == ([], served.endpoint)
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    assert "v0.2.0" in "".join(shop.git.chain_log(chain)[: -len(before)])


def test_the_same_bytes_as_an_older_version_go_back_to_its_commit(shop: Shop) -> None:
    shop.run()
    commit = shop.history.commits[Version(0, 1, 0)]
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    shop.text = shop.text.replace("max_depth: 9", "max_depth: 8")
    shop.edit("verbose: 0", "verbose: 1")
    shop.run()
    assert (shop.serves(), shop.plan()) == ("v0.1.0", [])
    assert {tag.name: tag.commit for tag in shop.git.tags()}["wine#production#3"] == commit


def test_a_description_is_recorded_and_then_known(shop: Shop) -> None:
    shop.run()
    shop.edit("Cultivars", "Wines")
    assert [line for line in shop.run() if "compile" not in line] == ["done register"]
    assert (shop.plan(), shop.trainings, list(map(str, shop.history.versions))) == ([], 1, ["v0.1.0"])


def test_a_description_that_changes_with_a_training_needs_no_second_run(shop: Shop) -> None:
    shop.run()
    shop.edit("Cultivars", "Wines")
    shop.run()
    shop.text = shop.text.replace("Wines", "Cultivars")
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    assert shop.plan() == []


def test_events_tell_who_did_what_and_why(shop: Shop) -> None:
    shop.run()
    events = [
        json.loads(message)
        for message in shop.git.chain_log(PROJECT) + shop.git.chain_log(environment_ref("production"))
    ]
    assert [(event["action"], event["outcome"], event["version"], event["host"]) for event in events] == [
        ("train", "trained", "v0.1.0", "here"),
        ("deploy", "deployed", "v0.1.0", "here"),
    ]
    assert events[0]["because"] == ["NeverTrained wine"]
    assert events[1]["because"] == ["NothingRunning wine → production"]


def test_nothing_to_do_has_no_effects(shop: Shop) -> None:
    shop.run()
    effects = len(shop.git.effects)
    assert shop.run() == []
    assert [effect for effect in shop.git.effects[effects:] if effect != "repair"] == []


def test_what_needs_no_training_does_not_wait_for_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is down would stay so for as long as another model takes to train."""
    shop.run()
    slow = SPEC.replace("name: wine\n", "name: slow\n")
    shop.commit({"specs/slow.yaml": slow})
    shop.ports.process.kill(PLACE)
    done: list[str] = []
    acts = Applier._end

    def note(self: Applier, outcome: Outcome) -> None:
        done.append(outcome.action.id)
        acts(self, outcome)

    monkeypatch.setattr(Applier, "_end", note)
    assert {outcome.status for outcome in shop.apply()} == {"done"}
    order = [name for name in done if not name.startswith("compile")]
    assert order == ["restart:wine:production", "train:slow", "register:slow", "promote:slow:production", order[-1]]
    assert shop.serves() == "v0.1.0"
