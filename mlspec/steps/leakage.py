"""Leakage: what the rows to train on tell of the rows to test on, found in the two parts as they are written."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlspec.domain.digest import JSON
from mlspec.steps.params import Split, Training
from mlspec.steps.personal import redact
from mlspec.steps.records import Records

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """One way in which the parts touch: how often, and in words where."""

    kind: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Which rows of the records are for testing; `moments` are the rows' times, where they are split by time."""

    records: Records
    test: Collection[int]
    moments: Sequence[float]

    @property
    def train(self) -> list[int]:
        """The other rows."""
        return [row for row in range(len(self.records.rows)) if row not in self.test]


def find_leaks(parts: Parts, split: Split, training: Training) -> list[Leak]:
    """Identical rows on both sides, then groups, then times that overlap; a leak that was looked for may count 0."""
    found = [_identical(parts, training)]
    if split.group is not None:
        found.append(_groups(parts, parts.records.picked[split.group], split.group))
    if split.time is not None:
        found.append(_times(parts, split.time[0]))
    return found


def report(parts: Parts, split: Split, leaks: Iterable[Leak]) -> JSON:
    """How the rows were parted, for split.json: only what is exact."""
    how: dict[str, JSON] = {"method": "time" if split.time else "group" if split.group else "random"}
    if split.stratify:
        how["method"] = "stratified"
    if split.time:
        texts = parts.records.picked[split.time[0]]
        how |= {"train_until": texts[_newest(parts, parts.train)], "test_from": texts[_oldest(parts)]}
    leakage: Mapping[str, JSON] = {leak.kind: leak.count for leak in leaks}
    sizes: Mapping[str, JSON] = {"train_rows": len(parts.train), "test_rows": len(parts.test)}
    return {"format": 1, **how, **sizes, "leakage": leakage}


def _identical(parts: Parts, training: Training) -> Leak:
    """Rows that are alike in all that the model sees; a column that it must not see, such as a number, makes no row
    another one."""
    seen = [each for each, name in enumerate(parts.records.columns) if _counts(name, training)]
    first: dict[tuple[str, ...], int] = {}
    twins: list[tuple[int, int]] = []
    fields = list(_fields(parts.records, seen))
    for row in parts.train:
        first.setdefault(fields[row], row)
    twins = [(first[fields[row]], row) for row in sorted(parts.test) if fields[row] in first]
    lines = parts.records.lines
    where = ", ".join(f"line {lines[row]} is like line {lines[twin]}" for twin, row in twins[:_SHOWN])
    words = f"{len(twins)} of {len(parts.test)} test rows are in the training part, too: {where}"
    return Leak("identical_rows", len(twins), words + (", …" if len(twins) > _SHOWN else ""))


def _counts(name: str, training: Training) -> bool:
    if training.features is not None:
        return name in training.features or name == training.target
    return name not in training.exclude


def _fields(records: Records, columns: Sequence[int]) -> Iterator[tuple[str, ...]]:
    for fields in csv.reader(records.rows):
        yield tuple(fields[each] for each in columns)


def _groups(parts: Parts, groups: Sequence[str], column: str) -> Leak:
    both = sorted({groups[row] for row in parts.train} & {groups[row] for row in parts.test})
    named = ", ".join(redact(repr(name)) for name in both[:_SHOWN]) + (", …" if len(both) > _SHOWN else "")
    return Leak("groups", len(both), f"{len(both)} values of {column} are in both parts: {named}")


def _times(parts: Parts, column: str) -> Leak:
    newest = parts.moments[_newest(parts, parts.train)]
    early = [row for row in sorted(parts.test) if parts.moments[row] <= newest]
    lines = ", ".join(f"line {parts.records.lines[row]}" for row in early[:_SHOWN])
    return Leak("times", len(early), f"{len(early)} test rows are no newer by {column} than the training part: {lines}")


def _newest(parts: Parts, rows: Iterable[int]) -> int:
    return max(rows, key=parts.moments.__getitem__)


def _oldest(parts: Parts) -> int:
    return min(parts.test, key=parts.moments.__getitem__)
