"""A look at a DVC repository for the checkup: its version, its settings, what its cache lacks, what a kill tore."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import yaml

from mlspec.adapters.dvc.session import open_repo
from mlspec.adapters.dvc.store import Store

_RWLOCK: Final = ".dvc/tmp/rwlock"
_OFF: Final = ("DVC_NO_ANALYTICS", "DVC_TEST")


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts of DVC's configuration: usage reports, the default remote's name, and MD5s that are not cached."""

    analytics: bool
    remote: str
    uncached: frozenset[str]


def installed_version() -> str:
    """DVC's version, empty where it is not installed; DVC itself is not imported for that."""
    try:
        return metadata.version("dvc")
    except metadata.PackageNotFoundError:
        return ""


def examine(root: Path, md5s: Iterable[str]) -> Settings:
    """The settings, and which of these objects the cache lacks; MlspecError where DVC cannot open the repository."""
    with open_repo(root, patience=0.0) as repo:
        core, store = repo.config.get("core", {}), Store(repo)
        return Settings(
            analytics=bool(core.get("analytics", True)) and not any(os.environ.get(name) for name in _OFF),
            remote=str(core.get("remote", "")),
            uncached=frozenset(md5 for md5 in md5s if not store.cached(md5).is_file()),
        )


def torn_files(root: Path, locks: Sequence[str]) -> list[str]:
    """Of these dvc.lock files and DVC's own lock list, those that DVC cannot read."""
    torn = [path for path in locks if (root / path).is_file() and not _is_mapping(root / path)]
    return torn + [_RWLOCK] * ((root / _RWLOCK).is_file() and not _is_lock_list(root / _RWLOCK))


def _is_mapping(path: Path) -> bool:
    try:
        return isinstance(yaml.load(path.read_bytes(), yaml.CSafeLoader), dict)
    except (yaml.YAMLError, UnicodeDecodeError):
        return False


def _is_lock_list(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except ValueError:
        return False
