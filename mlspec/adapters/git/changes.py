"""When paths changed last: one walk through the history, whatever the number of paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mlspec.adapters.git.parse import PATH_ERRORS
from mlspec.adapters.git.process import output
from mlspec.domain.folder import Folder

_TOP: Final = Folder()
_LOG: Final = (
    # a merge's names are from git's top, whatever is wanted; so all of them are
    *("log", "-c", "--no-renames", "--name-only", "--no-relative", "-z", "--format=%x01%ct %D"),
    # the only decoration left but HEAD's own is `grafted`: a shallow clone's history ends there
    *("--decorate=full", "--decorate-refs-exclude=*", "HEAD", "--"),
)


def last_changes(root: str, paths: Sequence[str], folder: Folder = _TOP) -> Mapping[str, float | None]:
    """Path → when it, or a file below it, changed last, by the committer's clock; see GitReader.

    `root` is the project's, which lies in `folder`.
    """
    found: dict[str, float | None] = {}
    for time, names in _commits(output(root, *_LOG, *paths), folder) if paths else ():
        for path in (path for path in paths if path not in found):
            if any(name == path or name.startswith(f"{path}/") for name in names):
                found[path] = time
        if len(found) == len(set(paths)):
            break
    return found


def _commits(out: bytes, folder: Folder) -> Iterator[tuple[float | None, list[str]]]:
    """Newest first: when each was made (None for the last one that a shallow clone has), and what it changed."""
    for record in out.decode("utf-8", PATH_ERRORS).split("\x01")[1:]:
        head, *names = record.split("\0")
        time, _, decoration = head.partition(" ")
        whole = "grafted" not in decoration.split(", ")
        yield float(time) if whole else None, [folder.inward(name.removeprefix("\n")) for name in names]
