"""One suite for the fake pipeline and for DVC itself."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from dvc.repo import Repo
from fakes.pipeline import FakePipeline

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.adapters.dvc.session import quiet
from mlspec.adapters.dvc.setup import init
from mlspec.errors import IntegrityError, MlspecError, StageFailed
from mlspec.ports.pipeline import Pipeline

FILE = "models/m/dvc.yaml"
MODEL = "models/m/model"
LOG = ".mlspec/logs/m/train.log"
TRAIN = f"""\
stages:
  train:
    cmd: mkdir -p {MODEL}/sub && cp data/x.csv {MODEL}/a.bin && echo two > {MODEL}/sub/b.txt && echo trained
    wdir: ../..
    deps: [data/x.csv]
    params: [models/m/params.yaml: [training]]
    outs: [{MODEL}]
  report:
    cmd: wc -c < {MODEL}/a.bin > models/m/metrics.json
    wdir: ../..
    deps: [{MODEL}]
    metrics: [models/m/metrics.json: {{cache: false}}]
"""


@dataclass(frozen=True)
class Rig:
    """A pipeline, and what the suite needs to know of how it stores things."""

    root: Path
    pipeline: Pipeline
    track: Callable[[str], None]
    """`dvc add`"""
    tamper: Callable[[str, bytes], None]
    """replace an object in the cache"""
    forget: Callable[[], None]
    """empty the cache"""


def rig_of_fake(root: Path, remote: Path | None) -> Rig:
    fake = FakePipeline(root, remote=remote is not None)
    return Rig(root, fake, fake.track, fake.cache.__setitem__, fake.cache.clear)


def rig_of_dvc(root: Path, remote: Path | None) -> Rig:
    init(root)
    if remote:
        (root / ".dvc/config").write_text(f"[core]\n    remote = store\n['remote \"store\"']\n    url = {remote}\n")
    cache = root / ".dvc/cache/files/md5"

    def track(path: str) -> None:
        with quiet(), warnings.catch_warnings(), Repo(str(root)) as repo:
            warnings.simplefilter("ignore", DeprecationWarning)  # DVC's own, in the index that we never build
            repo.add(str(root / path))

    def tamper(md5: str, content: bytes) -> None:
        place = cache / md5[:2] / md5[2:]
        place.chmod(0o644)
        place.write_bytes(content)
        place.chmod(0o444)

    return Rig(root, DvcPipeline(root), track, tamper, lambda: shutil.rmtree(cache))


@pytest.fixture(params=[rig_of_fake, rig_of_dvc], ids=["fake", "dvc"])
def make(request: pytest.FixtureRequest, repo: Path) -> Callable[[Path | None], Rig]:
    (repo / "data").mkdir()
    (repo / "data/x.csv").write_text("a,b\n1,2\n")
    (repo / "models/m").mkdir(parents=True)
    (repo / FILE).write_text(TRAIN)
    (repo / "models/m/params.yaml").write_text("model: m\ntraining: {depth: 1}\n")
    (repo / "models/m/.gitignore").write_text("/model\n")
    (repo / ".gitignore").write_text("/.mlspec/\n")
    return lambda remote: request.param(repo, remote)


@pytest.fixture
def rig(make: Callable[[Path | None], Rig]) -> Rig:
    return make(None)


@pytest.fixture
def remote_rig(make: Callable[[Path | None], Rig], tmp_path: Path) -> Rig:
    return make(tmp_path / "store")


def train(rig: Rig, *, force: bool = False) -> bool:
    return rig.pipeline.run(FILE, "train", force=force, log=LOG).ran


def test_a_stage_runs_once_until_something_changes(rig: Rig) -> None:
    assert train(rig)
    assert not train(rig)
    (rig.root / "models/m/params.yaml").write_text("model: m\ntraining: {depth: 2}\n")
    assert train(rig)
    (rig.root / "data/x.csv").write_text("a,b\n3,4\n")
    assert train(rig)
    assert (rig.root / MODEL / "a.bin").read_text() == "a,b\n3,4\n"


def test_force_runs_an_unchanged_stage(rig: Rig) -> None:
    assert train(rig)
    assert train(rig, force=True)


def test_only_the_named_stage_runs(rig: Rig) -> None:
    train(rig)
    (rig.root / "data/x.csv").write_text("changed\n")
    rig.pipeline.run(FILE, "report", force=False, log=LOG)
    assert (rig.root / MODEL / "a.bin").read_text() == "a,b\n1,2\n"
    assert (rig.root / "models/m/metrics.json").read_text().strip() == "8"


def test_the_log_holds_what_the_command_wrote(rig: Rig) -> None:
    train(rig)
    assert "trained\n" in (rig.root / LOG).read_text()


def test_a_failing_command_says_how_and_why(rig: Rig) -> None:
    stages = "stages:\n  train:\n    cmd: seq 30; echo no such column >&2; exit 3\n    wdir: ../..\n"
    (rig.root / FILE).write_text(stages + f"    outs: [{MODEL}]\n")
    with pytest.raises(StageFailed) as caught:
        train(rig)
    assert caught.value.status == 3
    assert len(caught.value.details) == 20
    assert caught.value.details[-1] == "no such column"


def test_an_output_that_was_not_written_fails_the_stage(rig: Rig) -> None:
    (rig.root / FILE).write_text(f"stages:\n  train:\n    cmd: 'true'\n    wdir: ../..\n    outs: [{MODEL}]\n")
    with pytest.raises(StageFailed, match="model") as caught:
        train(rig)
    assert caught.value.status == 0


@pytest.mark.parametrize("force", [False, True])
def test_a_missing_dependency_is_named_before_anything_is_lost(rig: Rig, force: bool) -> None:
    train(rig)
    (rig.root / "data/x.csv").unlink()
    with pytest.raises(MlspecError, match=r"data/x\.csv") as caught:
        train(rig, force=force)
    assert caught.value.hint
    assert (rig.root / MODEL / "a.bin").is_file()


def test_outputs_are_described_by_path_and_content(rig: Rig) -> None:
    train(rig)
    first, second = rig.pipeline.outputs(MODEL)
    data = b"a,b\n1,2\n"
    assert (first.path, second.path) == ("a.bin", "sub/b.txt")
    assert (first.md5, first.size, first.sha256) == (
        hashlib.md5(data).hexdigest(),
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    assert rig.pipeline.outputs("data/x.csv") == (replace(first, path="x.csv"),)


def test_absent_outputs_are_an_error(rig: Rig) -> None:
    with pytest.raises(MlspecError):
        rig.pipeline.outputs(MODEL)


def test_materialise_writes_the_files_from_the_cache(rig: Rig, tmp_path: Path) -> None:
    train(rig)
    files = rig.pipeline.outputs(MODEL)
    shutil.rmtree(rig.root / MODEL)
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").write_text("left over")
    rig.pipeline.materialise(files, str(target))
    assert sorted(path.name for path in target.iterdir()) == ["a.bin", "sub"]
    assert (target / "a.bin").read_text() == "a,b\n1,2\n"
    assert (target / "sub/b.txt").read_text() == "two\n"


def test_a_tampered_cache_is_refused_and_nothing_appears(rig: Rig, tmp_path: Path) -> None:
    train(rig)
    files = rig.pipeline.outputs(MODEL)
    rig.tamper(files[0].md5, b"a,b\n9,9\n")
    with pytest.raises(IntegrityError, match=r"a\.bin") as caught:
        rig.pipeline.materialise(files, str(tmp_path / "bundle"))
    assert files[0].sha256 in " ".join(caught.value.details)
    assert not (tmp_path / "bundle").exists()
    with pytest.raises(IntegrityError):
        rig.pipeline.push(FILE)


def test_what_can_not_be_had_is_an_error(rig: Rig, tmp_path: Path) -> None:
    train(rig)
    files = rig.pipeline.outputs(MODEL)
    rig.forget()
    with pytest.raises(MlspecError, match=r"a\.bin"):
        rig.pipeline.materialise(files, str(tmp_path / "bundle"))
    assert not (tmp_path / "bundle").exists()


def test_data_is_delivered_by_content_whatever_the_working_tree_holds(rig: Rig, tmp_path: Path) -> None:
    rig.track("data/x.csv")
    md5 = hashlib.md5((rig.root / "data/x.csv").read_bytes()).hexdigest()
    content = (rig.root / "data/x.csv").read_bytes()
    (rig.root / "data/x.csv").unlink()
    rig.pipeline.deliver({"data/x.csv": md5}, str(tmp_path / "there"))
    assert (tmp_path / "there/data/x.csv").read_bytes() == content
    rig.tamper(md5, b"other")
    with pytest.raises(IntegrityError, match="is not what its pointer names"):
        rig.pipeline.deliver({"data/x.csv": md5}, str(tmp_path / "there"))
    rig.forget()
    with pytest.raises(MlspecError):
        rig.pipeline.deliver({"data/x.csv": md5}, str(tmp_path / "there"))


def test_push_without_a_remote_sends_nothing(rig: Rig) -> None:
    train(rig)
    assert rig.pipeline.push(FILE) == 0


def test_push_then_materialise_from_the_remote(remote_rig: Rig, tmp_path: Path) -> None:
    train(remote_rig)
    files = remote_rig.pipeline.outputs(MODEL)
    assert remote_rig.pipeline.push(FILE) >= 2
    assert remote_rig.pipeline.push(FILE) == 0
    remote_rig.forget()
    remote_rig.pipeline.materialise(files, str(tmp_path / "bundle"))
    assert (tmp_path / "bundle/a.bin").read_text() == "a,b\n1,2\n"


def test_tracked_data_is_missing_until_it_is_restored(rig: Rig) -> None:
    (rig.root / "raw").mkdir()
    (rig.root / "raw/one.csv").write_text("1\n")
    (rig.root / "raw/two.csv").write_text("2\n")
    rig.track("data/x.csv")
    rig.track("raw")
    paths = ["data/x.csv", "raw", "README.md", "never.csv"]
    assert rig.pipeline.missing(paths) == []
    (rig.root / "data/x.csv").unlink()
    shutil.rmtree(rig.root / "raw")
    assert rig.pipeline.missing(paths) == ["data/x.csv", "raw"]
    assert rig.pipeline.restore(paths) == []
    assert (rig.root / "data/x.csv").read_text() == "a,b\n1,2\n"
    assert (rig.root / "raw/two.csv").read_text() == "2\n"


def test_what_is_adopted_is_tracked_and_what_was_there_can_be_had_again(rig: Rig) -> None:
    rig.track("data/x.csv")
    before = (rig.root / "data/x.csv.dvc").read_bytes()
    (rig.root / "new.csv").write_text("a,b\n3,4\n")
    rig.pipeline.adopt("new.csv", "data/x.csv")
    (rig.root / "new.csv").write_text("y\n1\n")
    rig.pipeline.adopt("new.csv", "deep/down/y.csv")
    assert not (rig.root / "new.csv").exists()
    paths = ["data/x.csv", "deep/down/y.csv"]
    assert (rig.pipeline.modified(paths), rig.pipeline.missing(paths)) == ([], [])
    for path in paths:
        (rig.root / path).unlink()
    assert rig.pipeline.restore(paths) == []
    assert [(rig.root / path).read_text() for path in paths] == ["a,b\n3,4\n", "y\n1\n"]
    (rig.root / "data/x.csv.dvc").write_bytes(before)
    (rig.root / "data/x.csv").unlink()
    assert rig.pipeline.restore(paths) == []
    assert (rig.root / "data/x.csv").read_text() == "a,b\n1,2\n"


def test_data_that_can_not_be_had_is_named(rig: Rig) -> None:
    rig.track("data/x.csv")
    (rig.root / "data/x.csv").unlink()
    rig.forget()
    assert rig.pipeline.restore(["data/x.csv"]) == ["data/x.csv"]


def test_checkout_puts_outputs_back_from_the_cache_alone(remote_rig: Rig) -> None:
    train(remote_rig)
    remote_rig.pipeline.push(FILE)
    model = remote_rig.root / MODEL
    before = remote_rig.pipeline.outputs(MODEL)
    shutil.rmtree(model)
    (model / "other").mkdir(parents=True)
    (model / "other/c.txt").write_text("a candidate's")
    remote_rig.pipeline.checkout(FILE)
    assert remote_rig.pipeline.outputs(MODEL) == before
    (model / "sub/b.txt").unlink()
    remote_rig.forget()
    remote_rig.pipeline.checkout(FILE)
    assert not model.exists()


def test_checkout_without_a_lock_leaves_all_as_it_is(rig: Rig) -> None:
    (rig.root / MODEL).mkdir(parents=True)
    rig.pipeline.checkout(FILE)
    rig.pipeline.checkout("models/absent/dvc.yaml")
    assert (rig.root / MODEL).is_dir()


def test_repair_mends_what_a_kill_leaves(rig: Rig) -> None:
    train(rig)
    lock = rig.root / "models/m/dvc.lock"
    good = lock.read_bytes()
    lock.write_bytes(b"")
    (rig.root / "models/n").mkdir()
    (rig.root / "models/n/dvc.lock").write_bytes(b"")
    rwlock = rig.root / ".dvc/tmp/rwlock"
    rwlock.parent.mkdir(parents=True, exist_ok=True)
    rwlock.write_bytes(b"")
    locks = {"models/m/dvc.lock": good, "models/n/dvc.lock": None, "models/absent/dvc.lock": b"x"}
    assert rig.pipeline.repair(locks) == [".dvc/tmp/rwlock", "models/m/dvc.lock", "models/n/dvc.lock"]
    assert lock.read_bytes() == good
    assert not (rig.root / "models/n/dvc.lock").exists()
    assert rig.pipeline.repair(locks) == []
    assert not train(rig)
