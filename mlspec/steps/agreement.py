"""Does the exported model answer as the fitted one does? On the test rows, and on these with values missing.

Labels have to be the same. Numbers and probabilities may differ by so much of their size (of the mean size, where that
is larger), and probabilities of themselves, as formats add up in another order and some in single precision.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np

from mlspec.steps.models import MODEL, REFUSED, load_model
from mlspec.steps.params import Params
from mlspec.steps.signature import Signature
from mlspec.steps.table import TEXT
from mlspec.steps.testing import Bundle, load_rows, open_bundle, use_one_thread

WRONG: Final = 1.0
"""The difference of another label, and of what is no number."""

Found = dict[str, Any]


def check_agreement(params: Params) -> Found:
    """rows, difference (the largest), and the row where it is; or why there is no such file. Empty for skops."""
    if params.format == "skops":
        return {}
    if (params.bundle / REFUSED).exists():
        return dict(json.loads((params.bundle / REFUSED).read_bytes()))
    served = open_bundle(params, params.bundle)
    fitted = load_model(params.folder / "model" / MODEL, params.training.trust)
    use_one_thread(fitted)
    rows = load_rows(params, served.signature).matrix
    found = compared(served, fitted, rows)
    gaps = _with_gaps(rows, served.signature)
    if gaps is None:
        return found
    other = compared(served, fitted, gaps) | {"missing": True}
    worst = other if other["difference"] > found["difference"] else found
    return worst | {"rows": found["rows"] + other["rows"]}


def compared(served: Bundle, fitted: Any, rows: Any) -> Found:
    wanted, given = np.asarray(fitted.predict(rows)).reshape(-1), served.model.predict(rows)
    if served.signature.task == "regression":
        gaps = _relative(wanted, given)
    else:
        gaps = np.where(wanted == given, 0.0, WRONG)
        if hasattr(fitted, "predict_proba"):
            gaps = np.maximum(gaps, _shares(fitted, served.model, rows))
    worst = int(np.argmax(gaps))
    told = {"row": worst, "fitted": _plain(wanted[worst]), "served": _plain(given[worst])}
    return {"rows": len(gaps), "difference": float(gaps[worst])} | (told if gaps[worst] else {})


def _relative(wanted: Any, given: Any) -> Any:
    size = np.maximum(np.abs(wanted), np.mean(np.abs(wanted)))
    gaps = np.abs(wanted - given) / np.where(size > 0, size, 1.0)
    return np.where(np.isfinite(gaps), gaps, WRONG)


def _shares(fitted: Any, served: Any, rows: Any) -> Any:
    gaps = np.abs(np.asarray(fitted.predict_proba(rows)) - served.predict_proba(rows)).max(axis=1)
    return np.where(np.isfinite(gaps), gaps, WRONG)


def _with_gaps(rows: Any, signature: Signature) -> Any:
    """The rows with one value missing in each, in turn of the columns that may miss some; None where none may."""
    columns = [index for index, each in enumerate(signature.inputs) if each.nullable]
    if not columns:
        return None
    changed = rows.copy()
    for row in range(len(changed)):
        column = columns[row % len(columns)]
        if signature.layout == "array":
            changed[row, column] = np.nan
        else:
            each = signature.inputs[column]
            if each.type not in TEXT:
                changed[each.name] = changed[each.name].astype("float64")
            changed.iloc[row, column] = "" if each.type in TEXT else np.nan
    return changed


def _plain(value: Any) -> Any:
    """As JSON has it, which has no word for what is not finite."""
    plain = value.item() if hasattr(value, "item") else value
    return str(plain) if isinstance(plain, float) and not math.isfinite(plain) else plain
