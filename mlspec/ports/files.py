"""Files of the working tree, by paths relative to the repository's top."""

from __future__ import annotations

from typing import Protocol


class Files(Protocol):
    """Reading and writing files; never outside the repository, never through a link that leads out of it."""

    def read(self, path: str) -> bytes | None:
        """A file's content; None where there is no such file."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a whole file or nothing; folders on the way are made. MlspecError where the path leads outside."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it; what is not there is no error."""
        ...

    def locate(self, path: str) -> str:
        """The absolute path, for programs that are told where to look."""
        ...
