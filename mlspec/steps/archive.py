"""Canonical skops archives: one model gives one file, whatever process wrote it.

What skops writes differs from run to run: members and nodes are numbered by `id()`, sets come in hash order, the gaps
between a record's fields hold what the memory held before and zip entries carry the time. Here all is numbered in the
order of the schema, gaps are zero, and nothing is compressed, because another zlib would give other bytes. skops loads
the result like any file of its own.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SCHEMA: Final = "schema.json"
_NPY: Final = b"\x93NUMPY"
_NPY_HEAD: Final = 64
_RECORDS: Final = b"'descr': ["
_VALUES: Final = frozenset({"JsonNode", "TypeNode", "FunctionNode"})
"""nodes whose identity means nothing: whether two equal numbers are one object is an accident"""

Node = dict[str, Any]


def canonical_archive(data: bytes) -> bytes:
    """The one spelling of a skops file; zipfile.BadZipFile, KeyError or ValueError where it isn't one."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        schema: Node = json.loads(source.read(_SCHEMA))
        members = {name: _fill_gaps(source.read(name)) for name in source.namelist() if name != _SCHEMA}
    _sort_sets(schema, members)
    _renumber(schema)
    files = _rename(schema, members)
    return _zip({_SCHEMA: json.dumps(schema, separators=(",", ":")).encode()} | files)


def _nodes(value: object) -> Iterator[Node]:
    """All nodes of a schema, parents first, in the schema's order."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for child in value.values():
            yield from _nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _nodes(child)


def _fill_gaps(content: bytes) -> bytes:
    """An array of records with zeros between their fields; anything else as it is."""
    if not (content.startswith(_NPY) and _RECORDS in content[:_NPY_HEAD]):
        return content
    records = np.load(io.BytesIO(content), allow_pickle=False)
    gap = np.ones(records.itemsize, dtype=bool)
    for field, offset, *_ in records.dtype.fields.values():
        gap[offset : offset + field.itemsize] = False
    # on the bytes, as numpy copies an array of records without what lies between the fields
    start = len(content) - records.nbytes
    body = np.frombuffer(content, dtype="u1", offset=start).copy().reshape(-1, records.itemsize)
    body[:, gap] = 0
    return content[:start] + body.tobytes()


def _sort_sets(schema: Node, members: dict[str, bytes]) -> None:
    # the innermost first, as an outer set is sorted by what its members look like
    for node in reversed(list(_nodes(schema))):
        if node["__loader__"] == "SetNode":
            node["content"].sort(key=lambda child: _look(child, members))


def _look(value: Any, members: dict[str, bytes]) -> str:
    """A node's content without what differs from run to run."""

    def plain(item: Any) -> Any:
        if isinstance(item, list):
            return [plain(child) for child in item]
        if not isinstance(item, dict):
            return item
        kept = {key: plain(child) for key, child in item.items() if key != "__id__"}
        if _has_file(item):
            kept["file"] = hashlib.sha256(members[item["file"]]).hexdigest()
        return kept

    return json.dumps(plain(value), sort_keys=True)


def _renumber(schema: Node) -> None:
    """Keep ids only where two places share one object; 0 would mean none to skops."""
    seen = Counter(node["__id__"] for node in _nodes(schema) if "__id__" in node)
    numbers: dict[int, int] = {}
    for node in _nodes(schema):
        old = node.pop("__id__", None)
        if old is not None and seen[old] > 1 and node["__loader__"] not in _VALUES:
            node["__id__"] = numbers.setdefault(old, len(numbers) + 1)


def _rename(schema: Node, members: dict[str, bytes]) -> dict[str, bytes]:
    """Number the members as the schema meets them; equal content is kept once."""
    names: dict[tuple[str, bytes], str] = {}
    files: dict[str, bytes] = {}
    for node in _nodes(schema):
        if _has_file(node):
            suffix = node["file"].rpartition(".")[2]
            content = members[node["file"]]
            name = names.setdefault((suffix, hashlib.sha256(content).digest()), f"{len(names) + 1}.{suffix}")
            files[name] = content
            node["file"] = name
    return files


def _has_file(node: Node) -> bool:
    return "__loader__" in node and isinstance(node.get("file"), str)


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return buffer.getvalue()
