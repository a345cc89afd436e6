"""What changed between two snapshots of a source, column by column. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.domain.sources import Snapshot


def headline(old: Snapshot | None, new: Snapshot) -> str:
    """`1,000 → 1,250 rows`."""
    if old is None:
        return f"{_counted(new.rows, 'row')}, {_counted(len(new.columns), 'column')}"
    return f"{_counted(new.rows, 'row')} as before" if old.rows == new.rows else f"{old.rows:,} → {new.rows:,} rows"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def differences(old: Snapshot | None, new: Snapshot) -> Iterator[str]:
    """A line for each column that is new, gone, or of another type; and one where only their order changed."""
    if old is None:
        return
    yield from (f"column {name} is gone" for name in old.columns if name not in new.columns)
    yield from (f"column {name} is new: {kind}" for name, kind in new.columns.items() if name not in old.columns)
    for name, kind in new.columns.items():
        if name in old.columns and old.columns[name] != kind:
            yield f"column {name}: {old.columns[name]} → {kind}"
    if set(old.columns) == set(new.columns) and list(old.columns) != list(new.columns):
        yield "the columns have another order"
