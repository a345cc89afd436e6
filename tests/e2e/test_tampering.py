"""The chain from data to what runs, tampered with at each link in turn, and where that is caught.

| link | caught by | here, or in |
|---|---|---|
| data beside its pointer, the pointer itself | `plan` | here |
| data in DVC's cache | `verify` | `test_verify.py` |
| generated files | `plan`, `compile --check` | here, `errors/test_generated.py` |
| dvc.lock | `verify`; deployments don't look at it | `test_verify.py`, `errors/test_integrity.py` |
| model in DVC's cache | `apply`, `verify` | `errors/test_integrity.py`, `test_verify.py` |
| record in the tree | nobody believes it: the tag counts | here |
| record in the tag, the tag's commit, all of it at once | `verify` | here, `test_verify.py` |
| bytes that a process serves | its workers | `tests/unit/adapters/process/test_bundles.py` |
| image, container | `plan` | `docker/test_tampered_image.py` |
"""

from __future__ import annotations

import json

import pytest
from e2e.project import Project

PARAMS, STAGES, DOCKERFILE, WORKFLOW = (
    *("models/toy/params.yaml", "models/toy/dvc.yaml", "models/toy/Dockerfile"),
    ".github/workflows/mlspec-reconcile.yml",
)
CONTAINERS = "apiVersion: mlspec/v1\nkind: Project\nenvironments:\n  production: {}\n  hosted: {target: docker}\n"


@pytest.mark.slow
def test_data_that_is_not_what_its_pointer_says(project: Project) -> None:
    project.git("rm", "--quiet", "--cached", "data/rows.csv")
    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("data by DVC")
    project.mlspec("apply", "--yes", "--only", "train")
    rows, pointer = project.read("data/rows.csv"), project.read("data/rows.csv.dvc")

    project.write("data/rows.csv", rows.replace(",1\n", ",0\n", 3))
    seen = project.plan()
    assert [action["id"] for action in seen["actions"] if action["action"] == "train"] == []
    assert seen["warnings"] == ["edited without `dvc add`, so that nothing is planned for it: data/rows.csv"]

    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("rows")
    [train] = [action for action in project.plan()["actions"] if action["action"] == "train"]
    assert [(reason["kind"], reason["subject"]) for reason in train["because"]] == [("DataChanged", "data/rows.csv")]
    assert project.read("data/rows.csv.dvc") != pointer
    assert project.tags == ["toy@v0.1.0"]


@pytest.mark.parametrize("path", [PARAMS, STAGES, DOCKERFILE, WORKFLOW])
def test_a_generated_file_that_was_edited_and_committed(trained_project: Project, path: str) -> None:
    project = trained_project
    if path == DOCKERFILE:
        project.write("specs/project.yaml", CONTAINERS)
        project.edit("specs/toy.yaml", "  production: {}\n", "  production: {}\n  hosted: {}\n")
        project.mlspec("compile")
        project.commit("containers")
    project.write(path, project.read(path).replace("\n", "\n# nothing to see\n", 1) + "# nor here\n")
    project.commit("nothing to see")
    assert f"  {path}: hand-edited" in project.mlspec("compile", "--check", code=3).err
    assert path in project.held()["HandEdited"]
    before = project.read(path)
    assert path in project.mlspec("compile", code=1).err
    assert project.read(path) == before, "what somebody wrote is not overwritten"


def test_a_record_in_the_tree_that_is_better_than_the_tags_is_not_believed(trained_project: Project) -> None:
    project = trained_project
    path = "models/toy/version.json"
    found = json.loads(project.read(path))
    planned, true = project.planned(), found["metrics"]["accuracy"]
    found["metrics"]["accuracy"] = 0.99999
    found["verdicts"][0]["value"] = 0.99999
    project.write(path, json.dumps(found, sort_keys=True) + "\n")
    project.commit("better")
    assert project.planned() == planned
    card = project.mlspec("card", "toy").out
    assert "0.99999" not in card
    assert f"{true:.6g}" in card


def test_a_record_in_the_tree_of_a_version_that_nobody_tagged_is_checked_by_its_bytes(trained_project: Project) -> None:
    """As a crash between commit and tag would leave it, but for a model that was never trained."""
    project = trained_project
    path = "models/toy/version.json"
    found = json.loads(project.read(path))
    found |= {"version": "v9.0.0", "artefact": [file | {"sha256": "0" * 64} for file in found["artefact"]]}
    project.write(path, json.dumps(found, sort_keys=True) + "\n")
    project.commit("a version of mine")
    done = project.mlspec("apply", "--yes", code=1)
    assert "✗" in done.out
    assert "v9.0.0" not in json.dumps(project.mlspec("status", "--json").json["models"][0]["environments"][0]["actual"])
