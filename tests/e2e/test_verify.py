"""`mlspec verify`: forgeries that DVC accepts, at each link from the data to the record; and what proves a version."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from e2e.project import ESTIMATOR, Project

FOREST = "  estimator: sklearn.ensemble.RandomForestClassifier\n"


def record(project: Project) -> dict[str, Any]:
    """The record in the tag of toy@v0.1.0."""
    text = project.git("for-each-ref", "--format=%(contents)", "refs/tags/toy@v0.1.0")
    found: dict[str, Any] = json.loads(text[text.index("{") :])
    return found


def retag(project: Project, content: dict[str, Any], commit: str = "HEAD") -> None:
    """The tag once more, as somebody with a shell would write it."""
    text = json.dumps({"format": 1} | content, sort_keys=True, ensure_ascii=False)
    message = f"Register toy v0.1.0\n\n{text}"
    project.git("tag", "--force", "--annotate", "--message", message, "toy@v0.1.0", commit)


def swap(path: Path, data: bytes) -> None:
    """Other bytes, and all that DVC looks at as it was: DVC believes a read-only file in its cache."""
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


def cached(project: Project, md5: str) -> Path:
    """Where DVC's cache has an object."""
    return project.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def differing(project: Project) -> dict[str, str]:
    """what → what was found, of all that is not as recorded."""
    said = project.mlspec("verify", "toy", "--json", code=3).json
    assert not said["same"]
    return {f"{item['what']} {item['subject']}": item["found"] for item in said["findings"] if not item["same"]}


@pytest.mark.slow
def test_a_version_that_is_what_it_says(trained_project: Project) -> None:
    before = trained_project.state
    trained_project.write("data/rows.csv", "a,b,y\n")  # the working tree is not what is proved
    said = trained_project.mlspec("verify", "toy@v0.1.0").out
    assert "toy@v0.1.0 is what its record says: trained once more, it gives the same bytes" in said
    trained_project.git("checkout", "--quiet", "--", ".")
    assert trained_project.state == before


def test_there_is_nothing_to_prove(project: Project) -> None:
    assert "no version of `toy` is registered" in project.mlspec("verify", "toy", code=1).err
    assert "`v1` is no version" in project.mlspec("verify", "toy@v1", code=1).err


def test_a_metric_in_the_tag_that_is_better_than_it_was(trained_project: Project) -> None:
    content = record(trained_project)
    content["metrics"]["accuracy"] = 1.0
    retag(trained_project, content)
    assert list(differing(trained_project)) == ["record models/toy/version.json"]


@pytest.mark.slow
def test_a_model_that_was_swapped_in_the_cache(trained_project: Project) -> None:
    [skops] = [file for file in record(trained_project)["artefact"] if file["path"] == "model.skops"]
    path = cached(trained_project, skops["md5"])
    swap(path, path.read_bytes()[:-1] + b"!")
    assert trained_project.dvc("status") == "Data and pipelines are up to date.\n", "DVC sees nothing"
    [(what, words)] = differing(trained_project).items()
    assert what == "artefact in DVC's cache or remote: model.skops"
    assert words == hashlib.sha256(path.read_bytes()).hexdigest()
    told = trained_project.mlspec("verify", "toy", code=3).out
    assert f"recorded {skops['sha256']}, found {words}\n" in told


@pytest.mark.slow
def test_a_dvc_lock_that_was_forged(trained_project: Project) -> None:
    """`dvc commit` takes whatever lies there for what the stage made."""
    model = trained_project.root / "models/toy/model/signature.json"
    swap(model, model.read_bytes().replace(b'"number"', b'"integer"'))
    trained_project.dvc("commit", "--force", "models/toy/dvc.yaml")
    trained_project.commit("nothing to see")
    assert trained_project.dvc("status") == "Data and pipelines are up to date.\n"
    retag(trained_project, record(trained_project))
    assert list(differing(trained_project)) == ["record models/toy/dvc.lock: the model"]


@pytest.mark.slow
def test_a_forgery_that_agrees_with_itself(trained_project: Project) -> None:
    """Model, cache, dvc.lock, version.json and tag: only training once more can tell."""
    model = trained_project.root / "models/toy/model/signature.json"
    swap(model, model.read_bytes().replace(b'"number"', b'"integer"'))
    trained_project.dvc("commit", "--force", "models/toy/dvc.yaml")
    content = record(trained_project)
    [entry] = [file for file in content["artefact"] if file["path"] == "signature.json"]
    data = model.read_bytes()
    entry |= {"md5": hashlib.md5(data).hexdigest(), "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    trained_project.write("models/toy/version.json", json.dumps(content, sort_keys=True) + "\n")
    trained_project.commit("nothing to see")
    retag(trained_project, content)
    assert list(differing(trained_project)) == ["artefact again: signature.json"]


@pytest.mark.slow
def test_data_that_was_swapped_in_the_cache(project: Project) -> None:
    project.git("rm", "--quiet", "--cached", "data/rows.csv")
    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("data by DVC")
    project.mlspec("apply", "--yes", "--only", "train")
    md5 = str(record(project)["inputs"]["data/rows.csv"]).removeprefix("md5:")
    path = cached(project, md5)
    swap(path, path.read_bytes().replace(b",1\n", b",0\n", 3))
    assert list(differing(project)) == ["data data/rows.csv"]


def test_a_tag_that_was_moved_to_other_code_and_params(trained_project: Project) -> None:
    trained_project.spec("{C: 1.0}", "{C: 2.0}")
    retag(trained_project, record(trained_project))
    said = trained_project.mlspec("verify", "toy", code=3).out
    assert "params  training.params.C: recorded 1.0, found 2.0" in said
    assert "it was not trained again" in said


@pytest.mark.slow
def test_a_training_that_gives_another_model_each_time(project: Project) -> None:
    project.edit("specs/toy.yaml", ESTIMATOR, FOREST)
    project.edit("specs/toy.yaml", "{C: 1.0}", "{n_estimators: 3}")
    project.mlspec("compile")
    project.commit()
    project.mlspec("apply", "--yes", "--only", "train")
    said = project.mlspec("verify", "toy", code=3).out
    assert "artefact  again: model.skops" in said
    assert "random_state" in said
    project.edit("specs/toy.yaml", "  target: y\n", "  target: y\n  reproducible: metrics\n")
    project.edit("specs/toy.yaml", "  metrics: [accuracy]\n", "  metrics: [accuracy]\n  tolerance: 1\n")
    assert "gives the same metrics" in project.mlspec("verify", "toy").out
    assert project.planned() == ["promote:toy:production", "deploy:toy:production"], "nothing is trained for it"
