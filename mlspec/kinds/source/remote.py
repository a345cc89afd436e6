"""The remote source: a file at any other address that fsspec knows, such as `gs://…`, `sftp://…` or `file:///mnt/…`."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._snapshots import Fetched

KIND: Final[SourceKind] = Fetched("remote", lambda source: {"url": source.url})
