"""Which of two revisions is the newer one, as origin's branches tell."""

from __future__ import annotations

import re
from typing import Final

from mlspec.adapters.git.wire import Wire

_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_BRANCHES: Final = "refs/remotes/origin/"
_FETCH: Final = (
    "fetch",
    "--no-progress",
    "--no-tags",
    "--no-prune",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
)


class Revisions:
    """Compares revisions by ancestry, and remembers the answers: a waiter asks the same with each look."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[tuple[str, str], bool] = {}

    def is_newer(self, theirs: str, ours: str) -> bool:
        """Whether `theirs` goes on from `ours` on a branch of origin.

        One that has left origin's branches (they were put back by force) wins nothing; neither does one that nobody
        has published, for it cannot be told from any other.
        """
        key = theirs, ours
        if theirs == ours or not (_OID.fullmatch(theirs) and _OID.fullmatch(ours)):
            return False
        if key not in self._known:
            self._known[key] = self._leads_to(ours, theirs) and self._is_published(theirs)
        return self._known[key]

    def _leads_to(self, older: str, newer: str) -> bool:
        if self._wire.attempt("cat-file", "-e", f"{newer}^{{commit}}").status:
            words = (*_FETCH, "--end-of-options", "origin", f"+refs/heads/*:{_BRANCHES}*")
            self._wire.attempt(*words)  # where it fails, nothing is newer than ours that we know of
        return self._wire.attempt("merge-base", "--is-ancestor", older, newer).status == 0

    def _is_published(self, commit: str) -> bool:
        return bool(
            self._wire.run("for-each-ref", "--count=1", f"--contains={commit}", "--format=%(refname)", _BRANCHES)
        )
