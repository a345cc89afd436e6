"""Triggers: what of a spec counts for the train digest, and what does not."""

from __future__ import annotations

import pytest
from fakes.wanted import COMMAND, FILES, PROJECT, SPEC, model

from mlspec.domain.desired import FileRef
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.registry import discover
from mlspec.kinds.trigger import TriggerKind
from mlspec.kinds.trigger.code import KIND as CODE
from mlspec.spec.load import load

CODED = FILES | {"train.py": "", "requirements.lock": "numpy==2.0"}


def entries(command: str, deps: str = "") -> list[tuple[str, bool]]:
    """The files that a command names: path, and whether it may be somebody else's."""
    spec = COMMAND.replace("python train.py", command).replace("  outs:", f"  deps: [{deps}]\n  outs:")
    (loaded,) = load({"specs/wine.yaml": spec.encode()}).sound().models
    found = CODE.inputs(loaded.spec, lambda *_: 1)
    return [(item.path, item.optional) for item in found if isinstance(item, FileRef)]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("python train.py", [("train.py", False)]),
        ("python ./jobs/train.py --depth 3", [("jobs/train.py", False)]),
        ("python -u train.py && python check.py", [("train.py", False), ("check.py", False)]),
        ("'python' 'my train.py'", [("my train.py", False)]),
        ("./train.sh", []),
        ("python /opt/tool.py", []),
        ("python train.py # not.py", [("train.py", False)]),
    ],
)
def test_scripts_are_read_out_of_the_command(command: str, found: list[tuple[str, bool]]) -> None:
    assert entries(f'"{command}"') == found


def test_modules_may_be_in_four_places_or_somebody_elses() -> None:
    assert entries("python -m shop.train") == [
        ("shop/train.py", True),
        ("shop/train/__main__.py", True),
        ("src/shop/train.py", True),
        ("src/shop/train/__main__.py", True),
    ]


def test_what_is_named_as_a_dep_is_named_once() -> None:
    assert entries("python train.py", "train.py, src") == [("train.py", False), ("src", False)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_depth: 8", "max_depth: 9"),
        ("target: cultivar", "target: kind"),
        ("RandomForestClassifier", "ExtraTreesClassifier"),
        ("training:", "  split: {test: 0.3}\ntraining:"),
        ("training:", "  split: {stratify: cultivar}\ntraining:"),
        ("training:", "  validation: {columns: {alcohol: {type: number}}}\ntraining:"),
        ("  target:", "  features: [alcohol]\n  target:"),
        ("  target:", "  exclude: [alcohol]\n  target:"),
        ("  target:", '  environment: {python: "3.11"}\n  target:'),
        ("  target:", "  search: {maximize: accuracy, space: {max_leaf_nodes: [5, 9]}}\n  target:"),
    ],
)
def test_what_a_training_depends_on_counts(old: str, new: str) -> None:
    assert model(SPEC.replace(old, new)).train != model().train


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Cultivars", "Wines"),
        ("owners:", "version: v2.0.0\nowners:"),
        ("min: 0.8", "min: 0.7"),
        ("[accuracy]", "[accuracy, f1]"),
        ("replicas: 1", "replicas: 2"),
        ("deploy:", "serving: {limits: {batch: 9}}\ndeploy:"),
        ("training:", "  validation: {rows: {min: 5}}\ntraining:"),
        ("training:", "  split: {seed: 0, test: 0.2}\ntraining:"),
        ("  target:", "  exclude: []\n  target:"),
        ("{name: wine, path", "{name: vino, path"),
        ("    max_depth: 8\n    random_state: 7\n", "    random_state: 7\n    max_depth: 8\n"),
        ("  target:", "  compute: {cpu: 4, memory: 8Gi, gpu: 1, timeout: 2h, budget: 3h}\n  target:"),
    ],
)
def test_what_a_training_does_not_depend_on_does_not(old: str, new: str) -> None:
    assert SPEC.replace(old, new) != SPEC
    assert model(SPEC.replace(old, new)).train == model().train


def test_rules_of_a_column_judge_and_only_its_type_trains() -> None:
    rule = "  validation: {columns: {alcohol: {type: number, min: 1}}}\ntraining:"
    one, two = (
        model(SPEC.replace("training:", rule)),
        model(SPEC.replace("training:", rule.replace("min: 1", "min: 2"))),
    )
    assert (one.train == two.train, one.evaluate == two.evaluate) == (True, False)


def test_every_input_has_its_line_and_kind() -> None:
    found = model(COMMAND, files=CODED)
    assert set(found.sources) == set(found.inputs)
    assert {name: kind for name, (kind, _) in found.sources.items() if name in CODED} == {
        "data/wine.csv": ReasonKind.DATA_CHANGED,
        "train.py": ReasonKind.CODE_CHANGED,
        "requirements.lock": ReasonKind.ENVIRONMENT_CHANGED,
    }
    lines = COMMAND.splitlines()
    assert lines[found.sources["training.params.max_depth"][1] - 1] == "    max_depth: 8"
    assert "data/wine.csv" in lines[found.sources["data/wine.csv"][1] - 1]


def test_the_environment_where_it_runs_is_no_input() -> None:
    staged = SPEC + "  staging: {}\n"
    assert model(staged, project=PROJECT).train == model().train


def test_all_kinds_are_there() -> None:
    assert set(discover("mlspec.kinds.trigger", TriggerKind)) == {
        "code",
        "data",
        "environment",
        "features",
        "format",
        "params",
        "spec",
    }


SEARCH = "  search: {maximize: accuracy, space: {max_leaf_nodes: [5, 9], criterion: [gini, entropy]}}\n  target:"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("[5, 9]", "[5, 9, 15]", "training.search.space.max_leaf_nodes"),
        ("[5, 9]", "{min: 5, max: 9}", "training.search.space.max_leaf_nodes"),
        (", criterion: [gini, entropy]", "", "training.search.space.criterion"),
        ("maximize", "trials: 9, maximize", "training.search.trials"),
        ("maximize", "folds: 3, maximize", "training.search.folds"),
        ("maximize", "seed: 1, maximize", "training.search.seed"),
        ("maximize", "method: halving, maximize", "training.search.method"),
        ("maximize", "trials: 20, folds: 5, seed: 0, method: random, maximize", ""),
        (
            "max_leaf_nodes: [5, 9], criterion: [gini, entropy]",
            "criterion: [gini, entropy], max_leaf_nodes: [5, 9]",
            "",
        ),
    ],
)
def test_each_word_of_a_search_counts_by_itself(old: str, new: str, changed: str) -> None:
    before = SPEC.replace("  target:", SEARCH)
    one, two = model(before).inputs, model(before.replace(old, new)).inputs
    assert [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)] == [changed] * bool(changed)
