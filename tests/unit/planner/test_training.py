"""When a model is trained, and which line is given as the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import COMMAND, FILES, SPEC, actual, history, model, plan, record, running, shown, wanted

from mlspec.domain.plan import KNOWN_AFTER_TRAIN, ActionKind, Plan
from mlspec.errors import MlspecError
from mlspec.planner.judge import failure_key

CODE = FILES | {
    "train.py": "import prep\n",
    "prep.py": "from shop import core\n",
    "shop/core.py": "DEPTH = 1\n",
    "unused.py": "",
    "requirements.lock": "numpy==2.0\npandas==2.2\n",
}


def planned(old: str, new: str = "", files: dict[str, str] = FILES, before: dict[str, str] | None = None) -> Plan:
    """The plan for spec `new`, where `old` was trained, registered and runs."""
    was = model(old, files=before or files)
    world = actual(history(record(was), stages={"production": "v0.1.0"}), running=[running(was)])
    return plan(wanted(new or old, files=files), world)


def reasons(made: Plan) -> list[tuple[object, ...]]:
    """Why the plan trains: kind, subject, old, new, where."""
    (train,) = [action for action in made.actions if action.action is ActionKind.TRAIN]
    return [(why.kind.value, why.subject, why.old, why.new, why.where) for why in train.because]


def test_what_was_never_trained_is_trained_registered_promoted_and_deployed() -> None:
    made = plan(wanted(), actual())
    assert shown(made) == ["train:wine", "register:wine", "promote:wine:production", "deploy:wine:production"]
    assert reasons(made) == [("NeverTrained", "wine", None, None, "specs/wine.yaml:3")]
    assert {action.version for action in made.actions} == {KNOWN_AFTER_TRAIN}
    assert [action.depends_on for action in made.actions] == [
        *((), ("train:wine",), ("register:wine",), ("promote:wine:production",)),
    ]


def test_nothing_is_planned_where_nothing_changed() -> None:
    assert shown(planned(SPEC)) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("max_depth: 8", "max_depth: 1", ("ParamChanged", "training.params.max_depth", 8, 1, "specs/wine.yaml:13")),
        ("max_depth: 8", "max_depth: 8.0", ("ParamChanged", "training.params.max_depth", 8, 8.0, "specs/wine.yaml:13")),
        (
            "max_depth: 8",
            "max_depth: null",
            ("ParamChanged", "training.params.max_depth", 8, None, "specs/wine.yaml:13"),
        ),
        (
            "    max_depth: 8\n",
            "    max_depth: 8\n    bootstrap: true\n",
            ("ParamChanged", "training.params.bootstrap", None, True, "specs/wine.yaml:14"),
        ),
        ("    max_depth: 8\n", "", ("ParamChanged", "training.params.max_depth", 8, None, "specs/wine.yaml:13")),
        (
            "target: cultivar",
            "target: kind",
            ("SpecChanged", "training.target", "cultivar", "kind", "specs/wine.yaml:11"),
        ),
        (
            "ensemble.RandomForestClassifier",
            "svm.SVC",
            (
                *("SpecChanged", "training.estimator", "sklearn.ensemble.RandomForestClassifier", "sklearn.svm.SVC"),
                "specs/wine.yaml:10",
            ),
        ),
        ("training:", "  split: {seed: 3}\ntraining:", ("SpecChanged", "data.split.seed", 0, 3, "specs/wine.yaml:9")),
    ],
)
def test_a_change_of_the_spec_is_told_with_old_new_and_line(old: str, new: str, reason: tuple[object, ...]) -> None:
    assert reasons(planned(SPEC, SPEC.replace(old, new))) == [reason]


COLUMNS = "".join(f"      {name}: {{type: number}}\n" for name in "abcd")
TYPED = SPEC.replace("training:", f"  validation:\n    columns:\n{COLUMNS}training:")


def test_what_is_gone_points_to_the_nearest_line_that_still_stands() -> None:
    """One of several columns, all of them, and a search with all that it had."""
    one = TYPED.replace("      b: {type: number}\n", "")
    assert reasons(planned(TYPED, one)) == [
        ("SpecChanged", "data.validation.columns.b.type", "number", None, "specs/wine.yaml:11")
    ]
    where = "specs/wine.yaml:6"
    assert reasons(planned(TYPED, SPEC)) == [("SpecChanged", "data.validation", "4 fields", None, where)]
    searched = SPEC.replace(
        "  params:", "  search: {trials: 2, maximize: accuracy, space: {max_iter: [1, 2]}}\n  params:"
    )
    told = reasons(planned(searched, SPEC))
    assert [why[1] for why in told] == ["training.search"]
    assert [why[4] for why in told] == ["specs/wine.yaml:10"]


def test_a_source_that_is_another_points_to_the_source() -> None:
    files = {"data/new.csv": "alcohol,cultivar\n14,2\n"}
    told = reasons(planned(SPEC, SPEC.replace("data/wine.csv", "data/new.csv"), files=files, before=FILES))
    assert [(why[1], why[4]) for why in told] == [
        ("data/new.csv", "specs/wine.yaml:8"),
        ("data/wine.csv", "specs/wine.yaml:8"),
    ]


def test_a_file_that_has_another_name_and_nothing_new_is_told_by_both() -> None:
    files = {"data/wines.csv": FILES["data/wine.csv"]}
    told = reasons(planned(SPEC, SPEC.replace("data/wine.csv", "data/wines.csv"), files=files, before=FILES))
    assert told == [("DataChanged", "renamed file", "data/wine.csv", "data/wines.csv", "specs/wine.yaml:8")]
    moved = {("tools/core.py" if path == "shop/core.py" else path): text for path, text in CODE.items()}
    moved["prep.py"] = "from tools import core\n"
    assert [why[:4] for why in reasons(planned(COMMAND, files=moved, before=CODE))] == [
        ("CodeChanged", "prep.py", "18308676", "138480e3"),
        ("CodeChanged", "renamed file", "shop/core.py", "tools/core.py"),
    ]


@pytest.mark.parametrize(("old", "new"), [("1", "true"), ("1", "1.0"), ("0", "false"), ("[1]", "[true]")])
def test_values_that_python_takes_for_equal_have_a_reason_too(old: str, new: str) -> None:
    made = planned(SPEC.replace("max_depth: 8", f"max_depth: {old}"), SPEC.replace("max_depth: 8", f"max_depth: {new}"))
    assert [reason[1] for reason in reasons(made)] == ["training.params.max_depth"]


def test_what_only_people_read_trains_nothing() -> None:
    for new in (
        SPEC.replace("max_depth: 8", "max_depth:  8   # as ever"),
        SPEC.replace("\ndata:", "\n\n# The data\ndata:"),
    ):
        assert shown(planned(SPEC, new)) == []


def test_data_of_git_is_named_by_its_file() -> None:
    made = planned(SPEC, files={"data/wine.csv": "alcohol,cultivar\n14,1\n"}, before=FILES)
    assert reasons(made) == [("DataChanged", "data/wine.csv", "a2b50a91", "abe17cca", "specs/wine.yaml:8")]


def test_data_of_dvc_is_named_by_its_pointer() -> None:
    pointers = [{"data/wine.csv.dvc": f"outs:\n- md5: {digit * 8}\n  path: wine.csv\n"} for digit in "ab"]
    made = planned(SPEC, files=pointers[1], before=pointers[0])
    assert reasons(made) == [("DataChanged", "data/wine.csv", "aaaaaaaa", "bbbbbbbb", "specs/wine.yaml:8")]


def test_code_is_followed_two_modules_away() -> None:
    made = planned(COMMAND, files=CODE | {"shop/core.py": "DEPTH = 2\n"}, before=CODE)
    assert [(why[0], why[1], why[4]) for why in reasons(made)] == [
        ("CodeChanged", "shop/core.py", "specs/wine.yaml:10")
    ]


@pytest.mark.parametrize(
    "change", [{"unused.py": "x = 1"}, {"shop/core.py": "DEPTH = 1  # one\n"}, {"README.md": "new"}, {"shop/x.py": ""}]
)
def test_code_that_is_not_run_or_says_the_same_trains_nothing(change: dict[str, str]) -> None:
    assert shown(planned(COMMAND, files=CODE | change, before=CODE)) == []


def test_a_module_that_is_gone_is_a_change_of_code() -> None:
    files = {path: text for path, text in CODE.items() if path != "shop/core.py"}
    assert [why[:2] for why in reasons(planned(COMMAND, files=files, before=CODE))] == [("CodeChanged", "shop/core.py")]


def test_a_lock_is_explained_package_by_package() -> None:
    made = planned(COMMAND, files=CODE | {"requirements.lock": "numpy==2.1\nscipy==1.0\n"}, before=CODE)
    where = "specs/wine.yaml:12"
    assert reasons(made) == [
        ("EnvironmentChanged", "numpy", "2.0", "2.1", where),
        ("EnvironmentChanged", "pandas", "2.2", None, where),
        ("EnvironmentChanged", "scipy", None, "1.0", where),
    ]


def test_a_lock_that_says_the_same_in_other_words_trains_nothing() -> None:
    same = {"requirements.lock": "# sorted\npandas==2.2 --hash=sha256:aa\nNumPy == 2.0\n"}
    assert shown(planned(COMMAND, files=CODE | same, before=CODE)) == []


def test_several_changes_are_all_told_data_first() -> None:
    new = SPEC.replace("max_depth: 8", "max_depth: 2").replace("target: cultivar", "target: kind")
    made = planned(SPEC, new, files={"data/wine.csv": "x"}, before=FILES)
    assert [why[0] for why in reasons(made)] == ["DataChanged", "ParamChanged", "SpecChanged"]
    assert all(why[4].startswith("specs/wine.yaml:") for why in reasons(made))


def test_reasons_count_from_what_was_trained_last() -> None:
    """After an edit that gave the same bytes, only what changed since is told."""
    first, second = model(), model(SPEC.replace("max_depth: 8", "max_depth: 9"))
    equal = record(second)
    world = actual(
        history(record(first), stages={"production": "v0.1.0"}, equivalent=(equal,)), running=[running(first)]
    )
    assert shown(plan(wanted(SPEC.replace("max_depth: 8", "max_depth: 9")), world)) == []
    made = plan(wanted(SPEC.replace("max_depth: 8", "max_depth: 10")), world)
    assert reasons(made) == [("ParamChanged", "training.params.max_depth", 9, 10, "specs/wine.yaml:13")]


def test_an_equal_of_a_version_that_was_taken_back_does_not_count() -> None:
    first, second = model(), model(SPEC.replace("max_depth: 8", "max_depth: 9"))
    world = actual(history(record(first, "v0.2.0"), equivalent=(record(second, "v0.1.0"),)))
    assert shown(plan(wanted(SPEC.replace("max_depth: 8", "max_depth: 9")), world))[0] == "train:wine"


def test_a_version_that_exists_is_not_trained_again() -> None:
    old, new = model(), model(SPEC.replace("max_depth: 8", "max_depth: 9"))
    versions = history(record(old), record(new, "v0.2.0"), stages={"production": "v0.2.0"})
    made = plan(wanted(), actual(versions, running=[running(new, "v0.2.0")]))
    assert shown(made) == ["promote:wine:production", "deploy:wine:production"]
    assert {action.version for action in made.actions} == {"v0.1.0"}


def test_of_two_versions_that_match_the_newest_is_chosen() -> None:
    made = plan(wanted(), actual(history(record(model()), record(model(), "v0.2.0"))))
    assert made.actions[0].version == "v0.2.0"


def test_what_failed_is_held_until_something_changes() -> None:
    now = model()
    failed = history(failed={failure_key(now, {}): "accuracy: measured 0.5, needs 0.8"})
    made = plan(wanted(), actual(failed))
    assert shown(made) == ["(GateFailed:)"]
    assert made.held[0].message == "accuracy: measured 0.5, needs 0.8"
    for new in (SPEC.replace("max_depth: 8", "max_depth: 9"), SPEC.replace("min: 0.8", "min: 0.4")):
        assert shown(plan(wanted(new), actual(failed)))[0] == "train:wine"
    assert shown(plan(wanted(SPEC.replace("Cultivars", "Wines")), actual(failed))) == ["(GateFailed:)"]


def test_a_failure_against_production_is_held_until_production_changes() -> None:
    spec = SPEC.replace("{metric: accuracy, min: 0.8}", "{metric: accuracy, against: production, max_drop: 0.01}")
    good, bad = model(spec), model(spec.replace("max_depth: 8", "max_depth: 1"))
    first = record(good)
    key = failure_key(bad, {"production": first.artefact_digest})
    world = actual(history(first, stages={"production": "v0.1.0"}, failed={key: "worse"}), running=[running(good)])
    desired = wanted(spec.replace("max_depth: 8", "max_depth: 1"))
    assert shown(plan(desired, world)) == ["(GateFailed:)"]
    other = replace(record(good, "v0.2.0"), train="another")
    moved = history(first, other, stages={"production": "v0.2.0"}, failed={key: "worse"})
    assert shown(plan(desired, actual(moved, running=[running(good, "v0.2.0")])))[0] == "train:wine"


@pytest.mark.parametrize(("spec", "path", "line"), [(SPEC, "data/wine.csv", 8), (COMMAND, "requirements.lock", 12)])
def test_a_file_that_nobody_has_is_an_error_with_its_line(spec: str, path: str, line: int) -> None:
    files = {name: text for name, text in CODE.items() if name != path}
    with pytest.raises(MlspecError, match="tracked neither by git nor by DVC") as caught:
        plan(wanted(spec, files=files), actual())
    assert caught.value.where == f"specs/wine.yaml:{line}"
    assert caught.value.hint == f"git add {path}, or dvc add {path}; or correct the path"


@pytest.mark.parametrize("path", ["data/wine.csv", "data/wine.csv.dvc"])
def test_a_file_that_was_deleted_is_an_error_that_says_how_to_get_it_back(path: str) -> None:
    files = {name: text for name, text in CODE.items() if name != "data/wine.csv"}
    with pytest.raises(MlspecError, match=f"`{path}` was deleted") as caught:
        plan(wanted(SPEC, files=files), actual(uncommitted=frozenset({path})))
    assert caught.value.hint == f"git checkout HEAD -- {path}; or correct the path"


SCRIPT = CODE | {"run.sh": "python train.py\n", "conf/fast.yaml": "", "data/wine.csv": FILES["data/wine.csv"]}


def test_a_file_that_a_command_names_and_that_is_no_input_is_told() -> None:
    """What counts can't be widened for specs that were trained; what goes unseen can be said."""
    command = "bash ./run.sh --config=conf/fast.yaml data/wine.csv nobody.sh --fast 2> /dev/null"
    spec = COMMAND.replace("python train.py", command)
    made = plan(wanted(spec, files=SCRIPT), actual())
    advice = "which is no input: a change of it goes unseen; put it into training.deps, with what it runs and reads"
    assert made.warnings == tuple(
        f"training.command names {path}, {advice} (specs/wine.yaml:10)" for path in ("run.sh", "conf/fast.yaml")
    )
    named = spec.replace("  outs:", "  deps: [run.sh, conf]\n  outs:")
    assert plan(wanted(named, files=SCRIPT), actual()).warnings == ()
    assert plan(wanted(COMMAND, files=SCRIPT), actual()).warnings == ()
