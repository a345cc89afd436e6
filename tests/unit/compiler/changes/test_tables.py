"""What changed in a table: rows, columns and cells, and no more than is true."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.compiler.changes.tables import table_changes

TABLE = "a,b,c\n1,2,3\n4,5,6\n7,8,9\n"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("a,b,c\n1,2,3\n4,5,0\n7,8,9\n", ["rows: 1 changed (3 before, 3 now)", "cells changed: c 1"]),
        ("a,b,c\n1,2,3\n7,8,9\n", ["rows: 1 removed (3 before, 2 now)"]),
        (TABLE + "9,9,9\n", ["rows: 1 added (3 before, 4 now)"]),
        (TABLE + "7,8,9\n", ["rows: 1 added (3 before, 4 now)"]),
        ("a,b,c\n0,0,0\n4,5,6\n7,8,9\n", ["rows: 1 added, 1 removed (3 before, 3 now)"]),
        ("a,b,c\n4,5,6\n7,8,1\n", ["rows: 1 removed, 1 changed (3 before, 2 now)", "cells changed: c 1"]),
        ("a,b,c,d\n1,2,3,x\n4,5,6,y\n7,8,9,z\n", ["1 column added: d"]),
        ("a,b\n1,2\n4,5\n7,8\n", ["1 column removed: c"]),
        ("a,b,z\n1,2,3\n4,5,6\n7,8,9\n", ["1 column added: z", "1 column removed: c"]),
        ("b,a,c\n2,1,3\n5,4,6\n8,7,9\n", ["the order of columns changed"]),
        ("a,b,c\n4,5,6\n1,2,3\n7,8,9\n", ["the order of rows changed"]),
        ('a,b,c\n1,"2",3\n4,5,6\n7,8,9\n', ["the same cells, spelled otherwise"]),
        (TABLE.replace("\n", "\r\n"), ["the same cells, spelled otherwise"]),
        ("x,y\n1,2\n", ["2 columns added: x, y", "3 columns removed: a, b, c"]),
    ],
)
def test_what_changed_is_told(new: str, told: list[str]) -> None:
    assert list(table_changes(TABLE.encode(), new.encode())) == told


@pytest.mark.parametrize("broken", [b"", b"a,a\n1,2\n", b"a,b\n1\n", b"\xff\xfe\x00", b'a,b\n"1,2\n'])
def test_what_is_no_table_is_not_told(broken: bytes) -> None:
    assert table_changes(TABLE.encode(), broken) == ()
    assert table_changes(broken, TABLE.encode()) == ()


def test_a_table_that_changed_all_over_is_counted_in_time() -> None:
    chance = random.Random(0)
    old, new = ("a,b\n" + "".join(f"{chance.random()},{chance.random()}\n" for _ in range(50_000)) for _ in range(2))
    assert table_changes(old.encode(), new.encode()) == ("rows: 50000 added, 50000 removed (50000 before, 50000 now)",)


@given(st.data())
def test_added_and_removed_rows_add_up(data: st.DataObject) -> None:
    rows = st.lists(st.tuples(*[st.sampled_from("0123")] * 4), max_size=12)
    old, new = data.draw(rows), data.draw(rows)
    texts = ["a,b,c,d\n" + "".join(f"{','.join(row)}\n" for row in table) for table in (old, new)]
    told = " ".join(table_changes(*(text.encode() for text in texts)))
    counts = dict.fromkeys(("added", "removed", "changed"), 0)
    for part in told.partition("rows: ")[2].partition(" (")[0].split(", "):
        if part:
            count, word = part.split()
            counts[word] = int(count)
    assert len(old) + counts["added"] - counts["removed"] == len(new)
    assert (texts[0] == texts[1]) == (told in {"", "the same cells, spelled otherwise"})
