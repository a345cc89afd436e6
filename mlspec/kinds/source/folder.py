"""The folder source: CSV files with one header, such as one for each month, read as one table in the order of names.

`{name: months, folder: data/months}`. Where git keeps the files, each counts by its own name.
"""

from __future__ import annotations

from typing import Final

from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._kept import Kept

KIND: Final[SourceKind] = Kept("folder")
