"""What a kill leaves behind: DVC fails for ever on an empty lock file. To be called under mlspec's own lock."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # DVC brings it
import yaml

_RWLOCK = ".dvc/tmp/rwlock"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def repair_all(root: Path, locks: Mapping[str, bytes | None]) -> list[str]:
    """Mend `.dvc/tmp/rwlock` and the given dvc.lock files (path → the committed bytes); returns what was mended."""
    rwlock = [_RWLOCK] if _mend_rwlock(root / _RWLOCK) else []
    return rwlock + [path for path, committed in locks.items() if _mend_lock(root / path, committed)]


def _mend_lock(path: Path, committed: bytes | None) -> bool:
    if not path.is_file() or _sound(content := path.read_bytes()) or content == committed:
        return False
    if committed is None:
        path.unlink()
    else:
        _write(path, committed)
    return True


def _sound(content: bytes) -> bool:
    try:
        return isinstance(yaml.load(content, Loader=_Loader), dict)  # noqa: S506 - both loaders are safe ones
    except (yaml.YAMLError, UnicodeDecodeError):
        return False


def _mend_rwlock(path: Path) -> bool:
    """Drop the file when it can't be read, else the entries of processes that are gone."""
    if not path.is_file():
        return False
    try:
        before = json.loads(path.read_bytes())
        after = _living(before, path.stat().st_mtime)
    except (ValueError, TypeError, KeyError, AttributeError):
        path.unlink()
        return True
    if after != before:
        _write(path, json.dumps(after).encode())
    return bool(after != before)


def _living(content: dict[str, dict[str, Any]], written: float) -> dict[str, dict[str, Any]]:
    write = {path: entry for path, entry in content.get("write", {}).items() if _lives(entry, written)}
    read = {path: [entry for entry in entries if _lives(entry, written)] for path, entries in _items(content, "read")}
    kept = {"write": write, "read": {path: entries for path, entries in read.items() if entries}}
    return {mode: kept[mode] for mode in content}


def _items(content: dict[str, dict[str, Any]], mode: str) -> list[tuple[str, Any]]:
    return list(content.get(mode, {}).items())


def _lives(entry: dict[str, Any], written: float) -> bool:
    """Not when its number now belongs to us (we hold nothing) or to a process younger than the file.

    DVC only asks whether the number is in use, and in a container the same few numbers come again.
    """
    try:
        return int(entry["pid"]) != os.getpid() and bool(psutil.Process(int(entry["pid"])).create_time() <= written)
    except psutil.Error:
        return False


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
