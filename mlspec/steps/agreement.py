"""Does the exported model answer as the fitted one does? On the test rows, and on these with what requests may have:
values missing, and categories that training did not see.

Labels have to be the same. Numbers and probabilities may differ by so much of their size (of the mean size, where that
is larger), and probabilities of themselves, as formats add up in another order and some in single precision.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from mlspec.steps.models import MODEL, REFUSED, load_model
from mlspec.steps.params import Params
from mlspec.steps.signature import Input, Signature, Task
from mlspec.steps.table import TEXT
from mlspec.steps.testing import Bundle, load_rows, open_bundle, use_one_thread

WRONG: Final = 1.0
"""The difference of another label, and of what is no number."""

NEW: Final = 100
"""so many rows are asked with a new category, for each column"""

Found = dict[str, Any]
Answers = tuple[Any, Any]


def check_agreement(params: Params) -> Found:
    """rows, difference (the largest), and the row where it is; or why there is no such file. Empty for skops."""
    if params.format == "skops":
        return {}
    if (params.bundle / REFUSED).exists():
        return dict(json.loads((params.bundle / REFUSED).read_bytes()))
    served = open_bundle(params, params.bundle)
    fitted = load_model(params.folder / "model" / MODEL, params.training.trust)
    use_one_thread(fitted)
    return worst_of(served, fitted, load_rows(params, served.signature).matrix)


def worst_of(served: Bundle, fitted: Any, rows: Any) -> Found:
    """Where the answers differ most: on the rows, on these with values missing, and with categories that are new."""
    found = [compared(served, fitted, tried) | told for tried, told in _tried(rows, served.signature)]
    worst = max(found, key=lambda each: float(each["difference"]))
    return worst | {"rows": sum(each["rows"] for each in found)}


def compared(served: Bundle, fitted: Any, rows: Any) -> Found:
    """The same of these rows alone; what one refuses, the other has to refuse."""
    shares = served.signature.task == "classification" and hasattr(fitted, "predict_proba")
    wanted, given = _answers(fitted, rows, shares=shares), _answers(served.model, rows, shares=shares)
    if wanted is None or given is None:
        return _refused(len(rows), fitted=wanted, served=given)
    gaps = _gaps(wanted, given, served.signature.task)
    worst = int(np.argmax(gaps))
    told = {"row": worst, "fitted": _plain(wanted[0][worst]), "served": _plain(given[0][worst])}
    return {"rows": len(gaps), "difference": float(gaps[worst])} | (told if gaps[worst] else {})


def _answers(model: Any, rows: Any, *, shares: bool) -> Answers | None:
    """Labels or numbers, and shares where they are asked for; None where the model refuses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of new categories, which are given on purpose
            return np.asarray(model.predict(rows)).reshape(-1), model.predict_proba(rows) if shares else None
    except Exception:  # noqa: BLE001 - scikit-learn's are ValueErrors mostly, the runtime's have no common base
        return None


def _refused(rows: int, **answers: Answers | None) -> Found:
    given = {name: _plain(each[0][0]) for name, each in answers.items() if each is not None}
    return {"rows": rows, "difference": WRONG, "row": 0} | given if given else {"rows": rows, "difference": 0.0}


def _gaps(wanted: Answers, given: Answers, task: Task) -> Any:
    """Each row's difference."""
    if task == "regression":
        return _relative(wanted[0], given[0])
    gaps = np.where(wanted[0] == given[0], 0.0, WRONG)
    if wanted[1] is None:
        return gaps
    shares = np.abs(np.asarray(wanted[1]) - given[1]).max(axis=1)
    return np.maximum(gaps, np.where(np.isfinite(shares), shares, WRONG))


def _relative(wanted: Any, given: Any) -> Any:
    size = np.maximum(np.abs(wanted), np.mean(np.abs(wanted)))
    gaps = np.abs(wanted - given) / np.where(size > 0, size, 1.0)
    return np.where(np.isfinite(gaps), gaps, WRONG)


def _tried(rows: Any, signature: Signature) -> Iterator[tuple[Any, Found]]:
    yield rows, {}
    gaps = _with_gaps(rows, signature)
    if gaps is not None:
        yield gaps, {"missing": True}
    for each in signature.inputs:
        if each.type in TEXT:
            yield _with_new(rows, each), {"unseen": each.name}


def _with_new(rows: Any, each: Input) -> Any:
    """Some rows with a text that this column never had; the column by itself, as one refusal would hide another."""
    known, text = {*(each.values or ()), *rows[each.name]}, "never seen"
    while text in known:
        text += "!"
    return rows.head(NEW).assign(**{each.name: text})


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
