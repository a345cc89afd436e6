"""What a training may use: said to the stage that trains, asked for before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop
from fakes.wanted import model

from mlspec.ports.pipeline import UNLIMITED, Limits
from mlspec.reconciler.limits import stage_limits

COMPUTE = "  compute: {cpu: 2.5, memory: 1Gi, timeout: 30m}\n  target: cultivar\n"


def with_compute(words: str) -> str:
    return SCORE.replace("  target: cultivar\n", words)


def test_only_the_training_is_limited(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", with_compute(COMPUTE))
    shop.run()
    where = dict.fromkeys(("cpu", "memory", "timeout"), "specs/wine.yaml:11")
    limits = {address.rpartition(":")[2]: found for address, found in shop.ports.pipeline.limits.items()}
    assert limits.pop("train") == Limits(1800.0, 2**30, 2, 2, where)
    assert all(found == UNLIMITED for found in limits.values())


@pytest.mark.parametrize(("jobs", "trials"), [(1, 1), (4, 4)])
def test_jobs_that_no_model_needs_go_to_trials(jobs: int, trials: int, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.apply(jobs=jobs)
    assert shop.ports.pipeline.limits["models/wine/dvc.yaml:train"].trials == trials


def test_less_than_a_processor_is_one_thread() -> None:
    blueprint = model(with_compute("  compute: {cpu: 0.5}\n  target: cultivar\n")).blueprint
    assert stage_limits(blueprint, "train").cpus == 1


def test_a_training_without_its_devices_is_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", with_compute("  compute: {gpu: 2}\n  target: cultivar\n"))
    train = next(item for item in shop.apply() if item.action.action == "train")
    assert train.status == "failed"
    assert "specs/wine.yaml:11: the training asks for 2 graphics processors, and none can be seen" in train.detail
    assert shop.trainings == 0
    shop.ports.steps.gpus = 2
    assert "done train" in shop.run()
