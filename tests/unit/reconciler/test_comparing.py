"""What changed between two snapshots, in words."""

from __future__ import annotations

from mlspec.domain.sources import Snapshot
from mlspec.reconciler.comparing import differences, headline


def snapshot(rows: int, **columns: str) -> Snapshot:
    """A snapshot with these columns."""
    return Snapshot("md5:aa", "", "", "", 10, rows, columns, 0.0)


def test_each_column_is_told() -> None:
    old = snapshot(1000, a="integer", b="text", c="number")
    new = snapshot(1250, a="number", c="number", d="boolean")
    assert headline(old, new) == "1,000 → 1,250 rows"
    assert list(differences(old, new)) == ["column b is gone", "column d is new: boolean", "column a: integer → number"]


def test_what_stays_is_not_told() -> None:
    assert headline(snapshot(5, a="text"), snapshot(5, a="text")) == "5 rows as before"
    assert list(differences(snapshot(5, a="text"), snapshot(6, a="text"))) == []
    assert list(differences(snapshot(5, a="text", b="text"), snapshot(5, b="text", a="text"))) == [
        "the columns have another order"
    ]


def test_the_first_snapshot_differs_from_nothing() -> None:
    assert headline(None, snapshot(5, a="text")) == "5 rows, 1 column"
    assert list(differences(None, snapshot(5, a="text"))) == []
