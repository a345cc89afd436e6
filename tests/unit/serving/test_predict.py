"""POST /predict, from body to bytes."""

from __future__ import annotations

import re

import numpy as np
import orjson
import pytest
import skops.io
from fakes import bundles

from mlspec.serving.bundle import load_bundle
from mlspec.serving.errors import Refusal
from mlspec.serving.service import Limits, Service
from mlspec.serving.signature import Column
from mlspec.serving.table import typed

ROW = {"tenure": 3, "plan": "basic", "paper": True}
IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


def predict(service, document):
    """The answer, decoded."""
    return orjson.loads(service.predict(orjson.dumps(document))[0])


@pytest.mark.parametrize("body", [ROW, [ROW], {"rows": [ROW]}], ids=["row", "list", "rows"])
def test_a_row_comes_in_three_forms(serve, body) -> None:
    answer = predict(serve("churn"), body)
    assert list(answer) == ["model", "version", "predictions", "probabilities"]
    assert answer["predictions"] == [True]
    assert list(answer["probabilities"][0]) == ["false", "true"]
    assert sum(answer["probabilities"][0].values()) == pytest.approx(1)


def test_a_missing_category_is_the_empty_text_as_in_training() -> None:
    column = Column("colour", "category", ("", "red"), nullable=True)
    assert typed(column, ["red", None]).tolist() == ["red", ""]


def test_regression_has_no_probabilities(serve) -> None:
    answer = predict(serve("line"), [{"x": 2, "flag": True}, {"x": 10.0, "flag": False}])
    assert answer["predictions"] == pytest.approx([5, 21])
    assert "probabilities" not in answer


def test_the_order_of_keys_does_not_matter(serve) -> None:
    service = serve("iris")
    turned = dict(reversed(IRIS_ROW.items()))
    assert service.predict(orjson.dumps(IRIS_ROW))[0] == service.predict(orjson.dumps(turned))[0]


@pytest.mark.parametrize("name", ["wine", "iris"])
def test_answers_are_the_estimators_own_to_the_bit(serve, folders, name) -> None:
    service = serve(name)
    fitted = skops.io.load(folders(name) / "model.skops", trusted=["sklearn.tree._tree.Tree"])
    fitted.set_params(**{"n_jobs": 1} if name == "iris" else {})
    rows = np.random.default_rng(1).uniform(0, 20, (50, len(service.model.signature.inputs)))
    answer = predict(service, [dict(zip(service.model.signature.names, row.tolist(), strict=True)) for row in rows])
    assert answer["predictions"] == fitted.predict(rows).tolist()
    assert [list(row.values()) for row in answer["probabilities"]] == fitted.predict_proba(rows).tolist()


def test_equal_requests_get_equal_bytes(serve) -> None:
    body = orjson.dumps({"rows": [IRIS_ROW] * 20})
    assert len({serve("iris").predict(body)[0] for _ in range(3)}) == 1


REFUSED = [
    ([], 400, "there are no rows"),
    ({"rows": []}, 400, "there are no rows"),
    ([ROW] * 6, 413, "6 rows are more than the 5"),
    (3, 400, 'expected {"rows": [...]}'),
    ([ROW, 3], 400, "row 1 must be an object of columns, not 3"),
    ({"rows": [ROW], "x": 1}, 400, "unknown key 'x' beside \"rows\""),
    ([ROW, {"tenure": 3}], 400, "row 1: missing columns 'plan', 'paper'"),
    ({**ROW, "age": 1}, 400, 'row 0: unknown column "age"'),
    (
        {"instances": [[3, "basic", True]]},
        400,
        'unknown column "instances" (send {"rows": [{column: value, ...}, ...]})',
    ),
    ({"rows": ROW}, 400, 'unknown column "rows" (send {"rows": [{column: value, ...}, ...]})'),
    ({"tenur": 3, "plan": "basic", "paper": True}, 400, "unknown column \"tenur\" (did you mean 'tenure'?)"),
    ([ROW, {**ROW, "tenure": 1.5}], 400, "row 1, column 'tenure': expected a whole number, not 1.5"),
    ([ROW, {**ROW, "plan": None}], 400, "row 1, column 'plan'"),
]


@pytest.mark.parametrize(("document", "status", "says"), REFUSED, ids=lambda v: str(v)[:30])
def test_what_is_wrong_is_named(serve, document, status, says) -> None:
    with pytest.raises(Refusal, match=re.escape(says)) as caught:
        serve("churn", batch=5).predict(orjson.dumps(document))
    assert caught.value.status == status


def test_an_unseen_category_is_predicted_and_counted(serve) -> None:
    service = serve("churn")
    answer = service.predict(orjson.dumps({**ROW, "plan": "gold"}))
    service.count(answer)
    assert 'mlspec_unseen_categories_total{column="plan"} 1' in service.metrics.render()
    assert "mlspec_predictions_total 1\n" in service.metrics.render()


def test_a_model_that_takes_no_unseen_category_refuses_it(tmp_path) -> None:
    service = Service("c", "v1", load_bundle(bundles.write_churn(tmp_path / "b", "error")), Limits())
    with pytest.raises(Refusal, match="the model refuses these values: Found unknown categories") as caught:
        service.predict(orjson.dumps({**ROW, "plan": "gold"}))
    assert caught.value.status == 400
