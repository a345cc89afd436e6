"""Digests decide: the same inputs give the same bytes, and only what may change a model trains one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.project import Project

from mlspec.adapters.dvc.pipeline import DvcPipeline

pytestmark = pytest.mark.slow

SCALING = '''\
"""How pixels are scaled."""

TOP = 16  # the darkest pixel


def bounds() -> tuple[int, int]:
    """Lowest and highest value."""
    return 0, TOP
'''
CODE, HELPER, SPEC, DATA = "src/digits.py", "src/scaling.py", "specs/digits.yaml", "data/digits.csv"


@dataclass(frozen=True)
class Mutation:
    """An edit of one file, and whether it may change the model."""

    what: str
    path: str
    edit: Callable[[str], str]
    trains: bool


def replaced(old: str, new: str) -> Callable[[str], str]:
    """An edit that fails where there is nothing to replace."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return edit


def appended(more: str) -> Callable[[str], str]:
    return lambda text: text + more


MUTATIONS = (
    Mutation("a comment", CODE, appended("# a comment\n"), trains=False),
    Mutation("a docstring", CODE, replaced("Read params and rows, train, write the model.", "Do it."), trains=False),
    Mutation("the module's docstring", CODE, replaced("Trains the classifier", "Makes the classifier"), trains=False),
    Mutation("blank lines", CODE, replaced("\n\ndef main", "\n\n\n\ndef main"), trains=False),
    Mutation("other quotes", CODE, replaced('"digit"', "'digit'"), trains=False),
    Mutation("needless parentheses", CODE, replaced('rows["digit"])', '(rows["digit"]))'), trains=False),
    Mutation("a constant", CODE, replaced('dtype="float64"', 'dtype="float32"'), trains=True),
    Mutation("another function's name", CODE, replaced("main()", "train()"), trains=True),
    Mutation("a variable's name", CODE, replaced("rows", "table"), trains=True),
    Mutation("no annotation", CODE, replaced("def main() -> None:", "def main():"), trains=True),
    Mutation("another statement", CODE, replaced("    model.fit(", "    pixels += 1\n    model.fit("), trains=True),
    Mutation("an import", CODE, replaced("import pandas as pd\n", "import math\n\nimport pandas as pd\n"), trains=True),
    Mutation("a comment in the imported helper", HELPER, replaced("darkest", "blackest"), trains=False),
    Mutation(
        "a docstring in the helper", HELPER, replaced("Lowest and highest", "Smallest and greatest"), trains=False
    ),
    Mutation("a constant in the helper", HELPER, replaced("TOP = 16", "TOP = 15"), trains=True),
    Mutation("a new module that nothing imports", "src/other.py", appended("X = 1\n"), trains=False),
    Mutation("the README", "README.md", appended("More words.\n"), trains=False),
    Mutation("a comment in the spec", SPEC, appended("# a comment\n"), trains=False),
    Mutation("the owner", SPEC, replaced("post@example.com", "letters@example.com"), trains=False),
    Mutation("the replicas", SPEC, replaced("replicas: 1", "replicas: 2"), trains=False),
    Mutation("a parameter", SPEC, replaced("C: 10.0", "C: 9.0"), trains=True),
    Mutation("a parameter less", SPEC, replaced("    gamma: 0.001\n", ""), trains=True),
    Mutation("the split's seed", SPEC, replaced("seed: 7", "seed: 8"), trains=True),
    Mutation("one row less", DATA, lambda text: text.rstrip("\n").rpartition("\n")[0] + "\n", trains=True),
)


@pytest.fixture
def digits(environment: None, tmp_path: Path) -> Project:
    """The digits example, its code with a helper that `deps` does not name, trained once."""
    command = [sys.executable, "-m", "mlspec", "init", "--example", "digits", "shop"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    project = Project(tmp_path / "shop")
    project.write(HELPER, SCALING)
    project.edit(CODE, "import pandas as pd\n", "import pandas as pd\nfrom scaling import bounds\n")
    project.edit(CODE, "MinMaxScaler((0, 16))", "MinMaxScaler(bounds())")
    project.commit("a helper")
    project.mlspec("apply", "--yes", "--only", "train")
    return project


def test_only_what_may_change_a_model_trains_it(digits: Project) -> None:
    """DVC is asked as a user would: it knows of a spec only what was compiled, and of code only what `deps` names."""
    wrong, table = [], []
    for mutation in MUTATIONS:
        with edited(digits, mutation):
            ours = "train:digits" in digits.planned()
            theirs = bool(DvcPipeline(digits.root).check_clean("models/digits/dvc.yaml"))
        table.append((mutation, ours, theirs))
        wrong += [mutation.what] if ours != mutation.trains else []
    print(f"{'a change of':<36} changes  mlspec  dvc status")
    for mutation, ours, theirs in table:
        print(f"{mutation.what:<36} {mutation.trains!s:<7}  {ours!s:<6}  {theirs}")
    print(
        f"mlspec wrong {len(wrong)}, dvc status wrong {sum(row[0].trains != row[2] for row in table)} of {len(table)}"
    )
    assert wrong == []
    assert "train:digits" not in digits.planned()

    mutation = next(item for item in MUTATIONS if item.what == "a constant in the helper")
    digits.write(HELPER, mutation.edit(digits.read(HELPER)))
    digits.commit(mutation.what)
    digits.mlspec("apply", "--yes", "--only", "train")
    assert digits.tags == ["digits@v0.1.0", "digits@v0.2.0"]
    assert artefact(digits, "digits@v0.1.0") != artefact(digits, "digits@v0.2.0"), "DVC skipped the stage"
    assert digits.planned() == ["promote:digits:production", "deploy:digits:production"]
    assert digits.status == ""


class edited:  # noqa: N801 - a context, named for how it reads
    """The project while a mutation is in its working tree."""

    def __init__(self, project: Project, mutation: Mutation) -> None:
        self.project, self.mutation = project, mutation
        self.path = project.root / mutation.path
        self.before = self.path.read_bytes() if self.path.exists() else None

    def __enter__(self) -> None:
        self.path.write_text(self.mutation.edit((self.before or b"").decode()))

    def __exit__(self, *_: object) -> None:
        if self.before is None:
            self.path.unlink()
        else:
            self.path.write_bytes(self.before)


def artefact(project: Project, tag: str) -> dict[str, str]:
    """path → SHA-256 of a version's files, as its tag has them."""
    body = json.loads(project.git("tag", "--list", "--format=%(contents:body)", tag))
    return {item["path"]: item["sha256"] for item in body["artefact"]}


@pytest.fixture
def untrained(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """The toy in a clone at another place, with neither cache nor hints of the first."""
    template = Project(request.getfixturevalue("project_template"))
    template.git("clone", "--quiet", str(template.root), str(tmp_path / "elsewhere" / "shop"))
    return Project(tmp_path / "elsewhere" / "shop")


def test_two_trainings_in_two_clones_give_the_same_bytes(untrained: Project, trained_project: Project) -> None:
    untrained.mlspec("apply", "--yes", "--only", "train", env={**os.environ, "PYTHONHASHSEED": "77"})
    assert artefact(untrained, "toy@v0.1.0") == artefact(trained_project, "toy@v0.1.0")
    for path in ("dvc.lock", "version.json", "metrics.json", "validation.json"):
        assert untrained.read(f"models/toy/{path}") == trained_project.read(f"models/toy/{path}"), path
    assert untrained.git("rev-parse", "HEAD^{tree}") == trained_project.git("rev-parse", "HEAD^{tree}")
