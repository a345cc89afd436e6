"""Former and present contents of files, as far as they are at hand without asking anybody."""

from __future__ import annotations

from typing import Protocol


class Contents(Protocol):
    """Looks into git's objects, DVC's cache and the working tree of this clone; nothing is fetched."""

    def behind(self, digest: str) -> bytes | None:
        """The bytes behind a content digest (`git:BLOB`, `md5:HEX`); None where they are not here, or too many."""
        ...

    def now(self, path: str) -> bytes | None:
        """A file of the working tree; None where it is not here, or too large."""
        ...

    def code(self, commit: str, path: str) -> bytes | None:
        """A file as a commit has it; None where this clone lacks either."""
        ...
