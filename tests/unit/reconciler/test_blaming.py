"""A failed stage names the spec's line: the field that its last words speak of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import model

from mlspec.domain.desired import Subject
from mlspec.domain.reason import ReasonKind
from mlspec.reconciler.blaming import blamed

NAMES = (
    "training.estimator",
    "training.params.C",
    "training.params.max_depth",
    "training.target",
    "data.split.stratify",
    "data.validation.columns.price net.type",
    "data.validation.columns.price",
    "data.validation",
)
SUBJECTS = tuple(Subject(name, ReasonKind.SPEC_CHANGED, 1, line) for line, name in enumerate(NAMES, 11))
BLUEPRINT = replace(model().blueprint, path="specs/wine.yaml", subjects=SUBJECTS, evaluate=())


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("training.estimator: there is no sklearn.svm.SVX (did you mean sklearn.svm.SVC?)", 11),
        ("training.params: SVC has no param C (did you mean c?)", 12),
        ("training.params: SVC has no param max_depth", 13),
        ("data.csv: training.target: there is no column kindd", 14),
        ("data.csv: split.stratify: there is no column kindd", 15),
        ("a rule in data.validation is broken\n  rows: at least 3, there are 2", 18),
        ("a rule in data.validation is broken\n  column price: min 3: 1 row (line 2: 1)", 17),
    ],
)
def test_the_field_that_is_named(said: str, line: int) -> None:
    warned = ("warning: training.target: odd", *said.splitlines())
    assert blamed(warned, BLUEPRINT) == f"specs/wine.yaml:{line}"


@pytest.mark.parametrize("said", ["Traceback", "failed (see training.target)", "evaluation.metrics: no"])
def test_none_where_none_is_named_that_is_known(said: str) -> None:
    assert blamed((said,), BLUEPRINT) == ""


def test_the_spec_of_shared_features_is_named_where_the_field_stands_there() -> None:
    shared = Subject("features.function", ReasonKind.SPEC_CHANGED, "a:b", 5, "specs/visits.yaml")
    found = blamed(("features.function: a has no function b",), replace(BLUEPRINT, subjects=(shared,)))
    assert found == "specs/visits.yaml:5"
