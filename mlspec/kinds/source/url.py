"""The url source: a file on a web server, asked for its ETag, its date and its size."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._snapshots import Fetched

KIND: Final[SourceKind] = Fetched("url", lambda source: {"url": source.url, "token_env": source.token_env})
