"""Files at any address that fsspec knows: told apart by ETag or checksum, else by date and size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fsspec.callbacks import Callback
from fsspec.spec import AbstractFileSystem

from mlspec.adapters.sources._deadline import Check, fetch_within
from mlspec.adapters.sources._table import examine
from mlspec.domain.sources import Probe
from mlspec.errors import MlspecError
from mlspec.ports.sources import Lack, Table

_ETAGS: Final = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "VersionId")
_DATES: Final = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a file system, which is opened when it is needed. `lacking` says what this machine lacks for it."""

    address: str
    open_system: Callable[[], tuple[AbstractFileSystem, str]]
    lacking: Callable[[], Sequence[Lack]]
    timeout: float

    def lacks(self) -> Sequence[Lack]:
        """See Source."""
        return self.lacking()

    def probe(self) -> Probe:
        """See Source."""
        _, _, info = self._look()
        return Probe(fingerprint(info), _size(info))

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        """See Source. What changes while it is fetched is seen by the next probe."""
        del environ
        found = fetch_within(self.timeout, self.address, into, self._write)
        return examine(Path(into), fingerprint=found)

    def _write(self, into: Path, check: Check) -> str:
        system, path, info = self._look()
        try:
            system.get_file(path, str(into), callback=_Progress(check))
        except Exception as error:
            raise self._failed(error) from error
        return fingerprint(info)

    def _look(self) -> tuple[AbstractFileSystem, str, Mapping[str, Any]]:
        lacks = self.lacks()
        if lacks:
            raise MlspecError(lacks[0].what, hint=lacks[0].hint)
        try:
            system, path = self.open_system()
            system.invalidate_cache()
            info = system.info(path)
        except Exception as error:
            raise self._failed(error) from error
        if info.get("type") == "directory":
            raise MlspecError(f"{self.address} is a folder", hint="name a file")
        return system, path, info

    def _failed(self, error: Exception) -> MlspecError:
        """Each file system has errors of its own; two of them mean the same everywhere."""
        if isinstance(error, MlspecError):
            return error
        if isinstance(error, FileNotFoundError):
            return MlspecError(f"there is no {self.address} any more", hint="correct the address")
        if isinstance(error, PermissionError):
            return MlspecError(f"{self.address} refuses: {error}", hint="are the keys right?")
        return MlspecError(f"{self.address} does not answer: {str(error) or type(error).__name__}")


class _Progress(Callback):  # type: ignore[misc]
    """How far a file system has got; it is stopped there once nobody waits for it."""

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._check = check

    def relative_update(self, inc: int = 1) -> None:
        """A piece has come."""
        self._check()
        super().relative_update(inc)


def fingerprint(info: Mapping[str, Any]) -> str:
    """What of a file's description changes when its content does."""
    for name in _ETAGS:
        if info.get(name):
            return f"etag {info[name]}"
    date = next((info[name] for name in _DATES if info.get(name)), None)
    size = _size(info)
    parts = [f"modified {date}"] * (date is not None) + [f"{size} bytes"] * (size is not None)
    return ", ".join(parts)


def _size(info: Mapping[str, Any]) -> int | None:
    size = info.get("size")
    return int(size) if isinstance(size, int | float) else None
