"""Uncommitted changes: refused and named where a version would stand on them, left alone everywhere else."""

from __future__ import annotations

import pytest
from e2e.project import ESTIMATOR, Project

LOCK = "numpy==2.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture
def with_code(project: Project) -> Project:
    """A command with code of its own, an import of it, a data folder and a lock."""
    project.write("src/fit.py", "import helper\nraise SystemExit('never run')\n")
    project.write("src/helper.py", "SIZE = 1\n")
    project.write("requirements.lock", LOCK)
    project.write(".gitignore", project.read(".gitignore") + "/out/\n")
    training = (
        "  command: python src/fit.py\n  deps: [src]\n  outs: [out/m.skops]\n  environment: {lock: requirements.lock}\n"
    )
    project.edit("specs/toy.yaml", ESTIMATOR, training)
    project.mlspec("compile")
    project.commit("code")
    return project


CHANGES = {
    "specs/toy.yaml": "# a note\n",
    "specs/project.yaml": "# a note\n",
    "data/rows.csv": "0.5,0.5,1\n",
    "src/fit.py": "x = 1\n",
    "src/helper.py": "x = 1\n",
    "requirements.lock": "# a note\n",
}


@pytest.mark.parametrize("staged", [True, False], ids=["staged", "not staged"])
def test_every_changed_input_is_named(with_code: Project, quick, staged: bool) -> None:
    for path, text in CHANGES.items():
        with_code.write(path, with_code.read(path) + text)
    if staged:
        with_code.git("add", "--all")
    before = with_code.state
    plan = quick(with_code, "plan")
    assert "not committed, so that apply will refuse" in plan.out
    for verb in (["apply", "--yes"], ["reconcile"], ["apply", "--yes", "--json"]):
        done = quick(with_code, *verb, code=1)
        assert "there are uncommitted changes in what would be applied" in done.err
        assert sorted(line.strip() for line in done.err.splitlines() if line.strip() in CHANGES) == sorted(CHANGES)
        assert "hint: git commit them" in done.err
        assert with_code.state == before
    assert done.out == ""


def test_a_new_file_among_the_code_counts(with_code: Project, quick) -> None:
    with_code.write("src/more.py", "x = 1\n")
    done = quick(with_code, "apply", "--yes", code=1)
    assert "  src/more.py" in done.err


def test_a_removed_input_counts(with_code: Project, quick) -> None:
    (with_code.root / "src/helper.py").unlink()
    done = quick(with_code, "apply", "--yes", code=1)
    assert "  src/helper.py" in done.err


@pytest.mark.slow
def test_what_is_no_input_is_left_alone(trained_project: Project) -> None:
    project = trained_project
    project.write("specs/project.yaml", project.read("specs/project.yaml"))
    project.write("notes.txt", "mine\n")
    project.write("staged.txt", "mine too\n")
    project.git("add", "staged.txt")
    before = project.status
    assert before == "A  staged.txt\n?? notes.txt"
    project.mlspec("apply", "--yes", "--only", "train")
    project.edit("specs/toy.yaml", "C: 1.0", "C: 0.5")
    project.git("commit", "--quiet", "--message", "C", "specs/toy.yaml")
    project.mlspec("apply", "--yes", "--only", "train")
    assert project.status == before
    assert "toy@v0.2.0" in project.tags
    changed = project.git("show", "--name-only", "--format=", "HEAD").split()
    assert all(path.startswith("models/toy/") for path in changed)


def test_another_models_changes_do_not_stop_this_one(trained_project: Project, quick) -> None:
    spec = trained_project.read("specs/toy.yaml").replace("name: toy", "name: other")
    trained_project.write("specs/other.yaml", spec)
    done = quick(trained_project, "apply", "--yes", "--only", "train", "toy")
    assert "uncommitted" not in done.err
    assert trained_project.status == "?? specs/other.yaml"
