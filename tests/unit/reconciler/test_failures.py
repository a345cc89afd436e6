"""What fails keeps back only what depends on it, leaves no trace in the tree, and is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import PLACE, SCORE, Shop
from fakes.wanted import SPEC

CIDER = SPEC.replace("name: wine\ndesc", "name: cider\ndesc")


def test_a_gate_that_fails_leaves_the_tree_and_production_alone(shop: Shop) -> None:
    shop.run()
    shop.edit("score: 0.9", "score: 0.5")
    before = dict(shop.git.files)
    outcomes = shop.apply()
    assert {(outcome.status, str(outcome.action.action)) for outcome in outcomes} == {
        ("held", name) for name in ("compile", "train", "register", "promote", "deploy")
    }
    (train,) = [outcome for outcome in outcomes if outcome.action.action == "train"]
    assert train.detail == "accuracy: min 0.8: measured 0.5, needs 0.8 (specs/wine.yaml:20)"
    assert dict(shop.git.files) == before
    assert (shop.serves(), shop.plan(), shop.run()) == ("v0.1.0", ["(GateFailed:)"], [])


def test_a_failed_fingerprint_is_tried_again_when_its_gate_changes(shop: Shop) -> None:
    shop.edit("score: 0.9", "score: 0.5")
    shop.run()
    shop.edit("min: 0.8", "min: 0.4")
    assert "done train" in shop.run()
    assert (shop.trainings, shop.serves()) == (2, "v0.1.0")


def test_a_rollout_that_fails_gives_the_stage_back_and_stays_out(shop: Shop) -> None:
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.ports.process.fail_next("ValueError: no such column")
    outcomes = shop.apply()
    assert [(outcome.status, str(outcome.action.action)) for outcome in outcomes][-1] == ("failed", "deploy")
    assert (shop.serves(), str(shop.history.stages["production"])) == ("v0.1.0", "v0.1.0")
    assert shop.plan() == ["(RolloutFailed:production)"]
    assert "no such column" in shop.look()[1].held[0].message
    shop.ports.process.kill(PLACE)
    assert (shop.run(), shop.serves()) == (["done restart"], "v0.1.0")
    assert shop.plan() == ["(RolloutFailed:production)"], "the failure is remembered past other rollouts"
    shop.edit("max_depth: 9", "max_depth: 10")
    shop.run()
    assert (shop.serves(), shop.plan()) == ("v0.3.0", [])


def test_scaling_that_fails_is_told_and_keeps_what_runs(shop: Shop) -> None:
    shop.run()
    shop.edit("replicas: 1", "replicas: 3")
    shop.ports.process.fail_next()
    assert shop.run()[-1:] == ["failed scale"]
    assert shop.ports.process.running[PLACE].replicas == 1
    assert shop.run() == ["done scale"], "a further replica may find room later"
    assert shop.ports.process.running[PLACE].replicas == 3


def test_what_died_is_restarted_and_not_trained(shop: Shop) -> None:
    shop.run()
    shop.ports.process.kill(PLACE)
    assert shop.run() == ["done restart"]
    shop.ports.process.degrade(PLACE)
    assert shop.run() == ["done restart"]
    assert (shop.serves(), shop.trainings, shop.plan()) == ("v0.1.0", 1, [])


def test_a_stage_that_fails_is_told_with_its_log_and_puts_everything_back(shop: Shop) -> None:
    shop.run()
    shop.commit({"data/wine.csv": "alcohol,cultivar\nbad,1\n"})
    before = dict(shop.git.files)
    outcomes = shop.apply()
    assert [outcome.status for outcome in outcomes] == ["failed", "skipped", "skipped", "skipped"]
    assert "validate failed" in outcomes[0].detail
    assert outcomes[0].lines == ("column alcohol: bad is no number",)
    assert outcomes[1].detail == "train wine failed"
    assert (dict(shop.git.files), shop.serves()) == (before, "v0.1.0")


def test_a_first_training_that_fails_its_gate_leaves_no_data_that_git_would_see(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE.replace("score: 0.9", "score: 0.1"))
    assert "held train" in shop.run()
    assert [path for path in (tmp_path / "shop/models").rglob("*") if path.is_file()] == []
    shop.edit("score: 0.1", "score: 0.9")
    assert (shop.run()[-1], shop.serves()) == ("done deploy", "v0.1.0")


def test_one_models_failure_is_no_other_models(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE.replace("score: 0.9", "score: 0.1"))
    shop.commit({"specs/cider.yaml": CIDER})
    for jobs in (1, 3):
        outcomes = {outcome.action.id: outcome.status for outcome in shop.apply(jobs=jobs)}
        assert outcomes.get("deploy:cider:production", "done") == "done"
        assert outcomes.get("train:wine", "held") == "held"
    assert shop.plan() == ["(GateFailed:)"]


def test_without_a_lock_no_environment_can_be_built_that_differs(shop: Shop) -> None:
    shop.ports.steps.wrong = ("Python 3.12 is wanted, 3.11 is here",)
    outcomes = shop.apply()
    (train,) = [outcome for outcome in outcomes if outcome.action.action == "train"]
    assert (train.status, train.lines, shop.trainings) == ("failed", ("Python 3.12 is wanted, 3.11 is here",), 0)


def test_bytes_that_are_not_the_records_are_not_deployed(shop: Shop) -> None:
    shop.run()
    shop.ports.process.kill(PLACE)
    shop.ports.pipeline.cache = dict.fromkeys(shop.ports.pipeline.cache, b"forged")
    (outcome,) = shop.apply()
    assert (outcome.status, shop.serves()) == ("failed", "")


def test_a_bundle_that_was_deleted_is_trained_again_where_it_must_be(shop: Shop) -> None:
    """The hint that a training is done already says nothing where its output is gone."""
    shop.ports.writer.interrupt["commit"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        shop.apply()
    for name in ("model.skops", "signature.json"):
        (Path(shop.ports.root) / "models/wine/model" / name).unlink(missing_ok=True)
    assert "failed train" not in shop.run()
    assert shop.serves() == "v0.1.0"


def test_a_program_error_is_not_swallowed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.ports.pipeline, "push", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shop.apply()
    monkeypatch.undo()
    assert (shop.serves(), shop.run()[-1], shop.serves()) == ("", "done deploy", "v0.1.0")


def test_a_stage_that_fails_names_the_line_that_it_speaks_of(shop: Shop) -> None:
    said = "training.params: RandomForestClassifier has no param max_depth"
    sound = shop.ports.pipeline.act
    shop.ports.pipeline.act = lambda *given: (1, said) if given[1].endswith("train") else sound(*given)
    (train,) = [outcome for outcome in shop.apply() if outcome.action.action == "train"]
    assert train.status == "failed"
    assert f"specs/wine.yaml:{SPEC[: SPEC.index('max_depth')].count(chr(10)) + 1}: stage" in train.detail
