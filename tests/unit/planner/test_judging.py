"""Changed metrics, gates, rules and owners: judged again from the record where that can be, trained where not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import GATES, SPEC, actual, history, model, plan, record, running, shown, wanted

from mlspec.domain.evidence import Evidence
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.record import Verdict, VersionRecord
from mlspec.planner.judge import failures, judge, judge_again, measuring, told

AGAINST = "    - {metric: accuracy, against: production, max_drop: 0.01}\n"
RULES = SPEC.replace("training:", "  validation: {rows: {min: 10}}\ntraining:")


def planned(new: str, old: str = SPEC, **metrics: float) -> Plan:
    """The plan for spec `new`, where `old` is registered with these metrics and runs."""
    was = model(old)
    made = record(was, "v0.1.0", **metrics)
    return plan(wanted(new), actual(history(made, stages={"production": "v0.1.0"}), running=[running(was)]))


@pytest.mark.parametrize("limit", ["min: 0.7", "min: 0.85", "max: 0.99", "min: 0.9, max: 0.9"])
def test_a_limit_that_the_version_keeps_changes_nothing(limit: str) -> None:
    assert shown(planned(SPEC.replace("min: 0.8", limit))) == []


def test_a_limit_that_the_version_breaks_is_held_and_nothing_is_trained() -> None:
    made = planned(SPEC.replace("min: 0.8", "min: 0.95"))
    assert shown(made) == ["(GateFailed:)"]
    assert made.held[0].message == "v0.1.0: accuracy: min 0.95: measured 0.9, needs 0.95 (specs/wine.yaml:18)"


def test_the_size_is_always_measured() -> None:
    gate = "    - {metric: accuracy, min: 0.8}\n"
    assert shown(planned(SPEC.replace(gate, f"{gate}    - {{metric: model_size, max: 1KB}}\n"))) == []
    assert shown(planned(SPEC.replace(gate, f"{gate}    - {{metric: model_size, max: 999}}\n"))) == ["(GateFailed:)"]


def test_a_gate_that_is_gone_changes_nothing() -> None:
    assert shown(planned(SPEC.replace("  gates:\n    - {metric: accuracy, min: 0.8}\n", ""))) == []


@pytest.mark.parametrize(
    "new",
    [
        SPEC.replace("[accuracy]", "[accuracy, f1]"),
        SPEC.replace("    - {metric: accuracy, min: 0.8}\n", AGAINST),
        RULES,
    ],
)
def test_what_only_a_run_can_tell_is_run(new: str) -> None:
    made = planned(new)
    assert shown(made)[:2] == ["train:wine", "register:wine"]
    (reason,) = made.actions[0].because
    assert reason.kind == "EvaluationChanged"
    assert reason.where.startswith("specs/wine.yaml:")


def test_a_metric_that_was_measured_all_the_same_needs_no_run() -> None:
    new = SPEC.replace("[accuracy]", "[accuracy, f1]")
    assert shown(planned(new, accuracy=0.9, f1=0.8, model_size=1.0)) == []


SLICES = SPEC.replace("  gates:\n", "  slices: [{column: plan}]\n  gates:\n")
BY_PLAN = "    - {metric: accuracy, slice: plan, max_gap: 0.1}\n"


def sliced(spec: str, gap: float = 0.05) -> VersionRecord:
    """The record of a version that was measured by slices."""
    was = model(spec)
    slices = {"plan": {"basic": {"rows": 90, "accuracy": 0.9}, "plus": {"rows": 90, "accuracy": 0.9 - gap}}}
    return replace(record(was), measuring=measuring(was.blueprint), findings={"slices": slices})


def test_new_slices_are_measured_and_the_plan_says_which() -> None:
    made = planned(SLICES)
    assert shown(made)[:2] == ["train:wine", "register:wine"]
    (reason,) = made.actions[0].because
    assert (reason.kind, reason.subject, reason.old) == ("EvaluationChanged", "evaluation.slices.plan", None)
    assert reason.where == "specs/wine.yaml:17"


def test_the_order_of_plots_is_no_matter() -> None:
    one, two = (
        SPEC.replace("  gates:", f"  plots: [{names}]\n  gates:") for names in ("roc, calibration", "calibration, roc")
    )
    made = replace(record(model(one)), measuring=measuring(model(one).blueprint))
    world = actual(history(made, stages={"production": "v0.1.0"}), running=[running(model(one))])
    assert shown(plan(wanted(two), world)) == []
    assert shown(plan(wanted(two.replace(", roc", "")), world))[0] == "train:wine"


def test_slices_that_are_asked_for_no_more_change_nothing() -> None:
    made = plan(wanted(), actual(history(sliced(SLICES), stages={"production": "v0.1.0"}), running=[running(model())]))
    assert shown(made) == []


@pytest.mark.parametrize(("gap", "held"), [(0.05, []), (0.2, ["(GateFailed:)"])])
def test_a_new_gate_on_slices_is_judged_from_the_record(gap: float, held: list[str]) -> None:
    now = SLICES.replace("    - {metric: accuracy, min: 0.8}\n", BY_PLAN)
    world = actual(history(sliced(SLICES, gap), stages={"production": "v0.1.0"}), running=[running(model(SLICES))])
    assert shown(plan(wanted(now), world)) == held


def test_a_confidence_needs_a_run_where_the_record_has_no_bounds() -> None:
    made = planned(SPEC.replace("min: 0.8", "min: 0.8, confidence: 0.95"))
    assert [reason.subject for reason in made.actions[0].because] == ["the gate accuracy: min 0.8, confidence 0.95"]


def test_a_record_without_findings_is_spelled_as_before() -> None:
    assert "findings" not in record(model()).to_json()
    assert "measuring" not in record(model()).to_json()
    made = sliced(SLICES)
    assert VersionRecord.from_json(made.to_json()) == made


def test_a_gate_against_a_version_keeps_the_verdict_of_its_time() -> None:
    old = SPEC.replace("    - {metric: accuracy, min: 0.8}\n", AGAINST)
    now = model(
        old.replace("[accuracy]", "[accuracy]\n  # a gate more").replace(
            AGAINST, AGAINST + "    - {metric: accuracy, min: 0.7}\n"
        )
    )
    made = record(model(old))
    verdicts = judge_again(now, GATES, made)
    assert verdicts is not None
    assert [(verdict.passed, verdict.note) for verdict in verdicts] == [(True, "NoBaseline"), (True, "")]
    assert [verdict.where for verdict in verdicts] == ["specs/wine.yaml:19", "specs/wine.yaml:20"]


CHECK = "checks: [{name: lean, expression: alcohol > 1}]"
ALCOHOL = "columns: {alcohol: {type: number, min: 1}}"


def ruled(*rules: str, leakage: str = "") -> str:
    """A spec with these lines of validation, from line 10 on, and how it takes leakage."""
    lines = "".join(f"    {rule}\n" for rule in rules)
    split = f"  split: {{leakage: {leakage}}}\n" if leakage else ""
    return SPEC.replace("training:", f"{'  validation:' if rules else ''}\n{lines}{split}training:")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (ruled(ALCOHOL), ruled(ALCOHOL, leakage="fail"), ("data.split.leakage", "warn", "fail", 11)),
        (ruled(ALCOHOL, leakage="fail"), ruled(ALCOHOL), ("data.split.leakage", "fail", "warn", 6)),
        (ruled(ALCOHOL), ruled(ALCOHOL, "rows: {min: 9}"), ("data.validation.rows", None, {"min": 9}, 11)),
        (
            ruled(ALCOHOL, "rows: {min: 8, max: 9}"),
            ruled(ALCOHOL, "rows: {min: 9, max: 9}"),
            ("data.validation.rows.min", 8, 9, 11),
        ),
        (
            ruled(ALCOHOL, CHECK),
            ruled(ALCOHOL, CHECK.replace("> 1", "> 2")),
            ("data.validation.checks.lean.expression", "alcohol > 1", "alcohol > 2", 11),
        ),
        (
            ruled(ALCOHOL, "personal_data: forbid"),
            ruled(ALCOHOL),
            ("data.validation.personal_data", "forbid", "allow", 10),
        ),
        (
            ruled(ALCOHOL, "rows: {min: 9}"),
            ruled(ALCOHOL.replace("min: 1", "min: 2"), "rows: {min: 9}"),
            ("data.validation.columns.alcohol.min", 1, 2, 10),
        ),
        (ruled(CHECK, "rows: {min: 9}"), ruled(), ("data.validation", "2 rules", None, 6)),
    ],
)
def test_a_rule_is_told_by_its_name_its_values_and_its_line(old: str, new: str, told: tuple[object, ...]) -> None:
    (reason,) = planned(new, old).actions[0].because
    *values, line = told
    assert [reason.subject, reason.old, reason.new] == values
    assert (reason.kind, reason.where) == ("EvaluationChanged", f"specs/wine.yaml:{line}")


def test_a_renamed_check_is_told_by_both_names() -> None:
    made = planned(ruled(CHECK.replace("lean", "light")), ruled(CHECK))
    assert [(why.subject, why.old is None, why.new is None) for why in made.actions[0].because] == [
        ("data.validation.checks.lean", False, True),
        ("data.validation.checks.light", True, False),
    ]


def test_the_rules_of_an_old_record_are_known_by_their_digest_alone() -> None:
    was = model(ruled(CHECK))
    made = replace(record(was), measuring={})
    (reason,) = plan(wanted(ruled("rows: {min: 9}", CHECK)), actual(history(made))).actions[0].because
    assert (reason.subject, reason.where) == ("data.validation", "specs/wine.yaml:9")
    assert shown(plan(wanted(ruled(CHECK)), actual(history(made))))[0] == "promote:wine:production"


def test_metrics_of_a_record_are_told_in_the_order_of_the_spec() -> None:
    new, had = SPEC.replace("[accuracy]", "[roc_auc, accuracy, f1]"), {"accuracy": 0.9, "log_loss": 1.0, "roc_auc": 0.9}
    (reason,) = planned(new, **had).actions[0].because
    assert (reason.old, reason.new) == (["roc_auc", "accuracy", "log_loss"], ["roc_auc", "accuracy", "f1"])


def test_where_nothing_changed_the_verdicts_stand() -> None:
    made = replace(record(model()), verdicts=(Verdict("as it was", passed=True),))
    assert judge_again(model(), GATES, made) == made.verdicts


def test_judging_names_the_place_of_each_gate() -> None:
    (verdict,) = judge(model().blueprint, GATES, Evidence({"accuracy": 0.5}))
    assert (verdict.passed, verdict.value, verdict.limit, verdict.where) == (False, 0.5, 0.8, "specs/wine.yaml:18")


def test_failures_are_told_in_one_line() -> None:
    verdicts = (
        Verdict("a: min 1", passed=False, value=0.123456, limit=1.0, where="specs/wine.yaml:3"),
        Verdict("b: min 1", passed=True, value=2.0, limit=1.0),
        Verdict("c against production: max_drop 0.1", passed=False, limit=0.5, note="production 0.6"),
    )
    assert failures(verdicts) == (
        "a: min 1: measured 0.1235, needs 1 (specs/wine.yaml:3); "
        "c against production: max_drop 0.1: measured nothing, needs 0.5 [production 0.6]"
    )


@pytest.mark.parametrize(
    ("old", "new"), [("Cultivars", "Wines"), ("cellar@", "shop@"), ("owners: [cellar@example.com]\n", "")]
)
def test_a_description_is_recorded_without_a_training(old: str, new: str) -> None:
    made = planned(SPEC.replace(old, new))
    assert shown(made) == ["register:wine"]
    (reason,) = made.actions[0].because
    assert (reason.kind, reason.subject, made.actions[0].version) == (
        "DescriptionChanged",
        "description or owners",
        "v0.1.0",
    )
    assert reason.where.startswith("specs/wine.yaml:")


def test_a_description_that_is_recorded_needs_nothing_more() -> None:
    was, now = model(), model(SPEC.replace("Cultivars", "Wines"))
    known = history(record(was), stages={"production": "v0.1.0"}, described=now.describe)
    world = actual(known, running=[running(was)])
    assert shown(plan(wanted(SPEC.replace("Cultivars", "Wines")), world)) == []
    assert shown(plan(wanted(), world)) == ["register:wine"]


def test_a_record_without_its_tag_is_registered_and_deployed() -> None:
    """A crash between commit and tag."""
    made = plan(wanted(), actual(history(unregistered=record(model()))))
    assert shown(made) == ["register:wine", "promote:wine:production", "deploy:wine:production"]
    register = made.actions[0]
    assert (register.action, register.version) == (ActionKind.REGISTER, "v0.1.0")
    assert [(why.kind, why.subject) for why in register.because] == [("TagMissing", "wine@v0.1.0")]
    assert made.actions[1].depends_on == ("register:wine",)


def test_a_record_without_its_tag_whose_version_runs_already() -> None:
    """Somebody lost the tags: what runs is looked at all the same."""
    world = actual(history(unregistered=record(model())), running=[running(model())])
    assert shown(plan(wanted(), world)) == ["register:wine", "promote:wine:production"]


def test_a_record_without_its_tag_that_is_not_wanted_any_more_is_left() -> None:
    left = record(model(SPEC.replace("max_depth: 8", "max_depth: 2")))
    assert shown(plan(wanted(), actual(history(unregistered=left))))[0] == "train:wine"


@pytest.mark.parametrize(
    ("value", "words"), [(0.85, "0.85"), (402_591.0, "402,591"), (0.0299312, "0.02993"), (1e7, "10,000,000")]
)
def test_large_figures_are_told_by_their_digits(value: float, words: str) -> None:
    assert told(Verdict("model_size", True, value)) == f"model_size: measured {words}"


def test_times_are_told_with_their_unit() -> None:
    gate = "latency_p95 against production: max_drop 0.005"
    words = "measured 12.35ms, needs 10ms"
    assert told(Verdict(gate, passed=False, value=0.012345, limit=0.01)) == f"{gate}: {words}"
