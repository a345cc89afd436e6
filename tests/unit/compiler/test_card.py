"""Model cards: all that a version's record and spec say, for people."""

from __future__ import annotations

from dataclasses import replace

from fakes.wanted import SPEC, model, record

from mlspec.compiler.card import card
from mlspec.domain.record import Verdict
from mlspec.spec.load import load
from mlspec.spec.model import ModelSpec

VERSION = record(model())


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
