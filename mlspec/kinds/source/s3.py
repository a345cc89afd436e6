"""The s3 source: an object in a bucket, at Amazon or at a server of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._snapshots import Fetched
from mlspec.spec.model import SourceSpec


def _settings(source: SourceSpec) -> Mapping[str, JSON]:
    found = source.s3
    return {} if found is None else found.model_dump()


KIND: Final[SourceKind] = Fetched("s3", _settings)
