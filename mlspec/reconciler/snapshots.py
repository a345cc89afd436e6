"""What the project's chain remembers of fetched snapshots: how each was had, and when that was checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from mlspec.domain.sources import DesiredSource, Snapshot
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader
from mlspec.reconciler.chains import PROJECT, read_folder

_FOLDER: Final = "sources/"
_REMEMBERED: Final = 20
"""Snapshots kept of each source: branches and reverts have others than the newest."""


def source_file(name: str) -> str:
    """A source's file in the chain's tree."""
    return f"{_FOLDER}{name}.json"


def read_snapshots(git: GitReader, cache: Cache, sources: Iterable[DesiredSource]) -> dict[str, dict[str, Snapshot]]:
    """Source → content → what is known of it; git is asked only where something is fetched at all."""
    names = [source.name for source in sources]
    facts = read_folder(git, cache, PROJECT, _FOLDER) if names else {}
    return {name: {item.content: item for item in _snapshots(facts.get(name, {}))} for name in names}


def with_snapshot(facts: Mapping[str, Any], found: Snapshot) -> dict[str, Any]:
    """The facts with one more snapshot, the newest at the end."""
    others = [asdict(item) for item in _snapshots(facts) if item.content != found.content]
    return {"snapshots": [*others, asdict(found)][-_REMEMBERED:]}


def read_facts(git: GitReader, cache: Cache, name: str) -> Mapping[str, Any]:
    """One source's facts as they are now."""
    return read_folder(git, cache, PROJECT, _FOLDER).get(name, {})


def _snapshots(facts: Mapping[str, Any]) -> Iterator[Snapshot]:
    """What cannot be read is passed over."""
    items = facts.get("snapshots")
    for item in items if isinstance(items, list) else ():
        try:
            found = Snapshot(**item)
            columns = {str(name): str(kind) for name, kind in found.columns.items()}
            checked, size, rows = float(found.checked), int(found.size), int(found.rows)
        except (ValueError, TypeError, AttributeError):
            continue
        yield Snapshot(
            content=str(found.content),
            definition=str(found.definition),
            fingerprint=str(found.fingerprint),
            same=str(found.same),
            size=size,
            rows=rows,
            columns=columns,
            checked=checked,
        )
