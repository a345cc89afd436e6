"""What changed between two versions of a CSV table: columns, rows, and cells by column."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Row = tuple[str, ...]

_NEAR: Final = 50
"""How many rows ahead a changed row is looked for."""
_MOST: Final = 2000
"""Rows that differ; with more of them on either side nobody asks which became which."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class _Table:
    columns: Row
    rows: list[Row]


def table_changes(old: bytes, new: bytes) -> tuple[str, ...]:
    """`12 rows added, 3 changed`, then columns; nothing where either is no table that can be read."""
    try:
        before, after = _read(old), _read(new)
    except (UnicodeDecodeError, csv.Error, ValueError):
        return ()
    return (*_columns(before, after), *_rows(before, after)) or ("the same cells, spelled otherwise",)


def _read(data: bytes) -> _Table:
    """ValueError where a row has another number of cells than the header, or a column's name comes twice."""
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    columns = tuple(next(lines, ()))
    rows = [tuple(row) for row in lines if row]
    if not columns or len({*columns}) < len(columns) or any(len(row) != len(columns) for row in rows):
        raise ValueError("no table")
    return _Table(columns, rows)


def _columns(before: _Table, after: _Table) -> Iterator[str]:
    for word, names in (
        ("added", [name for name in after.columns if name not in before.columns]),
        ("removed", [name for name in before.columns if name not in after.columns]),
    ):
        if names:
            yield f"{_count(len(names), 'column')} {word}: {_few(names)}"


def _rows(before: _Table, after: _Table) -> Iterator[str]:
    """Rows are compared by the columns that both tables have."""
    common = [name for name in after.columns if name in before.columns]
    if not common:
        return
    gone, come = _unequal(_projected(before, common), _projected(after, common))
    if not gone and not come:
        if [*before.columns] != [*after.columns] and {*before.columns} == {*after.columns}:
            yield "the order of columns changed"
        elif before.rows != after.rows and before.columns == after.columns:
            yield "the order of rows changed"
        return
    pairs = _pairs(gone, come) if max(len(gone), len(come)) <= _MOST else []
    counts = ((len(come) - len(pairs), "added"), (len(gone) - len(pairs), "removed"), (len(pairs), "changed"))
    words = [f"{count} {word}" for count, word in counts if count]
    yield f"rows: {', '.join(words)} ({len(before.rows)} before, {len(after.rows)} now)"
    cells = Counter(name for old, new in pairs for name, a, b in zip(common, old, new, strict=True) if a != b)
    if cells:
        yield f"cells changed: {_few([f'{name} {count}' for name, count in cells.most_common()])}"


def _projected(table: _Table, columns: Sequence[str]) -> list[Row]:
    places = [table.columns.index(name) for name in columns]
    return [tuple(row[place] for place in places) for row in table.rows]


def _unequal(before: list[Row], after: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of each that the other lacks, as often as it lacks them, in their order."""
    return _without(before, Counter(after)), _without(after, Counter(before))


def _without(rows: list[Row], others: Counter[Row]) -> list[Row]:
    left = []
    for row in rows:
        if others[row]:
            others[row] -= 1
        else:
            left.append(row)
    return left


def _pairs(gone: list[Row], come: list[Row]) -> list[tuple[Row, Row]]:
    """Each row that is gone with the nearest that came and has at least half of its cells."""
    waiting, found = deque(come), []
    for row in gone:
        near = [waiting[index] for index in range(min(_NEAR, len(waiting)))]
        best = max(near, key=lambda other: _same(row, other), default=None)
        if best is not None and 2 * _same(row, best) >= len(row):
            waiting.remove(best)
            found.append((row, best))
    return found


def _same(one: Row, other: Row) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
