"""Commits made of objects, beside the user's index: a temporary index, a tree, a commit, one compare-and-swap."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.adapters.git.command import Command

TEMPORARY: Final = "mlspec-tmp-"
"""How our temporary folders in `.git` begin; `repair` removes those that a killed process left"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree; without `oid` it is removed."""

    path: str
    oid: str = ""
    mode: str = "100644"

    def line(self, width: int) -> str:
        """As `update-index --index-info` reads it."""
        return f"{self.mode} {self.oid}\t{self.path}\0" if self.oid else f"0 {'0' * width}\t{self.path}\0"


@contextmanager
def scratch(command: Command) -> Iterator[Path]:
    """A temporary folder on the repository's own file system."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=command.folder) as name:
        yield Path(name)


def write_tree(command: Command, base: str | None, entries: list[Entry]) -> str:
    """The id of the tree of commit `base` (or of nothing) with these entries put in or taken out."""
    with scratch(command) as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        if base:
            command.run("read-tree", base, env=env)
        width = len(base) if base else 40
        # removals first, so that a file may make room for a folder of its name
        lines = "".join(entry.line(width) for entry in sorted(entries, key=lambda entry: bool(entry.oid)))
        command.run("update-index", "-z", "--index-info", data=lines.encode("utf-8", "surrogateescape"), env=env)
        return command.line("write-tree", env=env)


def write_blobs(command: Command, files: Mapping[str, bytes]) -> dict[str, str]:
    """Path → blob id of contents put into the object store as they are, by one process."""
    with scratch(command) as folder:
        names = [folder / str(number) for number in range(len(files))]
        for name, data in zip(names, files.values(), strict=True):
            name.write_bytes(data)
        listed = "".join(f"{name}\n" for name in names).encode()
        out = command.line("hash-object", "-w", "--no-filters", "--stdin-paths", data=listed)
    return dict(zip(files, out.split(), strict=True))


def write_commit(command: Command, tree: str, parent: str | None, message: str, *options: str) -> str:
    """The id of a new commit object; nothing names it yet."""
    parents = ("-p", parent) if parent else ()
    text = (message.rstrip("\n") + "\n").encode()
    return command.line("commit-tree", *options, *parents, "-F", "-", tree, data=text, env=command.identity)
