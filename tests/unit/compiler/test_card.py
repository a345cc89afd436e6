"""Model cards: all that a version's record and spec say, for people."""

from __future__ import annotations

from dataclasses import replace

import yaml
from fakes.wanted import SPEC, model, record

from mlspec.compiler.card import card
from mlspec.domain.record import Verdict
from mlspec.spec.data import ValidationSpec
from mlspec.spec.load import load
from mlspec.spec.model import ModelSpec

VERSION = record(model())
TUMOR = """apiVersion: mlspec/v1
kind: Model
name: tumor
data:
  sources: [{{name: cells, path: data/cells.csv}}]
  validation: {{columns: {{befund: {{type: category{values}}}}}}}
training: {{estimator: sklearn.linear_model.LogisticRegression, target: befund}}
evaluation: {{metrics: [{metrics}]}}
deploy: {{production: {{}}}}
"""


def spec(text: str = SPEC) -> ModelSpec:
    """A model's spec."""
    return load({"specs/wine.yaml": text.encode()}).sound().models[0].spec


def test_what_it_is_and_whose() -> None:
    text = card(spec(), spec(), VERSION, "c0ffee")
    assert text.startswith("# wine v0.1.0\n\nCultivars\n\n")
    assert "| Owners | cellar@example.com |" in text
    assert "| Estimator | sklearn.ensemble.RandomForestClassifier |" in text
    assert "| Parameters | max_depth 8, random_state 7 |" in text
    assert VERSION.inputs["data/wine.csv"] in text
    assert "mlspec verify wine@v0.1.0" in text
    assert text == card(spec(), spec(), VERSION, "c0ffee")


def test_how_rows_were_parted_and_what_leaked() -> None:
    assert "Leakage" not in card(spec(), spec(), VERSION, "c0ffee")
    parted = {"method": "time", "train_rows": 80, "test_rows": 20, "leakage": {"groups": 3, "times": 0}}
    told = card(spec(), spec(), replace(VERSION, split=parted), "c0ffee")
    assert "As it came out: train_rows 80, test_rows 20. Leakage: groups 3.\n" in told
    sound = card(spec(), spec(), replace(VERSION, split=parted | {"leakage": {"groups": 0}}), "c0ffee")
    assert "Leakage: none found." in sound
    assert "Leakage: not looked for." in card(
        spec(), spec(), replace(VERSION, split=parted | {"leakage": {}}), "c0ffee"
    )


def test_owners_are_those_of_today() -> None:
    assert "| Owners | new@example.com |" in card(spec(), spec(SPEC.replace("cellar@", "new@")), VERSION, "c0ffee")


def test_slices_and_verdicts() -> None:
    verdict = Verdict("accuracy: min 0.8", passed=False, value=0.75, limit=0.8, note="a | b")
    findings = {"slices": {"region": {"north": {"rows": 10, "accuracy": 0.912345678}}}}
    text = card(spec(), spec(), replace(VERSION, verdicts=(verdict,), findings=findings), "c0ffee")
    assert "| accuracy: min 0.8 | failed | 0.75, needs 0.8 | a \\| b |" in text
    assert "| region | accuracy | rows |\n|---|---|---|\n| north | 0.912346 | 10 |" in text


def test_every_rule_that_data_was_checked_by() -> None:
    text = """validation:
    columns: {price: {type: number, min: 1}}
    rows: {min: 30}
    extra_columns: forbid
    unique: [[store, day]]
    checks: [{name: sound, expression: "price > 0 and day != 'x|y'"}]
    personal_data: forbid
"""
    rules = ValidationSpec.model_validate(yaml.safe_load(text)["validation"])
    data = spec().data.model_copy(update={"validation": rules})
    told = card(spec().model_copy(update={"data": data}), spec(), VERSION, "c0ffee")
    assert "| price | type number, min 1 |" in told
    for line in ("| rows | min 30 |", "| unique | store, day |", "| check sound | price > 0 and day != 'x\\|y' |"):
        assert line in told
    assert "| extra_columns | forbid |\n| personal_data | forbid |" in told


def test_bins_are_in_the_order_of_their_numbers() -> None:
    bins = ("-3.5 to 9", "9 to 12.5", "12.5 to 100", "100 to 1e+03", "missing")
    findings = {"slices": {"age": {name: {"rows": 30} for name in sorted(bins)}}}
    told = card(spec(), spec(), replace(VERSION, findings=findings), "c0ffee")
    assert "".join(f"| {name} | 30 |\n" for name in bins) in told


def test_the_class_that_metrics_are_about() -> None:
    def told(metrics: str, values: str) -> str:
        made = load({"specs/tumor.yaml": TUMOR.format(metrics=metrics, values=values).encode()}).sound()
        return card(made.models[0].spec, spec(), VERSION, "c0ffee")

    one = "Of two classes, recall, f1: of the last in sorted order"
    assert f"{one}, here `gutartig`." in told("recall, f1", ", values: [gutartig, bösartig]")
    assert f"{one}. Of more: the mean over the classes.\n" in told("recall, f1", "")
    assert "sorted order" not in told("recall, f1", ", values: [a, b, c]")
    assert "sorted order" not in told("accuracy, f1_macro", "")
