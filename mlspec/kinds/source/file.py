"""The file source: a table in the repository, kept by git or by DVC: `{name: wine, path: data/wine.csv}`."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._kept import Kept

KIND: Final[SourceKind] = Kept("file")
