"""Generated files: written where they are not current, held where somebody edited them."""

from __future__ import annotations

from dataclasses import replace

from fakes.wanted import SPEC, actual, history, model, plan, record, running, shown, wanted

from mlspec.domain.desired import Desired

LOCK, YAML, WORKFLOW = "models/wine/Dockerfile", "models/wine/dvc.yaml", ".github/workflows/mlspec-plan.yml"
CURRENT = {LOCK: "1", YAML: "2", WORKFLOW: "3"}
KNOWN = history(record(model()), stages={"production": "v0.1.0"})


def generating(spec: str = SPEC) -> Desired:
    """What the spec wants, with two files of the model and one of the project."""
    desired = wanted(spec)
    first = replace(desired.models[0], blueprint=replace(desired.models[0].blueprint, generated={LOCK: "1", YAML: "2"}))
    return replace(desired, models=(first,), generated={WORKFLOW: "3"})


def planned(files: dict[str, str], spec: str = SPEC, **facts: object):
    """The plan where v0.1.0 runs and the tree has these files."""
    return plan(generating(spec), actual(KNOWN, running=[running(model())], files=files, **facts))


def test_current_files_are_left_alone() -> None:
    assert shown(planned(CURRENT)) == []


def test_stale_and_missing_files_are_written() -> None:
    made = planned({YAML: "old", WORKFLOW: "old"})
    assert shown(made) == ["compile", "compile:wine"]
    assert [(why.kind, why.subject, why.where) for why in made.actions[0].because] == [("FileStale", WORKFLOW, "specs")]
    assert [(why.kind, why.subject, why.where) for why in made.actions[1].because] == [
        ("FileMissing", LOCK, "specs/wine.yaml:3"),
        ("FileStale", YAML, "specs/wine.yaml:3"),
    ]


def test_a_file_that_is_right_and_not_committed_is_committed() -> None:
    made = planned(CURRENT, uncommitted=frozenset({YAML, "README.md"}))
    assert [(why.kind, why.subject) for why in made.actions[0].because] == [("FileUncommitted", YAML)]


def test_files_of_a_spec_that_is_gone_are_removed() -> None:
    made = planned(CURRENT, orphans=("models/cider/dvc.yaml",))
    assert shown(made) == ["compile"]
    assert [(why.kind, why.subject) for why in made.actions[0].because] == [("FileOrphaned", "models/cider/dvc.yaml")]


def test_training_waits_for_the_files() -> None:
    made = planned(CURRENT | {YAML: "old"}, SPEC.replace("max_depth: 8", "max_depth: 9"))
    assert shown(made)[:2] == ["compile:wine", "train:wine"]
    assert made.actions[1].depends_on == ("compile:wine",)


def test_an_edited_file_holds_the_training() -> None:
    spec = SPEC.replace("max_depth: 8", "max_depth: 9")
    made = planned(CURRENT | {YAML: "mine"}, spec, edited=frozenset({YAML}))
    assert shown(made) == ["(HandEdited:)"]
    assert made.held[0].message.startswith(f"edited by hand: {YAML};")


def test_an_edited_file_does_not_hold_what_needs_no_training() -> None:
    spec = SPEC.replace("replicas: 1", "replicas: 2")
    assert shown(planned(CURRENT | {YAML: "mine"}, spec, edited=frozenset({YAML}))) == [
        *("scale:wine:production", "(HandEdited:)"),
    ]


def test_an_edited_file_does_not_hold_a_missing_tag() -> None:
    left = history(unregistered=record(model()))
    made = plan(generating(), actual(left, files=CURRENT | {YAML: "mine"}, edited=frozenset({YAML})))
    assert shown(made) == ["register:wine", "promote:wine:production", "deploy:wine:production", "(HandEdited:)"]


def test_an_edited_file_that_is_current_is_nobodys_business() -> None:
    assert shown(planned(CURRENT, edited=frozenset({YAML}))) == []


def test_what_is_held_writes_no_files() -> None:
    """So that reverting the spec's commit is enough."""
    made = planned(CURRENT | {YAML: "old"}, SPEC.replace("min: 0.8", "min: 0.99"))
    assert shown(made) == ["(GateFailed:)"]


def test_some_models_are_no_reason_to_write_the_projects_files() -> None:
    world = actual(KNOWN, running=[running(model())], files={LOCK: "1", YAML: "2"}, orphans=("models/cider/dvc.yaml",))
    assert shown(plan(generating(), world, models=("wine",))) == []
