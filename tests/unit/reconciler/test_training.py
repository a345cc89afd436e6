"""When the train stage is forced: where DVC would skip what it cannot see change, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

LOCKED = SCORE.replace("  target: cultivar\n", "  target: cultivar\n  environment: {lock: requirements.lock}\n", 1)


@pytest.fixture
def locked(tmp_path: Path) -> Shop:
    """A shop whose environment is pinned, trained once; then another numpy was pinned, of which DVC knows nothing."""
    shop = Shop(tmp_path / "shop")
    shop.text = LOCKED
    shop.commit({"specs/wine.yaml": LOCKED, "requirements.lock": "numpy==2.1.0\n"})
    shop.run()
    assert shop.trainings == 1
    shop.commit({"requirements.lock": "numpy==2.2.0\n"})
    return shop


def hint(shop: Shop, md5s: list[str]) -> None:
    """Let a run that died before its commit have trained this already."""
    train = next(model.train for model in shop.look()[0].desired.models)
    shop.ports.cache.put_many("trained", {train: md5s})


def md5s(shop: Shop) -> list[str]:
    """Of the model in the working tree."""
    return [file.md5 for file in shop.ports.pipeline.outputs("models/wine/model")]


def test_another_package_is_trained_with(locked: Shop) -> None:
    assert "train:wine" in locked.plan()
    locked.run()
    assert (locked.trainings, locked.plan()) == (2, [])


def test_what_was_trained_before_a_death_is_not_trained_again(locked: Shop) -> None:
    hint(locked, md5s(locked))
    locked.run()
    assert (locked.trainings, locked.plan()) == (1, [])


def test_a_model_of_other_code_is_not_taken_for_what_was_trained(locked: Shop) -> None:
    hint(locked, ["0" * 32])
    locked.run()
    assert (locked.trainings, locked.plan()) == (2, [])


def test_a_model_that_is_gone_is_made_again(locked: Shop) -> None:
    hint(locked, md5s(locked))
    for path in ("model.skops", "signature.json"):
        (Path(locked.ports.root) / "models/wine/model" / path).unlink()
    (Path(locked.ports.root) / "models/wine/model").rmdir()
    locked.run()
    assert (locked.trainings, locked.plan()) == (2, [])


def test_what_a_killed_training_left_is_put_back_when_it_is_not_wanted_any_more(locked: Shop) -> None:
    locked.commit({"requirements.lock": "numpy==2.1.0\n"})
    before = dict(locked.git.files)
    for path in (".mlspec/training/wine", "models/wine/dvc.lock", "models/wine/metrics.json"):
        locked.ports.files.write(path, b"")
    assert (locked.plan(), locked.run()) == ([], [])
    assert dict(locked.git.files) == before
    assert locked.ports.files.read(".mlspec/training/wine") is None
