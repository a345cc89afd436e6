"""Late labels: read from CSV, joined by ids, compared as values of one type."""

from __future__ import annotations

import csv

import pytest

from mlspec.domain.labels import joined, read_labels

CSV = b"id,when,churned\na,monday,1\nb,monday,0\nc,monday,\n,tuesday,1\na,tuesday,0\n"


def test_rows_without_an_id_or_a_label_wait_and_later_rows_win() -> None:
    assert read_labels(CSV, "id", "churned") == {"a": "0", "b": "0"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (CSV, "no column label; there are: id, when, churned"),
        (b"", "no column id; there are: none"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_file_that_has_no_labels_says_why(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_labels(data, "id", "label")


@pytest.mark.parametrize(
    ("answer", "text", "value"),
    [(1, "1", 1), (1, "1.0", 1), (1, "0.5", 0.5), (2.5, "3", 3.0), (True, "false", False), ("x", "1", "1")],
)
def test_labels_are_values_of_the_answers_type(answer: object, text: str, value: object) -> None:
    truth, predicted, wrong = joined({"a": answer, "b": 0}, {"a": text, "c": "1"})  # type: ignore[dict-item]
    assert (truth, predicted, wrong) == ([value], [answer], 0)
    assert type(truth[0]) is type(value)


def test_labels_of_no_such_type_are_counted() -> None:
    assert joined({"a": 1, "b": True}, {"a": "yes", "b": "perhaps"}) == ([], [], 2)


@pytest.mark.parametrize("data", [b"id,label\na," + b"1" * 200_000, b'id,label\na,"1' + b"\n" * 200_000])
def test_rows_that_are_no_csv_are_told(data: bytes) -> None:
    before = csv.field_size_limit(1000)  # one for all of a process, which other parts raise
    try:
        with pytest.raises(ValueError, match="it is no CSV in UTF-8"):
            read_labels(data, "id", "label")
    finally:
        csv.field_size_limit(before)
