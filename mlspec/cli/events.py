"""What happens in a loop, as JSON lines: for logs, alerts and dashboards."""

from __future__ import annotations

import json
import time
from pathlib import Path

from mlspec.cli.console import console
from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError


class Events:
    """Appends one JSON document a line to a file, or writes them to standard output for `-`; to nowhere without one.

    The file is opened for each line, so that it may be rotated at any time.
    """

    def __init__(self, file: str) -> None:
        self._file = file

    def tell(self, event: str, **said: JSON) -> None:
        """One event, a CamelCase word; `time` is in seconds since the epoch."""
        if not self._file:
            return
        line = json.dumps({"time": round(time.time(), 3), "event": event, **said}, ensure_ascii=False)
        if self._file == "-":
            console.out(line)
            return
        try:
            with Path(self._file).open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise MlspecError(f"can't write {self._file}: {error.strerror}") from error
