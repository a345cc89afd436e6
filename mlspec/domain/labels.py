"""Late labels: answers that were given, joined by their ids with true values that came later."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from mlspec.domain.digest import JSON

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers by their ids; `classes` are all that the model knows, None where it has none or does not tell them."""

    by_id: Mapping[str, JSON]
    classes: tuple[JSON, ...] | None = None


def read_labels(data: bytes, identifier: str, label: str) -> dict[str, str]:
    """id → true value, of a CSV file with these columns; ValueError says what is wrong with it. Later rows win."""
    try:
        reader = csv.DictReader(StringIO(data.decode("utf-8-sig")))
        names = reader.fieldnames or ()
        rows = list(reader)  # a wrong row is told when it is reached
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"it is no CSV in UTF-8: {error}") from error
    if missing := [name for name in (identifier, label) if name not in names]:
        raise ValueError(f"it has no column {missing[0]}; there are: {', '.join(names) or 'none'}")
    return {row[identifier]: row[label] for row in rows if row[identifier] and row[label]}


def joined(predictions: Mapping[str, JSON], labels: Mapping[str, str]) -> tuple[list[JSON], list[JSON], int]:
    """True values and answers with one id, as values of one type; and how many labels are of no such type."""
    truth: list[JSON] = []
    predicted: list[JSON] = []
    wrong = 0
    for name in sorted(predictions.keys() & labels.keys()):
        try:
            truth.append(_like(predictions[name], labels[name]))
        except ValueError:
            wrong += 1
        else:
            predicted.append(predictions[name])
    return truth, predicted, wrong


def _like(answer: JSON, text: str) -> JSON:
    """The text as a value of the answer's type; ValueError where it is none."""
    if isinstance(answer, bool):
        if text.lower() not in _TRUTH:
            raise ValueError(text)
        return _TRUTH[text.lower()]
    if isinstance(answer, int | float):
        number = float(text)
        return int(number) if isinstance(answer, int) and number.is_integer() else number
    return text
