"""The V2 protocol's tensors, from body to bytes."""

from __future__ import annotations

import re

import orjson
import pytest

from mlspec.serving.errors import Refusal

TENURE = {"name": "tenure", "shape": [2], "datatype": "INT64", "data": [3, 40]}
PLAN = {"name": "plan", "shape": [2, 1], "datatype": "BYTES", "data": [["basic"], ["plus"]]}
PAPER = {"name": "paper", "shape": [2], "datatype": "BOOL", "data": [True, False]}
MATRIX = {"name": "x", "shape": [2, 4], "datatype": "FP64", "data": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]}


def infer(service, **document):
    """The answer, decoded."""
    return orjson.loads(service.infer(orjson.dumps(document))[0])


def test_one_tensor_for_each_column(serve) -> None:
    answer = infer(serve("churn"), id="a1", inputs=[PAPER, TENURE, PLAN])
    assert answer == {
        "model_name": "churn",
        "model_version": "v1.2.0",
        "id": "a1",
        "outputs": [{"name": "predict", "datatype": "BOOL", "shape": [2], "data": [True, False]}],
    }


def test_a_matrix_for_a_model_on_arrays_flat_or_nested(serve) -> None:
    service = serve("iris")
    flat = {**MATRIX, "data": [value for row in MATRIX["data"] for value in row]}
    assert infer(service, inputs=[MATRIX])["outputs"][0]["data"] == ["setosa", "virginica"]
    assert infer(service, inputs=[MATRIX]) == infer(service, inputs=[flat])


def test_a_matrix_writes_booleans_as_numbers(serve) -> None:
    line = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [[2.0, 1.0]]}
    assert infer(serve("line"), inputs=[line])["outputs"][0]["data"] == pytest.approx([5])
    with pytest.raises(Refusal, match="row 0, column 'flag'"):
        infer(serve("line"), inputs=[{**line, "data": [[2.0, 0.5]]}])


def test_probabilities_are_asked_for(serve) -> None:
    wanted = [{"name": "predict_proba"}, {"name": "predict"}]
    shares, labels = infer(serve("iris"), inputs=[MATRIX], outputs=wanted)["outputs"]
    assert (shares["name"], shares["shape"], shares["datatype"]) == ("predict_proba", [2, 3], "FP64")
    assert sum(shares["data"][:3]) == pytest.approx(1)
    assert labels["datatype"] == "BYTES"


def test_without_an_id_there_is_none_and_bytes_are_equal(serve) -> None:
    body = orjson.dumps({"inputs": [MATRIX]})
    assert len({serve("iris").infer(body)[0] for _ in range(2)}) == 1


REFUSED = [
    ("churn", {"inputs": []}, 400, '"inputs" must be a list of tensors'),
    ("churn", {"inputs": [PLAN, PAPER]}, 400, "missing input 'tenure'"),
    ("churn", {"inputs": [PLAN, PAPER, TENURE, TENURE]}, 400, "an input is given twice"),
    ("churn", {"inputs": [{**PLAN, "name": "plans"}]}, 400, "unknown input 'plans'; the model takes tenure, plan"),
    ("churn", {"inputs": [MATRIX]}, 400, "unknown input 'x'"),
    ("churn", {"inputs": [{**TENURE, "datatype": "BYTES"}, PLAN, PAPER]}, 400, "expected INT64, not BYTES"),
    ("churn", {"inputs": [{**TENURE, "datatype": "BOOL"}, PLAN, PAPER]}, 400, "expected INT64, not BOOL"),
    ("churn", {"inputs": [{**TENURE, "datatype": "INT7"}, PLAN, PAPER]}, 400, 'unknown datatype "INT7"'),
    ("churn", {"inputs": [{**TENURE, "datatype": []}, PLAN, PAPER]}, 400, "unknown datatype []"),
    ("churn", {"inputs": [{**TENURE, "data": [3, 1.5]}, PLAN, PAPER]}, 400, "row 1, column 'tenure'"),
    ("churn", {"inputs": [{**TENURE, "data": [3]}, PLAN, PAPER]}, 400, "the shape [2] needs 2 values, not 1"),
    ("churn", {"inputs": [{**TENURE, "shape": [1, 2]}, PLAN, PAPER]}, 400, "must be [n] or [n, 1], not [1,2]"),
    ("churn", {"inputs": [{**TENURE, "shape": [-1]}, PLAN, PAPER]}, 400, "list of whole numbers, not [-1]"),
    ("churn", {"inputs": [{**TENURE, "shape": [0], "data": []}, PLAN, PAPER]}, 400, "there are no rows"),
    ("churn", {"inputs": [{**TENURE, "shape": [3], "data": [1, 2, 3]}, PLAN, PAPER]}, 400, "different numbers of rows"),
    ("churn", {"inputs": [{**TENURE, "shape": [9]}]}, 413, "9 rows are more than the 5"),
    ("churn", {"inputs": [TENURE, PLAN, PAPER], "id": 3}, 400, '"id" must be a string'),
    (
        "churn",
        {"inputs": [TENURE, PLAN, PAPER], "id": "a" * 257},
        400,
        'an "id" of 257 characters is longer than the 256',
    ),
    ("churn", {"inputs": [{**TENURE, "parameters": {"binary_data_size": 8}}]}, 501, "binary tensors"),
    ("churn", {"inputs": [TENURE], "parameters": {"binary_data_output": True}}, 501, "binary tensors"),
    ("iris", {"inputs": [{**MATRIX, "shape": [4, 2]}]}, 400, "has 2 columns; the model takes 4"),
    ("iris", {"inputs": [{**MATRIX, "datatype": "BYTES"}]}, 400, "a matrix must be of numbers"),
    ("iris", {"inputs": [{**MATRIX, "data": [True] * 8}]}, 400, "row 0, column 'sepal_length': expected a number"),
    ("line", {"inputs": [MATRIX], "outputs": [{"name": "predict_proba"}]}, 400, "has 4 columns"),
]


@pytest.mark.parametrize(("name", "document", "status", "says"), REFUSED, ids=lambda v: str(v)[-40:])
def test_what_is_wrong_is_named(serve, name, document, status, says) -> None:
    with pytest.raises(Refusal, match=re.escape(says)) as caught:
        serve(name, batch=5).infer(orjson.dumps(document))
    assert caught.value.status == status


def test_an_output_that_a_regression_has_not(serve) -> None:
    line = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [[2.0, 1.0]]}
    with pytest.raises(Refusal, match='unknown output "predict_proba"; this model has predict'):
        infer(serve("line"), inputs=[line], outputs=[{"name": "predict_proba"}])
