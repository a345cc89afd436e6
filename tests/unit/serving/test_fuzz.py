"""Whatever JSON comes, the server answers or refuses; it never breaks."""

from __future__ import annotations

import contextlib

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlspec.serving.errors import Refusal

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=3)
)
KEYS = st.sampled_from(
    ["rows", "inputs", "outputs", "id", "parameters", "name", "shape", "datatype", "data", "x", "flag", "plan"]
)
WORDS = st.sampled_from(["x", "flag", "tenure", "plan", "FP64", "INT64", "BYTES", "BOOL", "predict", "predict_proba"])
VALUES = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
TENSORS = st.fixed_dictionaries(
    {"name": WORDS, "shape": st.lists(st.integers(-1, 3), max_size=3) | VALUES, "datatype": WORDS, "data": VALUES}
)
ROWS = st.fixed_dictionaries({"x": SCALARS, "flag": SCALARS}) | st.fixed_dictionaries(
    {"tenure": SCALARS, "plan": SCALARS, "paper": SCALARS}
)
DOCUMENTS = VALUES | st.lists(ROWS, max_size=3) | st.fixed_dictionaries({"inputs": st.lists(TENSORS, max_size=3)})


@pytest.mark.parametrize("name", ["line", "churn"])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(document=DOCUMENTS)
def test_any_document_is_answered_or_refused(serve, name: str, document: object) -> None:
    service = serve(name)
    body = orjson.dumps(document)
    for answer in (service.predict, service.infer):
        with contextlib.suppress(Refusal):
            assert orjson.loads(answer(body)[0])
