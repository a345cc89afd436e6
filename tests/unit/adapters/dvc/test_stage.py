"""Stages under real DVC: isolation, interruption, neighbours, and the repository left clean."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dvc.stage.run
import pytest

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.errors import LockHeld, MlspecError, StageFailed

LOG = ".mlspec/logs/m/train.log"
COPY = "cp data/x.csv models/m/model"
Stage = Callable[..., str]


def test_our_streams_stay_silent(pipeline: DvcPipeline, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    file = stage(f"echo out; echo err >&2; {COPY}")
    pipeline.run(file, "train", force=False, log=LOG)
    assert capfd.readouterr() == ("", "")


def test_our_input_is_not_the_commands(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    (project / "typed").write_text("typed by a person\n")
    saved = os.dup(0)
    try:
        with (project / "typed").open() as typed:
            os.dup2(typed.fileno(), 0)
            pipeline.run(stage("cat > models/m/model"), "train", force=False, log=LOG)
    finally:
        os.dup2(saved, 0)
        os.close(saved)
    assert (project / "models/m/model").read_text() == ""


def test_the_log_keeps_the_order_of_both_streams(
    pipeline: DvcPipeline, project: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    script = "import sys; print(1); print(2, file=sys.stderr); print(3)"
    pipeline.run(stage(f"python -c '{script}'; {COPY}"), "train", force=False, log=LOG)
    assert (project / LOG).read_text().splitlines()[1:] == ["1", "2", "3"]


def test_a_run_that_finds_nothing_to_do_keeps_the_log(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    file = stage(f"echo trained; {COPY}")
    pipeline.run(file, "train", force=False, log=LOG)
    before = (project / LOG).read_bytes()
    pipeline.run(file, "train", force=False, log=LOG)
    assert (project / LOG).read_bytes() == before


def test_python_is_the_one_that_runs_mlspec(
    pipeline: DvcPipeline, project: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.setenv("SHELL", "/bin/false")
    script = 'import sys, os; print(sys.executable, os.environ["PYTHONHASHSEED"], sys.stdin.read())'
    pipeline.run(stage(f"python -c '{script}' > models/m/model"), "train", force=False, log=LOG)
    assert (project / "models/m/model").read_text().split() == [str(Path(sys.executable)), "0"]


def test_a_killed_command_is_named(pipeline: DvcPipeline, stage: Stage) -> None:
    with pytest.raises(StageFailed, match="SIGKILL") as caught:
        pipeline.run(stage("kill -9 $$"), "train", force=False, log=LOG)
    assert caught.value.status == 137


def test_an_unknown_stage_is_an_error(pipeline: DvcPipeline, stage: Stage) -> None:
    with pytest.raises(MlspecError, match="nothere"):
        pipeline.run(stage(COPY), "nothere", force=False, log=LOG)


def test_missing_tracked_data_is_pulled_by_its_pointer(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    (project / "data.dvc").write_text("outs: []\n")
    (project / "data/x.csv").unlink()
    with pytest.raises(MlspecError, match=r"dvc pull data\.dvc"):
        pipeline.run(stage(COPY), "train", force=False, log=LOG)


def test_a_former_result_is_restored_without_running(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    file, data = stage(COPY), project / "data/x.csv"
    pipeline.run(file, "train", force=False, log=LOG)
    before = data.read_text()
    data.write_text("other\n")
    assert pipeline.run(file, "train", force=False, log=LOG).ran
    data.write_text(before)
    assert not pipeline.run(file, "train", force=False, log=LOG).ran
    assert (project / "models/m/model").read_text() == before
    assert pipeline.check_clean(file) == []


def test_nothing_else_in_the_repository_is_read(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    """Were it, a broken neighbour would say so; and time would grow with the number of models."""
    (project / "models/broken").mkdir(parents=True)
    (project / "models/broken/dvc.yaml").write_text("stages: [not: {a: mapping\n")
    file = stage(COPY)
    assert pipeline.run(file, "train", force=False, log=LOG).ran
    assert pipeline.check_clean(file) == []
    assert pipeline.push(file) == 0


@pytest.mark.parametrize("ignored", ["/model\n", ""], ids=["listed", "not listed"])
def test_git_sees_only_the_lock(
    pipeline: DvcPipeline, project: Path, stage: Stage, git: Callable[..., str], ignored: str
) -> None:
    file = stage(COPY, more="  fails:\n    cmd: exit 1\n    wdir: ../..\n    outs: [models/m/other]\n")
    ignore = project / "models/m/.gitignore"
    ignore.write_text(ignored)
    git("add", ".")
    git("commit", "--quiet", "--message=specs")
    pipeline.run(file, "train", force=False, log=LOG)
    with pytest.raises(StageFailed):
        pipeline.run(file, "fails", force=False, log=LOG)
    assert ignore.read_text() == ignored
    changed = set(git("status", "--porcelain").splitlines())
    assert changed - {"?? models/m/model"} == {"?? models/m/dvc.lock"}


def test_dvc_itself_agrees(pipeline: DvcPipeline, stage: Stage, dvc: Callable[..., str]) -> None:
    file = stage(COPY)
    pipeline.run(file, "train", force=False, log=LOG)
    assert json.loads(dvc("status", "--json")) == {}


def test_status_names_what_changed(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    file = stage(COPY)
    pipeline.run(file, "train", force=False, log=LOG)
    (project / "data/x.csv").write_text("changed\n")
    assert pipeline.check_clean(file) == ["models/m/dvc.yaml:train: changed deps: data/x.csv modified"]


def test_the_current_directory_and_the_seam_are_put_back(pipeline: DvcPipeline, stage: Stage) -> None:
    before = Path.cwd(), dvc.stage.run._run
    with pytest.raises(StageFailed):
        pipeline.run(stage("exit 1"), "train", force=False, log=LOG)
    assert (Path.cwd(), dvc.stage.run._run) == before


def test_two_processes_run_two_models_at_once(project: Path, stage: Stage) -> None:
    """Each waits for a file of the other's command, so neither could end if they ran one after the other."""
    for mine, other in (("a", "b"), ("b", "a")):
        wait = f"touch {mine}.up; for i in $(seq 3000); do [ -e {other}.up ] && break; sleep .02; done"
        stage(f"{wait}; [ -e {other}.up ] && cp data/x.csv models/{mine}/model", model=mine)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_train, args=(str(project), name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert DvcPipeline(project).check_clean("models/a/dvc.yaml") == []
    assert DvcPipeline(project).check_clean("models/b/dvc.yaml") == []


def _train(root: str, model: str) -> None:
    DvcPipeline(root).run(f"models/{model}/dvc.yaml", "train", force=False, log=f".mlspec/logs/{model}/train.log")


def test_a_busy_path_is_waited_for_then_refused(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    file, rwlock = stage(COPY), project / ".dvc/tmp/rwlock"
    model = str(project / "models/m/model")
    rwlock.write_text(json.dumps({"write": {model: {"pid": os.getppid(), "cmd": "dvc repro"}}}))
    with pytest.raises(LockHeld):
        pipeline.run(file, "train", force=False, log=LOG)
    threading.Timer(0.1, rwlock.unlink).start()
    assert pipeline.run(file, "train", force=False, log=LOG).ran


def test_ctrl_c_ends_the_command_and_all_its_children(project: Path, stage: Stage) -> None:
    file = stage("sleep 61 & sleep 62 & echo $! > child; wait")
    mlspec = _start(project, file)
    child = _read_pid(project / "child")
    mlspec.send_signal(signal.SIGINT)
    assert mlspec.wait(60) == 130
    assert not _alive(child)
    rwlock = project / ".dvc/tmp/rwlock"
    assert json.loads(rwlock.read_text()) == {}


def test_a_command_does_not_outlive_a_killed_mlspec(pipeline: DvcPipeline, project: Path, stage: Stage) -> None:
    file = stage("echo $$ > child; exec sleep 61")
    mlspec = _start(project, file)
    child = _read_pid(project / "child")
    mlspec.kill()
    mlspec.wait(60)
    assert not _alive(child)
    pipeline.repair({})
    stage(COPY)
    assert pipeline.run(file, "train", force=False, log=LOG).ran


def _start(project: Path, file: str) -> subprocess.Popen[bytes]:
    code = (
        "import sys\n"
        "from mlspec.adapters.dvc.pipeline import DvcPipeline\n"
        f"try:\n    DvcPipeline({str(project)!r}).run({file!r}, 'train', force=False, log={LOG!r})\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code])


def _read_pid(path: Path) -> int:
    for _ in range(3000):
        if path.is_file() and (text := path.read_text().strip()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the command did not start")


def _alive(pid: int) -> bool:
    """Whether it still runs after ten seconds' patience; a zombie that nobody reaps does not."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True
