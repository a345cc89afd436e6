"""A campaign of mutations on a real repository: the plan names exactly what was changed, and trains for nothing else.

In process, without training: the versions' records are those that a training of the first commit would have left.
Each mutation is one edit of a file that is looked at, explained and taken back.
"""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes.wanted import GATES, record

from mlspec.adapters.dvc.setup import init
from mlspec.cli.wiring import RealPorts
from mlspec.domain.plan import Action, ActionKind
from mlspec.planner.plan import Selection, make_plan
from mlspec.reconciler.explaining import explain
from mlspec.reconciler.world import observe

CHURN = """\
apiVersion: mlspec/v1
kind: Model
name: churn  # who leaves
description: Who will leave
owners: [growth@example.com]
data:
  sources:
    - {name: customers, path: data/churn.csv}
  validation:
    columns:
      tenure: {type: integer, min: 0}
      plan: {type: category, values: [basic, plus]}
    rows: {min: 3}
  split: {test: 0.25, stratify: churned, seed: 7}
training:
  command: python -m churn.fit
  deps: [src/churn/settings.json]
  outs: [models/churn/churn.skops]
  target: churned
  exclude: [name]
  params: {depth: 3, rates: [0.1, 0.2], deep: {a: 1, b: null}}
  environment: {python: "3.11", lock: requirements.lock}
  compute: {cpu: 2, timeout: 30m}
evaluation:
  metrics: [accuracy]
  gates:
    - {metric: accuracy, min: 0.8}
deploy:
  production: {replicas: 1}
"""
WINE = """\
apiVersion: mlspec/v1
kind: Model
name: wine
data:
  sources:
    - {name: wines, path: data/wine.csv}
training:
  estimator: sklearn.ensemble.RandomForestClassifier
  target: cultivar
  features: [alcohol, ash]
  params: {random_state: 7}
  search:
    trials: 9
    maximize: accuracy
    space:
      max_depth: {min: 2, max: 9}
      criterion: [gini, entropy]
evaluation: {metrics: [accuracy]}
deploy: {production: {}}
"""
FIT = '''\
"""Fits the model."""

import json
from pathlib import Path

from churn.rows import clean

LIMIT = 3


class Model:
    """A model."""

    size = 1

    def fit(self, rows):
        """Fit it."""
        return rows[:LIMIT]  # the first


def main() -> None:
    Model().fit(clean(json.loads(Path("rows.json").read_text())))


if __name__ == "__main__":
    main()
'''
ROWS = "def clean(rows):\n    return [row for row in rows if row]\n"
CUSTOMERS = "name,tenure,plan,churned\nada,3,basic,0\nben,5,plus,1\ncy,0,basic,0\ndee,,plus,1\n"
WINES = "alcohol,ash,cultivar\n13.2,2.1,1\n12.9,1.8,2\n14.1,2.4,1\n"
LOCK = "# pinned\nnumpy==2.1.0 \\\n    --hash=sha256:aa\nscikit-learn==1.6.0\n"

SPEC_CHURN, SPEC_WINE = "specs/churn.yaml", "specs/wine.yaml"
CODE, HELPER, DATA, PACKAGES = "src/churn/fit.py", "src/churn/rows.py", "data/churn.csv", "requirements.lock"
POINTER = "data/wine.csv.dvc"
FILES = {
    SPEC_CHURN: CHURN,
    SPEC_WINE: WINE,
    CODE: FIT,
    HELPER: ROWS,
    "src/churn/__init__.py": "",
    "src/churn/settings.json": '{"a": 1}\n',
    DATA: CUSTOMERS,
    PACKAGES: LOCK,
}


@dataclass(frozen=True)
class Mutation:
    """An edit, and all that the plan has to say of it: subjects by kind, then details. Nothing: nothing trains."""

    what: str
    path: str
    old: str
    new: str
    because: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def spec(what: str, old: str, new: str, *because: str, path: str = SPEC_CHURN) -> Mutation:
    return Mutation(what, path, old, new, because)


def wine(what: str, old: str, new: str, *because: str) -> Mutation:
    return spec(what, old, new, *because, path=SPEC_WINE)


def data(what: str, old: str, new: str, *details: str) -> Mutation:
    return Mutation(what, DATA, old, new, ("DataChanged data/churn.csv",), details)


def code(what: str, old: str, new: str, *details: str, path: str = CODE) -> Mutation:
    return Mutation(what, path, old, new, (f"CodeChanged {path}",) if details else (), details)


def lock(what: str, old: str, new: str, *packages: str) -> Mutation:
    return Mutation(what, PACKAGES, old, new, tuple(f"EnvironmentChanged {name}" for name in packages))


MUTATIONS = (
    # training
    spec("command", "-m churn.fit", "-m churn.fit --fast", "SpecChanged training.command"),
    spec("a dep less", "  deps: [src/churn/settings.json]\n", "", "CodeChanged src/churn/settings.json"),
    spec("another dep", "settings.json]", "settings.json, data/churn.csv]"),
    spec("outs", "churn/churn.skops", "churn/other.skops", "SpecChanged training.outs"),
    spec("target", "target: churned", "target: plan", "SpecChanged training.target"),
    spec("exclude", "exclude: [name]", "exclude: [name, tenure]", "SpecChanged training.exclude"),
    spec(
        "features",
        "  exclude: [name]",
        "  features: [tenure]",
        "SpecChanged training.exclude",
        "SpecChanged training.features",
    ),
    spec("a param", "depth: 3", "depth: 4", "ParamChanged training.params.depth"),
    spec("a param's type", "depth: 3", "depth: 3.0", "ParamChanged training.params.depth"),
    spec("a param as text", "depth: 3", 'depth: "3"', "ParamChanged training.params.depth"),
    spec("a param less", "depth: 3, ", "", "ParamChanged training.params.depth"),
    spec("a param more", "depth: 3", "depth: 3, more: 1", "ParamChanged training.params.more"),
    spec(
        "a param's name",
        "depth: 3",
        "width: 3",
        "ParamChanged training.params.depth",
        "ParamChanged training.params.width",
    ),
    spec("a list's order", "[0.1, 0.2]", "[0.2, 0.1]", "ParamChanged training.params.rates"),
    spec("a null inside", "b: null", "b: 0", "ParamChanged training.params.deep"),
    spec("python", '"3.11"', '"3.12"', "EnvironmentChanged training.environment.python"),
    spec("no lock", ", lock: requirements.lock", "", "EnvironmentChanged requirements.lock"),
    wine("estimator", "RandomForest", "ExtraTrees", "SpecChanged training.estimator"),
    wine("features' order", "[alcohol, ash]", "[ash, alcohol]", "SpecChanged training.features"),
    wine("search.trials", "trials: 9", "trials: 8", "ParamChanged training.search.trials"),
    wine("search.method", "trials: 9", "trials: 9\n    method: halving", "ParamChanged training.search.method"),
    wine("search.folds", "trials: 9", "trials: 9\n    folds: 3", "ParamChanged training.search.folds"),
    wine("search.seed", "trials: 9", "trials: 9\n    seed: 1", "ParamChanged training.search.seed"),
    wine("a range", "max: 9", "max: 8", "ParamChanged training.search.space.max_depth"),
    wine("a list of values", "[gini, entropy]", "[gini]", "ParamChanged training.search.space.criterion"),
    # data
    spec("split.test", "test: 0.25", "test: 0.3", "SpecChanged data.split.test"),
    spec("split.seed", "seed: 7", "seed: 8", "SpecChanged data.split.seed"),
    spec("split.stratify", "stratify: churned, ", "", "SpecChanged data.split.stratify"),
    spec(
        "split.group",
        "stratify: churned",
        "group: name",
        "SpecChanged data.split.group",
        "SpecChanged data.split.stratify",
    ),
    spec(
        "a column's type",
        "{type: integer, min: 0}",
        "{type: number, min: 0}",
        "SpecChanged data.validation.columns.tenure.type",
    ),
    spec("nullable", "min: 0}", "min: 0, nullable: true}", "SpecChanged data.validation.columns.tenure.nullable"),
    spec("a rule of a column", "min: 0}", "min: 1}", "EvaluationChanged data.validation.columns.tenure.min"),
    spec(
        "values of a column",
        "[basic, plus]",
        "[basic, plus, pro]",
        "EvaluationChanged data.validation.columns.plan.values",
    ),
    spec("rows", "rows: {min: 3}", "rows: {min: 4}", "EvaluationChanged data.validation.rows.min"),
    # evaluation
    spec("a metric more", "[accuracy]", "[accuracy, f1]", "EvaluationChanged evaluation.metrics"),
    spec(
        "plots", "  metrics: [accuracy]", "  metrics: [accuracy]\n  plots: [roc]", "EvaluationChanged evaluation.plots"
    ),
    spec("a gate's limit", "min: 0.8}", "min: 0.7}"),
    # what does not matter to a training
    spec("a comment", "name: churn  # who leaves", "name: churn  # who goes"),
    spec("description", "Who will leave", "Who is about to leave"),
    spec("owners", "growth@", "sales@"),
    spec("a source's name", "name: customers", "name: people"),
    spec("replicas", "replicas: 1", "replicas: 2"),
    spec("compute", "cpu: 2, timeout: 30m", "cpu: 4, memory: 2Gi"),
    spec("params' order", "depth: 3, rates: [0.1, 0.2]", "rates: [0.1, 0.2], depth: 3"),
    spec("another style", "exclude: [name]", "exclude:\n    - name"),
    spec("quotes", "target: churned", 'target: "churned"'),
    spec("a default written out", "rows: {min: 3}", "rows: {min: 3}\n    extra_columns: allow"),
    wine("a search's defaults written out", "trials: 9", "trials: 9\n    method: random\n    folds: 5\n    seed: 0"),
    wine(
        "the space's order",
        "      max_depth: {min: 2, max: 9}\n      criterion: [gini, entropy]\n",
        "      criterion: [gini, entropy]\n      max_depth: {max: 9, min: 2}\n",
    ),
    # data, cell by cell
    data("a whole number", "ada,3", "ada,4", "rows: 1 changed (4 before, 4 now)", "cells changed: tenure 1"),
    data("a category", "5,plus", "5,basic", "rows: 1 changed (4 before, 4 now)", "cells changed: plan 1"),
    data("text", "ada,", "eve,", "rows: 1 changed (4 before, 4 now)", "cells changed: name 1"),
    data("a class", "basic,0\nben", "basic,1\nben", "rows: 1 changed (4 before, 4 now)", "cells changed: churned 1"),
    data("an empty cell filled", "dee,,", "dee,1,", "rows: 1 changed (4 before, 4 now)", "cells changed: tenure 1"),
    data("a cell emptied", "ada,3", "ada,", "rows: 1 changed (4 before, 4 now)", "cells changed: tenure 1"),
    data("a number's spelling", "ada,3,", "ada,3.0,", "rows: 1 changed (4 before, 4 now)", "cells changed: tenure 1"),
    data("a row more", "dee,", "eve,1,plus,1\ndee,", "rows: 1 added (4 before, 5 now)"),
    data("a row less", "ben,5,plus,1\n", "", "rows: 1 removed (4 before, 3 now)"),
    data("a row twice", "ben,5,plus,1\n", "ben,5,plus,1\nben,5,plus,1\n", "rows: 1 added (4 before, 5 now)"),
    data(
        "rows in another order",
        "ada,3,basic,0\nben,5,plus,1\n",
        "ben,5,plus,1\nada,3,basic,0\n",
        "the order of rows changed",
    ),
    data("a column's name", "tenure", "months", "1 column added: months", "1 column removed: tenure"),
    data("quotes", "ada", '"ada"', "the same cells, spelled otherwise"),
    Mutation(
        "data in DVC",
        "data/wine.csv",
        "12.9",
        "12.8",
        ("DataChanged data/wine.csv",),
        ("rows: 1 changed (3 before, 3 now)", "cells changed: alcohol 1"),
    ),
    # code
    code("a method", "rows[:LIMIT]", "rows[1:LIMIT]", "Model.fit() changed (src/churn/fit.py:16)"),
    code("a constant", "LIMIT = 3", "LIMIT = 4", "LIMIT changed (src/churn/fit.py:8)"),
    code("an attribute", "size = 1", "size = 2", "Model.size changed (src/churn/fit.py:14)"),
    code("an import", "import json\n", "import json\nimport math\n", "import math added (src/churn/fit.py:4)"),
    code("a function more", "def main(", "def more():\n    pass\n\n\ndef main(", "more() added (src/churn/fit.py:21)"),
    code(
        "the script's own part",
        "    main()\n",
        "    main() or 1\n",
        "if `__name__ == '__main__'` changed (src/churn/fit.py:25)",
    ),
    code("an annotation", "def main() -> None:", "def main():", "main() changed (src/churn/fit.py:21)"),
    code(
        "a helper that is imported",
        "if row]",
        "if row is not None]",
        "clean() changed (src/churn/rows.py:1)",
        path=HELPER,
    ),
    code("a comment", "# the first", "# at first"),
    code("a comment more", "LIMIT = 3", "# how many\nLIMIT = 3"),
    code("a docstring", "Fit it.", "Fits it."),
    code("blank lines", "\n\ndef main", "\n\n\n\ndef main"),
    code("quotes in code", '"rows.json"', "'rows.json'"),
    code("parentheses", "return rows[:LIMIT]", "return (rows[:LIMIT])"),
    code("a comment in the helper", "def clean", "# tidy\ndef clean", path=HELPER),
    Mutation("a file that it reads", "src/churn/settings.json", "1", "2", ("CodeChanged src/churn/settings.json",)),
    # packages
    lock("an upgrade", "numpy==2.1.0", "numpy==2.2.0", "numpy"),
    lock("a package more", "scikit-learn", "pandas==2.2.0\nscikit-learn", "pandas"),
    lock("a package less", "scikit-learn==1.6.0\n", "", "scikit-learn"),
    lock("a hash", "sha256:aa", "sha256:bb"),
    lock("a comment in the lock", "# pinned", "# frozen"),
    lock("the lock's order", "scikit-learn==1.6.0\n", "\nscikit-learn==1.6.0\n"),
)


@dataclass(frozen=True)
class Campaign:
    """The repository and what looks at it."""

    root: Path
    ports: RealPorts

    def trains(self) -> list[Action]:
        """The trainings that a plan has now, explained."""
        world = observe(self.ports)
        plan = make_plan(world.desired, world.actual, GATES, Selection())
        told = explain(plan, world, self.ports.contents)
        return [action for action in told.actions if action.action is ActionKind.TRAIN]

    def edit(self, path: str, text: str) -> None:
        """Write a file; of data in DVC, what `dvc add` does to its pointer and cache."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)
        if path == "data/wine.csv":
            md5 = hashlib.md5(text.encode()).hexdigest()
            place = self.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            pointer = f"outs:\n- md5: {md5}\n  size: {len(text)}\n  hash: md5\n  path: wine.csv\n"
            (self.root / POINTER).write_text(pointer)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """Two models, each with a version of the first commit: nothing is to be trained."""
    root = tmp_path_factory.mktemp("campaign") / "shop"
    root.mkdir()

    def git(*args: str) -> str:
        settings = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(["git", *settings, *args], cwd=root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    init(root)
    ports = RealPorts(root)
    made = Campaign(root, ports)
    for path, text in FILES.items():
        made.edit(path, text)
    made.edit("data/wine.csv", WINES)
    (root / ".gitignore").write_text("/.mlspec/\n/data/wine.csv\n/models/\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=first")
    head = git("rev-parse", "HEAD")
    for model in observe(ports).desired.models:
        known = replace(record(model), parent=head)
        git("tag", "--annotate", f"--message=mlspec\n\n{known.to_json()}", f"{model.name}@v0.1.0", head)
    assert made.trains() == []
    return made


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda item: f"{Path(item.path).name}: {item.what}")
def test_the_plan_names_what_was_changed(campaign: Campaign, mutation: Mutation) -> None:
    before = (campaign.root / mutation.path).read_text()
    assert mutation.old in before
    try:
        campaign.edit(mutation.path, before.replace(mutation.old, mutation.new, 1))
        trains = campaign.trains()
        found = sorted(f"{reason.kind} {reason.subject}" for action in trains for reason in action.because)
        assert found == sorted(mutation.because)
        assert len(trains) == bool(mutation.because)
        details = [text for action in trains for reason in action.because for text in reason.details]
        if mutation.details or mutation.path.endswith((".py", ".csv")):
            assert details == list(mutation.details)
        lines = [reason.where.rpartition(":")[2] for action in trains for reason in action.because]
        assert all(line.isdigit() for line in lines)
    finally:
        campaign.edit(mutation.path, before)
    assert campaign.trains() == []
