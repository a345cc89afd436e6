"""An environment's chain at origin: looking at its tip, and replacing it by compare-and-swap."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.git import marks
from mlspec.adapters.git.marks import Mark, Tip
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.reader import check_chain
from mlspec.adapters.git.remote import MARK, no_answer
from mlspec.adapters.git.wire import LIMIT, Wire

_LOOKS: Final = 5
_FETCH: Final = ("fetch", "--no-progress", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
_PUSH: Final = ("push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")


class OriginChain:
    """The chain of one environment, as origin has it."""

    def __init__(self, wire: Wire, environment: str) -> None:
        self.environment = environment
        self.ref = check_chain(f"{wire.command.project.environments}{environment}")
        self._wire = wire

    def peek(self, limit: float = LIMIT) -> str | None:
        """The tip's id, empty where origin has no such chain; None where origin does not answer."""
        done = self._ask(limit)
        return None if done.status else self._advertised(done)

    def look(self) -> Tip:
        """The tip; MlspecError where origin does not answer. What a tip stands on is here afterwards."""
        fetched = Done(1, b"", "")
        for _ in range(_LOOKS):
            done = self._ask()
            if done.status:
                raise no_answer(done)
            oid = self._advertised(done)
            found = self.read(oid) if oid else Tip()
            if found:
                return found
            # Where this fails, the ref may have moved or gone meanwhile: the next look tells.
            fetched = self._wire.attempt(*_FETCH, "--end-of-options", "origin", self.ref)
        raise no_answer(fetched)

    def read(self, oid: str) -> Tip | None:
        """The tip that a commit is; None where this clone does not have it."""
        done = self._wire.attempt("cat-file", "commit", oid)
        return None if done.status else marks.tip(oid, done.out)

    def write(self, mark: Mark, record: str) -> str:
        """A new mark on a record (or on nothing): its id. Nothing names it yet."""
        tree = f"{record}^{{tree}}" if record else self._wire.run("mktree")
        parents = ("-p", record) if record else ()
        return self._wire.run("commit-tree", *parents, "-F", "-", tree, data=mark.message().encode())

    def swap(self, old: str, new: str, limit: float = LIMIT) -> Done:
        """Replace the tip if it is still `old` (empty: if there is none)."""
        lease = f"--force-with-lease={self.ref}:{old}"
        return self._wire.attempt(*_PUSH, lease, "--end-of-options", "origin", f"{new}:{self.ref}", limit=limit)

    def highest_fence(self, oid: str) -> int:
        """That of the newest mark that somebody built upon, as programs do that know of no marks; else 0."""
        words = ("log", "-1", "--first-parent", f"--grep=^{MARK}", "--format=%B", "--end-of-options", oid, "--")
        message = self._wire.run(*words) if oid else ""
        return marks.parse(message).fence if message.startswith(MARK) else 0

    def _ask(self, limit: float = LIMIT) -> Done:
        return self._wire.attempt("ls-remote", "--refs", "--end-of-options", "origin", self.ref, limit=limit)

    def _advertised(self, done: Done) -> str:
        lines = done.out.decode(errors="replace").splitlines()
        return next((oid for oid, _, ref in (line.partition("\t") for line in lines) if ref == self.ref), "")
