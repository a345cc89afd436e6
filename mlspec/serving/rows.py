"""POST /predict: rows as JSON objects in, predictions out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlspec.serving.columns import show
from mlspec.serving.errors import Refusal
from mlspec.serving.signature import Signature, class_label

LONGEST_ID: Final = 256
"""Characters of a request's or row's id: a UUID has 36, a trace id 32"""


def columns_of(document: Any, signature: Signature, batch: int) -> list[tuple[Any, ...]]:
    """The columns, in the model's order, of a row, a list of rows or `{"rows": [...]}`; raises Refusal."""
    rows = _rows(document)
    if not rows:
        raise Refusal(400, "there are no rows to predict")
    if len(rows) > batch:
        raise Refusal(413, f"{len(rows)} rows are more than the {batch} of one request")
    names = signature.names
    wanted = frozenset(names)
    for number, row in enumerate(rows):
        if type(row) is not dict:
            raise Refusal(400, f"row {number} must be an object of columns, not {show(row)}")
        if row.keys() != wanted:
            raise Refusal(400, f"row {number}: {_difference(row, names)}")
    return [tuple([row[name] for row in rows]) for name in names]


def ids_of(document: Any, count: int) -> Sequence[str] | None:
    """The rows' ids, which stand beside "rows"; `columns_of` has checked them."""
    given = document.get("id") if type(document) is dict and type(document.get("rows")) is list else None
    return row_ids(given, count) if type(given) is str else given


def check_lengths(ids: Any) -> None:
    """Raises Refusal where a text among the ids is too long: answers are kept by them, and a few could fill that."""
    longest = max((len(each) for each in ids if type(each) is str), default=0) if type(ids) is list else 0
    if longest > LONGEST_ID:
        raise Refusal(400, f'an "id" of {longest} characters is longer than the {LONGEST_ID} that it may have')


def row_ids(request_id: str, count: int) -> list[str]:
    """Each row's id: the request's own for one row, else with the row's number behind it, `a/0`, `a/1`."""
    return [request_id] if count == 1 else [f"{request_id}/{row}" for row in range(count)]


def predictions(
    identity: Mapping[str, str], signature: Signature, labels: list[Any], shares: list[list[float]] | None
) -> dict[str, Any]:
    """The answer; `shares` are the classes' probabilities of each row."""
    answer: dict[str, Any] = {**identity, "predictions": labels}
    if shares is not None:
        classes = [class_label(value) for value in signature.output.classes or ()]
        answer["probabilities"] = [dict(zip(classes, row, strict=True)) for row in shares]
    return answer


def _rows(document: Any) -> Sequence[Any]:
    if type(document) is list:
        return document
    if type(document) is not dict:
        raise Refusal(400, f'expected {{"rows": [...]}}, a row or a list of rows, not {show(document)}')
    rows = document.get("rows")
    # A column called "rows" holds a scalar, so a list is never meant as one.
    if type(rows) is list:
        if len(document) > 1:
            _check_beside(document, len(rows))
        return rows
    return [document]


def _check_beside(document: Mapping[str, Any], count: int) -> None:
    """Beside "rows" may be "id": a text for the request, or a list with one for each row."""
    if unknown := [key for key in document if key not in {"rows", "id"}]:
        raise Refusal(400, f'unknown key {unknown[0]!r} beside "rows"')
    given = document["id"]
    check_lengths([given] if type(given) is str else given)
    many = type(given) is list and len(given) == count and all(type(each) is str for each in given)
    if type(given) is not str and not many:
        raise Refusal(400, f'"id" must be a string, or a list of one for each of the {count} rows, not {show(given)}')


def _difference(row: Mapping[str, Any], names: Sequence[str]) -> str:
    missing = [name for name in names if name not in row]
    unknown = [name for name in row if name not in names]
    if unknown:
        close = difflib.get_close_matches(unknown[0], missing, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        if type(row[unknown[0]]) in {list, dict}:  # no value of a column, but another server's envelope
            hint = ' (send {"rows": [{column: value, ...}, ...]})'
        return f"unknown column {show(unknown[0])}{hint}"
    return f"missing column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing[:10]))}"
