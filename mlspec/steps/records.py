"""A CSV file as raw records: the text of each row as it stands, its fields, and the line where it starts."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.errors import MlspecError

_FIELD_LIMIT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Records:
    """A CSV file: `rows` and `header` are raw text with their line ends, `lines` are 1-based line numbers."""

    path: Path
    columns: tuple[str, ...]
    header: str
    rows: tuple[str, ...]
    lines: tuple[int, ...]
    picked: Mapping[str, tuple[str, ...]]
    """the fields of the columns that the reader asked for"""
    files: tuple[Path, ...] = ()
    """of a folder, the file of each row"""

    def place(self, row: int) -> str:
        """Where a row stands, for people: `line 7`, or `2026-03.csv line 7` of a folder."""
        line = f"line {self.lines[row]}"
        return f"{self.files[row].relative_to(self.path)} {line}" if self.files else line

    def text(self, rows: Iterable[int] | None = None) -> str:
        """A CSV file of all rows, or of those at the given positions, byte for byte as they were."""
        return self.header + "".join(self.rows if rows is None else (self.rows[row] for row in rows))


class _Tee:
    """Lines of a file, remembered until the record that they belong to is complete."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.taken.append(next(self.lines))
        return self.taken[-1]

    def take(self) -> tuple[str, int]:
        """Text and number of the lines since the last call; the file's last line gets a line end if it has none."""
        text, lines = "".join(self.taken), len(self.taken)
        self.taken.clear()
        return (text if text.endswith(("\n", "\r")) else text + "\n"), lines


def read_records(path: Path, pick: Iterable[str] = ()) -> Records:
    """Read a CSV file with a header in UTF-8; `pick` names the columns whose fields are wanted.

    A folder is read as one table: its CSV files in the order of their names, below it or deeper.
    MlspecError where the file is missing, isn't CSV in UTF-8, or a row has another number of fields than the header;
    and where the files of a folder have different headers.
    """
    if path.is_dir():
        return _read_folder(path, tuple(pick))
    if path.suffix.lower() != ".csv":
        raise MlspecError(
            f"mlspec reads CSV files, not {path.suffix or 'this'}", where=str(path), hint="convert it to .csv"
        )
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, file, tuple(pick))
    except OSError as error:
        raise MlspecError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise MlspecError("is not UTF-8 text", where=str(path), hint="save it as UTF-8") from error


def _read_folder(folder: Path, pick: tuple[str, ...]) -> Records:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".csv" and file.is_file())
    if not files:
        raise MlspecError("there are no CSV files in this folder", where=str(folder))
    parts = [read_records(file, pick) for file in files]
    first = parts[0]
    for part in parts[1:]:
        if part.columns != first.columns:
            found = f"the header is not that of {first.path.name}"
            raise MlspecError(found, where=str(part.path), details=_other(first, part))
    return Records(
        path=folder,
        columns=first.columns,
        header=first.header,
        rows=tuple(row for part in parts for row in part.rows),
        lines=tuple(line for part in parts for line in part.lines),
        picked={name: tuple(field for part in parts for field in part.picked[name]) for name in first.picked},
        files=tuple(file for file, part in zip(files, parts, strict=True) for _ in part.rows),
    )


def _other(first: Records, part: Records) -> tuple[str, ...]:
    """How two headers differ, column by column."""
    gone = [f"column {name} is not there" for name in first.columns if name not in part.columns]
    new = [f"column {name} is new" for name in part.columns if name not in first.columns]
    return (*gone, *new) or ("the columns have another order",)


def _read(path: Path, file: Iterable[str], pick: tuple[str, ...]) -> Records:
    tee = _Tee(file)
    reader = csv.reader(tee, strict=True)
    columns: tuple[str, ...] = ()
    header = ""
    at: tuple[int, ...] = ()
    rows, lines, picked = [], [], []
    try:
        for fields in reader:
            raw, taken = tee.take()
            if not raw.strip():
                continue
            if not columns:
                columns, header = _columns(path, fields), raw
                at = tuple(_position(path, columns, name) for name in pick)
                continue
            line = reader.line_num - taken + 1
            if len(fields) != len(columns):
                found = f"{len(fields)} fields where the header has {len(columns)}"
                raise MlspecError(found, where=f"{path}:{line}")
            rows.append(raw)
            lines.append(line)
            picked.append([fields[each] for each in at])
    except csv.Error as error:
        raise MlspecError(f"is not CSV: {error}", where=f"{path}:{reader.line_num}") from error
    if not columns:
        raise MlspecError("is empty", where=str(path))
    by_name = {name: tuple(fields[each] for fields in picked) for each, name in enumerate(pick)}
    return Records(path, columns, header, tuple(rows), tuple(lines), by_name)


def _columns(path: Path, fields: list[str]) -> tuple[str, ...]:
    if fields[0].startswith("version https://git-lfs.github.com/"):
        raise MlspecError("is a pointer of Git LFS, not the data", where=str(path), hint="run git lfs pull")
    twice = sorted({name for name in fields if fields.count(name) > 1})
    if twice or "" in fields:
        what = f"two columns are named {', '.join(twice)}" if any(twice) else "a column has no name"
        raise MlspecError(what, where=f"{path}:1", hint="give each column its own name in the first line")
    return tuple(fields)


def _position(path: Path, columns: tuple[str, ...], pick: str) -> int:
    if pick not in columns:
        raise MlspecError(f"there is no column {pick}", where=str(path), hint=did_you_mean(pick, columns))
    return columns.index(pick)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest of the known names, or with all of them where none is near."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
