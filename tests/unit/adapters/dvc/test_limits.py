"""Limits of a stage's command: it is ended, all of it, and the error names the limit and its place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from mlspec.adapters.dvc.limits import thread_settings
from mlspec.adapters.dvc.parallel import ParallelPipeline
from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.errors import StageFailed
from mlspec.ports.pipeline import UNLIMITED, Limits

Stage = Callable[..., str]
LOG = ".mlspec/logs/m/train.log"
WHERE = {"timeout": "specs/m.yaml:12", "memory": "specs/m.yaml:13"}


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("kind", [DvcPipeline, ParallelPipeline])
def test_a_command_that_takes_too_long_is_ended_with_its_children(project: Path, stage: Stage, kind: type) -> None:
    file = stage("echo begun > models/m/model; echo begun; setsid sleep 300 & echo $! > child; sleep 300")
    with pytest.raises(StageFailed, match=r"stage train was ended: it took longer than 3s") as caught:
        kind(project).run(file, "train", force=False, log=LOG, limits=Limits(timeout=3.0, where=WHERE))
    assert (caught.value.status, caught.value.where) == (124, "specs/m.yaml:12")
    assert "training.compute.timeout" in caught.value.hint
    assert caught.value.details == ("begun",)
    assert not lives(int((project / "child").read_text()))
    assert not (project / "models/m/model").exists()


def test_a_command_that_ignores_the_request_is_ended_all_the_same(pipeline: DvcPipeline, stage: Stage) -> None:
    start = time.monotonic()
    with pytest.raises(StageFailed, match="took longer"):
        pipeline.run(stage("'trap \"\" TERM; sleep 60'"), "train", force=False, log=LOG, limits=Limits(timeout=0.3))
    assert time.monotonic() - start < 50


@pytest.mark.skipif(sys.platform != "linux", reason="what processes share is known on Linux alone")
def test_a_command_that_takes_too_much_memory_is_ended(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    (project / "eat.py").write_text("import time\nblock = bytearray(300_000_000)\ntime.sleep(60)\n")
    limits = Limits(memory=200 * 2**20, where=WHERE)
    with pytest.raises(StageFailed, match=r"it used \d+Mi of memory, and 200Mi is allowed") as caught:
        pipeline.run(stage("python eat.py"), "train", force=False, log=LOG, limits=limits)
    assert (caught.value.status, caught.value.where) == (137, "specs/m.yaml:13")


@pytest.mark.skipif(sys.platform != "linux", reason="what processes share is known on Linux alone")
def test_what_children_share_counts_once(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    (project / "fork.py").write_text(
        "import os, time\nblock = bytearray(120_000_000)\n"
        "for _ in range(3):\n    if os.fork() == 0:\n        time.sleep(1.5)\n        os._exit(0)\n"
        "for _ in range(3):\n    os.wait()\nopen('models/m/model', 'w').close()\n"
    )
    limits = Limits(memory=250 * 2**20)
    assert pipeline.run(stage("python fork.py"), "train", force=False, log=LOG, limits=limits).ran


def test_a_command_within_its_limits_is_left_alone(pipeline: DvcPipeline, stage: Stage) -> None:
    limits = Limits(timeout=60.0, memory=2**30)
    assert pipeline.run(stage("cp data/x.csv models/m/model"), "train", force=False, log=LOG, limits=limits).ran
    with pytest.raises(StageFailed, match="exit code 3"):
        pipeline.run(stage("exit 3", model="n"), "train", force=False, log=LOG, limits=limits)


def test_libraries_are_told_their_threads(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    command = "echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MLSPEC_TRIALS > models/m/model"
    pipeline.run(stage(command), "train", force=False, log=LOG, limits=Limits(cpus=2, trials=3))
    assert (project / "models/m/model").read_text().split() == ["2", "2", "3"]
    assert thread_settings(UNLIMITED) == {}
