"""The working tree's files, read and written below the repository's top."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlspec.adapters.files import relative_parts, write_atomically
from mlspec.errors import MlspecError


class WorkFiles:
    """See the Files port."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def read(self, path: str) -> bytes | None:
        """See Files; a link that leads out of the repository is refused."""
        target = self._root / path
        try:
            if target.is_symlink() and not target.resolve().is_relative_to(self._root.resolve()):
                raise MlspecError("this link leads out of the project", where=path)
            return target.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, path: str, content: bytes) -> None:
        """See Files."""
        write_atomically(path, content, self._root)

    def remove(self, path: str) -> None:
        """See Files."""
        target = self._root.joinpath(*relative_parts(path, self._root))
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)

    def locate(self, path: str) -> str:
        """See Files."""
        return str(self._root.joinpath(*relative_parts(path, self._root)))
