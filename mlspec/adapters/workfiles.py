"""The working tree's files, read and written below the project's folder; and CI's workflows at git's top."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from mlspec.adapters.files import relative_parts, write_atomically
from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError

_WORKFLOWS: Final = ".github/workflows/mlspec-"


class WorkFiles:
    """See the Files port."""

    def __init__(self, root: str, folder: Folder | None = None) -> None:
        self._root = Path(root)
        self._folder = folder or Folder()

    def read(self, path: str) -> bytes | None:
        """See Files; a link that leads out of the repository is refused."""
        base, below = self._place(path)
        target = base / below
        try:
            if target.is_symlink() and not target.resolve().is_relative_to(base.resolve()):
                raise MlspecError("this link leads out of the project", where=path)
            return target.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, path: str, content: bytes) -> None:
        """See Files."""
        base, below = self._place(path)
        write_atomically(below, content, base)

    def remove(self, path: str) -> None:
        """See Files."""
        target = Path(self.locate(path))
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)

    def locate(self, path: str) -> str:
        """See Files."""
        base, below = self._place(path)
        return str(base.joinpath(*relative_parts(below, base)))

    def _place(self, path: str) -> tuple[Path, str]:
        """Where a path starts, and the rest of it: above the project only its workflows are anything to us."""
        if not self._folder.up or not path.startswith(f"{self._folder.up}{_WORKFLOWS}"):
            return self._root, path
        return self._root.parents[self._folder.name.count("/")], self._folder.outward(path)
