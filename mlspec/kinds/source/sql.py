"""The sql source: the rows of a query; it can be asked for changes where the spec has a cheap query for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._snapshots import Fetched
from mlspec.spec.model import SourceSpec


def _settings(source: SourceSpec) -> Mapping[str, JSON]:
    found = source.sql
    return {} if found is None else found.model_dump()


def _probed(source: SourceSpec) -> bool:
    return source.sql is not None and source.sql.probe is not None


KIND: Final[SourceKind] = Fetched("sql", _settings, _probed)
