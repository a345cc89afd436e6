"""What was fetched is read to its end before it takes the place of what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.adapters.sources import _table
from mlspec.adapters.sources._table import examine
from mlspec.errors import MlspecError


def test_types_rows_and_size(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b'a,b,c,d,e,f\n1,1.5,x,true,,1\n,2,"y,\nz",false,,x\n3,NA,1,true,,2\n')
    found = examine(file, fingerprint="etag 1")
    kinds = {"a": "integer", "b": "number", "c": "text", "d": "boolean", "e": "text", "f": "text"}
    assert (found.rows, found.columns, found.size) == (3, kinds, file.stat().st_size)
    assert (len(found.md5), found.fingerprint) == (32, "etag 1")


def test_types_of_the_whole_file_and_not_of_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_table, "_CHUNK", 2)
    file = tmp_path / "x.csv"
    file.write_text("a,b,c,d\n" + "1,1,,true\n" * 4 + "1.5,x,2,1\n")
    assert examine(file).columns == {"a": "number", "b": "text", "c": "integer", "d": "text"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "gave nothing"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1\n", "row 1 of what the source gave has 1 fields, and the header 2"),
        (b"a,a\n1,2\n", "two columns are named a"),
        (b"a,\n1,2\n", "has no name"),
        (b"<html><body>moved</body></html>\n", "no CSV file"),
        (b'{"error": "no"}\n', "no CSV file"),
        (b"a,b\n1,\xff\n", "not UTF-8"),
        (b'a,b\n1,"x\n', "not CSV"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    with pytest.raises(MlspecError, match=words) as caught:
        examine(file)
    assert "kept" in caught.value.hint
