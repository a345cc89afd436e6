"""Git's machine formats, read fast: tens of thousands of paths are common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mlspec.ports.git import Person

PATH_ERRORS = "surrogateescape"
"""How paths that are not UTF-8 are kept: as Python's own file functions take them."""


@dataclass(slots=True)
class Status:
    """What `git status --porcelain=v2 -z --branch --no-renames` says."""

    commit: str = ""
    branch: str | None = None
    staged: dict[str, str] = field(default_factory=dict)
    """path → the index's blob, which is the working tree's too"""
    changed: list[str] = field(default_factory=list)
    """paths whose content in the working tree only the working tree knows"""
    deleted: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    """submodules that differ in some way"""

    @property
    def dirty(self) -> frozenset[str]:
        """Every path that is not as HEAD has it."""
        return frozenset((*self.staged, *self.changed, *self.deleted, *self.modules))

    def move(self, seen: Callable[[str], str]) -> None:
        """Call each path what `seen` says: git tells them from its top, wherever it runs."""
        self.staged = {seen(path): oid for path, oid in self.staged.items()}
        for paths in (self.changed, self.deleted, self.modules):
            paths[:] = map(seen, paths)


def index_entries(out: bytes) -> dict[str, str]:
    """Path → blob id from `git ls-files -s -z`: `MODE OID STAGE<tab>PATH`, fixed widths before the path."""
    if not out:
        return {}
    start = out.index(b"\t") + 1
    text = out.decode("utf-8", PATH_ERRORS)
    return {record[start:]: record[7 : start - 3] for record in text[:-1].split("\0")}


def tree_entries(out: bytes) -> dict[str, str]:
    """Path → blob id from `git ls-tree -r -z`: `MODE TYPE OID<tab>PATH`."""
    entries = {}
    for record in out.decode("utf-8", PATH_ERRORS).split("\0")[:-1]:
        head, _, path = record.partition("\t")
        entries[path] = head.rpartition(" ")[2]
    return entries


def tag_refs(out: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Tag → its object, and annotated tag → what is behind it, from `git show-ref --tags --dereference`."""
    refs: dict[str, str] = {}
    behind: dict[str, str] = {}
    for line in out.decode("utf-8", PATH_ERRORS).split("\n")[:-1]:
        oid, _, ref = line.partition(" ")
        name = ref.removeprefix("refs/tags/")
        if name.endswith("^{}"):
            behind[name[:-3]] = oid
        else:
            refs[name] = oid
    return refs, behind


def status(out: bytes) -> Status:
    """Read `git status --porcelain=v2 -z --branch --no-renames`."""
    seen = Status()
    for record in out.decode("utf-8", PATH_ERRORS).split("\0")[:-1]:
        match record[0]:
            case "1":
                _changed_entry(record, seen)
            case "u":
                seen.changed.append(record.split(" ", 10)[10])
            case "?" if not record.endswith("/"):  # with a slash: another repository inside this one
                seen.changed.append(record[2:])
            case "#":
                _branch_line(record, seen)
            case _:
                pass
    return seen


def _branch_line(record: str, seen: Status) -> None:
    _, key, value = record.split(" ", 2)
    if key == "branch.oid" and value != "(initial)":
        seen.commit = value
    elif key == "branch.head" and value != "(detached)":
        seen.branch = value


def _changed_entry(record: str, seen: Status) -> None:
    """`1 XY SUB mH mI mW hH hI PATH`: X is index against HEAD, Y working tree against index."""
    _, xy, module, _, _, _, _, oid, path = record.split(" ", 8)
    if module[0] == "S":
        seen.modules.append(path)
    elif xy[1] == "D":
        seen.deleted.append(path)
    elif xy == "D.":
        seen.changed.append(path)  # out of the index, but perhaps still there
    elif xy[1] == ".":
        seen.staged[path] = oid
    else:
        seen.changed.append(path)


def batch(out: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Id, type and content of each object that `git cat-file --batch` found."""
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        words = out[at:end].decode().split(" ")
        at = end + 1
        if len(words) == 3:
            size = int(words[2])
            yield words[0], words[1], out[at : at + size]
            at += size + 1


def changes(out: bytes) -> Iterator[tuple[str, str, str]]:
    """The old object, the new one and the path of each change that `diff-tree -z` tells; zeros where there is none."""
    fields = iter(out.decode("utf-8", PATH_ERRORS).split("\0"))
    for head in fields:
        if head:
            old, new = head.split(" ")[2:4]
            yield old, new, next(fields)


def address(ident: str) -> str:
    """The e-mail address of `Ada Lovelace <ada@example.com> 1700000000 +0000`."""
    return ident.partition("<")[2].partition(">")[0]


def person(content: bytes) -> Person | None:
    """A tag object's tagger or a commit's author; None where it names none."""
    lines = content.partition(b"\n\n")[0].split(b"\n")
    line = next((line for line in lines if line.startswith((b"tagger ", b"author "))), b"").decode(errors="replace")
    time = line.rpartition("> ")[2].partition(" ")[0]
    return Person(address(line), float(time)) if address(line) and time.isdigit() else None


def tag_message(content: bytes) -> str:
    """The message of an annotated tag object, without its signature and last newline."""
    message = content.partition(b"\n\n")[2]
    for mark in (b"-----BEGIN PGP SIGNATURE-----\n", b"-----BEGIN SSH SIGNATURE-----\n"):
        if message.startswith(mark):
            return ""
        message = message.partition(b"\n" + mark)[0]
    return message.decode(errors="replace").removesuffix("\n")


def quoted(path: str) -> bytes:
    """A path as one line of `--stdin-paths`, where a leading quote or a newline must be spelled out."""
    raw = path.encode("utf-8", PATH_ERRORS)
    if b"\n" not in raw and not raw.startswith(b'"') and not raw.endswith(b"\r"):
        return raw
    return b'"' + b"".join(_escaped(byte) for byte in raw) + b'"'


def _escaped(byte: int) -> bytes:
    return bytes([byte]) if 32 <= byte < 127 and byte not in b'"\\' else b"\\%03o" % byte
