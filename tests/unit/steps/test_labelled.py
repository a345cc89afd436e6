"""Late labels are measured over the model's classes, whichever of them came so far."""

from __future__ import annotations

import pytest
from sklearn.metrics import f1_score

from mlspec.steps.labelled import measured

METRICS = ["f1", "recall", "accuracy"]


def test_two_of_three_classes_are_no_two_class_model() -> None:
    truth, predicted = [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0, 1]
    found = measured({"metrics": METRICS, "truth": truth, "predicted": predicted, "classes": [0, 1, 2]})
    assert found["f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert found["f1"] != pytest.approx(f1_score(truth, predicted))


@pytest.mark.parametrize("last", [0, 1])
def test_nothing_is_said_of_a_class_that_has_not_come_yet(last: int) -> None:
    given = {"truth": [0] * 50, "predicted": [0] * 49 + [last], "classes": [0, 1]}
    found = measured({"metrics": METRICS, **given})
    assert found == {"f1": None, "recall": None, "accuracy": 1.0 - last / 50}


def test_a_server_that_does_not_tell_its_classes_is_judged_by_the_rows() -> None:
    asked = {"metrics": ["recall"], "truth": ["a", "b", "b"], "predicted": ["a", "b", "a"], "classes": None}
    assert measured(asked) == {"recall": 0.5}


def test_numbers_have_no_classes() -> None:
    asked = {"metrics": ["mean_absolute_error"], "truth": [1.0, 2.0], "predicted": [1.5, 2.0], "classes": None}
    assert measured(asked) == {"mean_absolute_error": 0.25}
