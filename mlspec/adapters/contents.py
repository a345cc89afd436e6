"""Contents at hand: git's objects, DVC's cache, the working tree; none larger than a plan may take the time for."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from mlspec.adapters.git.reader import Reader
from mlspec.errors import MlspecError

LARGEST: Final = 16 * 2**20
"""Bytes; comparing two tables of this size takes about a second."""


class LocalContents:
    """See the Contents port."""

    def __init__(self, root: str, git: Reader) -> None:
        self._root = Path(root)
        self._git = git
        self._trees: dict[str, Mapping[str, str]] = {}

    def behind(self, digest: str) -> bytes | None:
        """See Contents."""
        scheme, _, name = digest.partition(":")
        if scheme == "git":
            return self._blob(name)
        return self._cached(name) if scheme == "md5" else None

    def now(self, path: str) -> bytes | None:
        """See Contents."""
        return _read(self._root / path)

    def code(self, commit: str, path: str) -> bytes | None:
        """See Contents; a commit's tree is listed once."""
        if commit not in self._trees:
            try:
                self._trees[commit] = self._git.tree(commit)[1]
            except MlspecError:  # a clone that does not go back so far
                self._trees[commit] = {}
        blob = self._trees[commit].get(path)
        return self._blob(blob) if blob else None

    def _blob(self, blob: str) -> bytes | None:
        size = self._git.size(blob)
        return None if size is None or size > LARGEST else self._git.read([blob]).get(blob)

    def _cached(self, md5: str) -> bytes | None:
        return _read(self._cache / "files" / "md5" / md5[:2] / md5[2:]) if md5[2:] else None

    @cached_property
    def _cache(self) -> Path:
        """Where DVC's cache is; its settings are read here, for importing DVC takes longer than the plan."""
        config = configparser.ConfigParser()
        folder = self._root / ".dvc"
        try:
            config.read([folder / "config", folder / "config.local"], encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return folder / "cache"
        return folder / config.get("cache", "dir", fallback="cache", raw=True).strip()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None
