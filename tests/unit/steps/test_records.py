"""CSV records stay the text that they were, and errors name their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.errors import MlspecError
from mlspec.steps.records import read_records

TRICKY = 'name,price\nplain,1.10\n"two\nlines",007\n\n"say ""hi""",1e5\nlast,.5'


def write(folder: Path, data: bytes) -> Path:
    """A CSV file of these bytes."""
    path = folder / "data.csv"
    path.write_bytes(data)
    return path


def test_rows_keep_their_text_and_know_their_line(tmp_path: Path) -> None:
    records = read_records(write(tmp_path, TRICKY.encode()), pick=["price"])
    assert records.columns == ("name", "price")
    assert records.rows == ("plain,1.10\n", '"two\nlines",007\n', '"say ""hi""",1e5\n', "last,.5\n")
    assert records.lines == (2, 3, 6, 7)
    assert records.picked["price"] == ("1.10", "007", "1e5", ".5")
    assert records.text([0, 3]) == "name,price\nplain,1.10\nlast,.5\n"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    records = read_records(write(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n"))
    assert records.columns == ("a", "b")
    assert records.rows == ("1,2\r\n",)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a,b\n1,2\n\n1,2,3\n", r"data\.csv:4: 3 fields where the header has 2"),
        (b"a,b\n1\n", r"data\.csv:2: 1 fields"),
        (b"a,a\n1,2\n", "two columns are named a"),
        (b"a,\n1,2\n", "a column has no name"),
        (b"", "is empty"),
        (b"a,b\n\xff,2\n", "UTF-8"),
        (b'a,b\n"1,2\n', "is not CSV"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(MlspecError, match=told):
        read_records(write(tmp_path, data))


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match=r"CSV files, not \.parquet"):
        read_records(tmp_path / "data.parquet")


def test_an_unknown_column_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match=r"no column pric \(did you mean price\?\)"):
        read_records(write(tmp_path, TRICKY.encode()), pick=["pric"])
