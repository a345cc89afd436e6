"""DVC's remote and tracked data: what is sent, fetched and refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.errors import IntegrityError, MlspecError

LOG = ".mlspec/logs/m/train.log"
Stage = Callable[..., str]
Dvc = Callable[..., str]


@pytest.fixture
def store(project: Path, tmp_path: Path) -> Path:
    """The objects of a default remote, a folder."""
    config = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {tmp_path / 'store'}\n"
    (project / ".dvc/config").write_text(config)
    return tmp_path / "store/files/md5"


def change(place: Path, content: str) -> None:
    """Edit a stored object as an attacker would: same size, read-only again."""
    place.chmod(0o644)
    place.write_text(content)
    place.chmod(0o444)


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_tampered_remote_is_refused(
    pipeline: DvcPipeline, project: Path, stage: Stage, store: Path, tmp_path: Path
) -> None:
    file = stage("cp data/x.csv models/m/model")
    pipeline.run(file, "train", force=False, log=LOG)
    files = pipeline.outputs("models/m/model")
    assert pipeline.push(file) == 1
    shutil.rmtree(project / ".dvc/cache")
    change(objects(store)[0], "a,b\n6,6\n")
    with pytest.raises(IntegrityError):
        pipeline.materialise(files, str(tmp_path / "bundle"))
    assert objects(project / ".dvc/cache") == []


def test_push_sends_again_what_the_remote_lost(pipeline: DvcPipeline, stage: Stage, store: Path) -> None:
    file = stage("mkdir models/m/model && cp data/x.csv models/m/model/a && echo b > models/m/model/b")
    pipeline.run(file, "train", force=False, log=LOG)
    assert pipeline.push(file) == 3  # two files and the folder's list
    next(path for path in objects(store) if path.suffix != ".dir").unlink()
    assert pipeline.push(file) == 1


def test_push_refuses_outputs_that_are_nowhere(pipeline: DvcPipeline, project: Path, stage: Stage, store: Path) -> None:
    file = stage("cp data/x.csv models/m/model")
    pipeline.run(file, "train", force=False, log=LOG)
    shutil.rmtree(project / ".dvc/cache/files")
    with pytest.raises(MlspecError, match="remote"):
        pipeline.push(file)


def test_push_leaves_uncached_outputs_alone(pipeline: DvcPipeline, project: Path, stage: Stage, store: Path) -> None:
    file = stage("cp data/x.csv models/m/model")
    text = (project / file).read_text().replace("[models/m/model]", "[models/m/model: {cache: false}]")
    (project / file).write_text(text)
    pipeline.run(file, "train", force=False, log=LOG)
    assert pipeline.push(file) == 0


def test_data_comes_back_from_the_remote(pipeline: DvcPipeline, project: Path, store: Path, dvc: Dvc) -> None:
    (project / "raw/deep").mkdir(parents=True)
    (project / "raw/deep/one.csv").write_text("1\n")
    (project / "raw/two.csv").write_text("2\n")
    dvc("add", "data/x.csv", "raw")
    dvc("push")
    for folder in (".dvc/cache/files", "raw"):
        shutil.rmtree(project / folder)
    (project / "data/x.csv").unlink()
    assert pipeline.missing(["raw/two.csv"]) == ["raw/two.csv"]
    assert pipeline.restore(["data/x.csv", "raw"]) == []
    assert (project / "raw/deep/one.csv").read_text() == "1\n"
    assert dvc("status", "--json").strip() == "{}"


def test_tampered_data_is_not_restored(pipeline: DvcPipeline, project: Path, store: Path, dvc: Dvc) -> None:
    dvc("add", "data/x.csv")
    dvc("push")
    (project / "data/x.csv").unlink()
    change(objects(project / ".dvc/cache/files/md5")[0], "a,b\n6,6\n")
    with pytest.raises(IntegrityError):
        pipeline.restore(["data/x.csv"])
    shutil.rmtree(project / ".dvc/cache/files")
    change(objects(store)[0], "a,b\n6,6\n")
    assert pipeline.restore(["data/x.csv"]) == ["data/x.csv"]
    assert not (project / "data/x.csv").exists()


def test_edits_of_tracked_data_are_seen(pipeline: DvcPipeline, project: Path, dvc: Dvc) -> None:
    (project / "raw").mkdir()
    (project / "raw/one.csv").write_text("1\n")
    (project / "raw/two.csv").write_text("2\n")
    dvc("add", "data/x.csv", "raw")
    assert pipeline.modified(["data/x.csv", "raw", "README.md"]) == []
    (project / "data/x.csv").write_text("edited\n")
    (project / "raw/two.csv").unlink()
    assert pipeline.modified(["data/x.csv", "raw", "README.md"]) == ["data/x.csv", "raw"]


def test_an_own_cache_folder_is_respected(pipeline: DvcPipeline, project: Path, stage: Stage, tmp_path: Path) -> None:
    (project / ".dvc/config").write_text(f"[cache]\n    dir = {tmp_path / 'shared'}\n")
    pipeline.run(stage("cp data/x.csv models/m/model"), "train", force=False, log=LOG)
    pipeline.materialise(pipeline.outputs("models/m/model"), str(tmp_path / "bundle"))
    assert (tmp_path / "bundle/model").read_text() == "a,b\n1,2\n"
    assert objects(tmp_path / "shared")


def test_a_remote_that_fails_is_an_error_and_no_noise(
    pipeline: DvcPipeline, stage: Stage, store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = stage("cp data/x.csv models/m/model")
    pipeline.run(file, "train", force=False, log=LOG)
    store.parent.parent.write_text("a file where the remote's folder should be\n")
    capfd.readouterr()
    with pytest.raises(MlspecError):
        pipeline.push(file)
    assert capfd.readouterr() == ("", "")
