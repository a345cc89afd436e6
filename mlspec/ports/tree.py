"""The working tree's contents, as digests see them: by git's blob ids, read only where nobody read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mlspec.domain.python import PythonCode


class Tree(Protocol):
    """Paths are relative to the repository's top; every answer is for the working tree."""

    def blob(self, path: str) -> str | None:
        """The git blob id of a file; None where git does not have it."""
        ...

    def below(self, folder: str) -> Sequence[str]:
        """The paths of all files below a folder, sorted."""
        ...

    def pointer(self, path: str) -> str | None:
        """What DVC's pointer `path.dvc` says of the content (`md5:…`); None without a pointer."""
        ...

    def python(self, path: str) -> PythonCode:
        """A Python file's syntax digest and imports; text that does not parse counts by its bytes."""
        ...

    def packages(self, path: str) -> Mapping[str, str]:
        """The packages of a requirements file: normalised name → version."""
        ...

    def keep(self) -> None:
        """Remember what was read for the next process; failing to is no error."""
        ...
