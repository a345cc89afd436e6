"""The parity step: are the server's answers, byte for byte, what the evaluation predicts on the same rows?"""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mlspec.steps.params import Params
from mlspec.steps.served import batches, post, request_rows, serving, to_json
from mlspec.steps.testing import Bundle, load_rows, open_bundle, sent_table


def run(params: Params, folder: Path) -> dict[str, int]:
    """The number of test rows, and of those whose answers are the same."""
    # as the server does: another number of threads may add up in another order, which is no matter of the environment
    threadpool_limits(1)
    bundle = open_bundle(params, folder)
    rows = load_rows(params, bundle.signature)
    sent = request_rows(sent_table(params, bundle.signature), bundle.signature)
    same = start = 0
    with serving(params, folder) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for batch in batches(sent):
            answer = json.loads(post(connection, to_json({"rows": batch})))
            wanted = _expected(bundle, rows.matrix[start : start + len(batch)])
            same += sum(_line(answer, row) == _line(wanted, row) for row in range(len(batch)))
            start += len(batch)
        connection.close()
    return {"parity_rows": len(sent), "parity_same": same}


def _expected(bundle: Bundle, matrix: Any) -> dict[str, list[Any]]:
    """What the evaluation predicts, in the form of the server's answer."""
    found = {"predictions": np.asarray(bundle.model.predict(matrix)).tolist()}
    if bundle.signature.task == "classification" and hasattr(bundle.model, "predict_proba"):
        names = [name if isinstance(name, str) else json.dumps(name) for name in bundle.signature.classes or ()]
        shares = np.asarray(bundle.model.predict_proba(matrix)).tolist()
        found["probabilities"] = [dict(zip(names, row, strict=True)) for row in shares]
    return found


def _line(answer: dict[str, Any], row: int) -> bytes:
    """The answer to one row, as JSON spells it: numbers are the same where their shortest spelling is."""
    return to_json([answer[name][row] for name in ("predictions", "probabilities") if name in answer])
