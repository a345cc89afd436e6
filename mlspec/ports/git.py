"""Git, as mlspec needs it: a reader for planning and a writer for applying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Head:
    """Where HEAD stands. `branch` is None when detached; `default_branch` is origin's, or None without a remote."""

    commit: str
    branch: str | None
    default_branch: str | None
    has_remote: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The working tree as git sees it, in one look.

    `blobs` maps each path that HEAD or the index holds, and each untracked one that is not ignored, to the git blob
    id of its content in the working tree (deleted files are left out). `dirty` are the paths whose working-tree
    content is not HEAD's: modified, staged, untracked, or deleted.
    """

    head: Head
    blobs: Mapping[str, str]
    dirty: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag by name: the object that the ref names (`oid`) and the commit behind it."""

    name: str
    oid: str
    commit: str
    annotated: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who made a tag or a commit, by the address that git was told, and when (seconds since the epoch)."""

    address: str
    time: float


@dataclass(frozen=True, slots=True)
class NewTag:
    """An annotated tag to be made; its date is the commit's own, so that a retry makes the same object.

    `time` (seconds since the epoch) is for tags that are made at some time after their commit: readers that sort by
    date shall see promotions in the order in which they happened, and after the registration.
    """

    name: str
    commit: str
    message: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Divergence:
    """What a branch here and the same one at origin did since they parted: paths, and our commits' subjects."""

    ours: frozenset[str]
    subjects: tuple[str, ...]
    theirs: frozenset[str]


class GitReader(Protocol):
    """Reading; never changes anything. Every method is one git process, whatever the number of models."""

    def snapshot(self) -> Snapshot:
        """The working tree; MlspecError when this is no repository, or when it has no commit yet."""
        ...

    def tags(self) -> Sequence[Tag]:
        """All tags by one `for-each-ref`, without their messages."""
        ...

    def messages(self, oids: Iterable[str]) -> Mapping[str, str]:
        """The messages of annotated tag objects by one `cat-file --batch`."""
        ...

    def read(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of blobs by id (those in the object store) by one `cat-file --batch`."""
        ...

    def commit_time(self, commit: str) -> int:
        """When a commit was made, in seconds since the epoch; MlspecError where there is no such commit."""
        ...

    def origin_url(self) -> str:
        """Origin's address without user, password or token; empty without a remote."""
        ...

    def people(self, oids: Iterable[str]) -> Mapping[str, Person]:
        """Annotated tags' taggers and commits' authors; what is neither is left out."""
        ...

    def identity(self) -> str:
        """The e-mail address by which git knows who works here; empty where it knows none."""
        ...

    def last_commit(self, path: str) -> str | None:
        """The newest commit up to HEAD that changed a path."""
        ...

    def last_changes(self, paths: Sequence[str]) -> Mapping[str, float | None]:
        """Path → when the newest commit up to HEAD was made that changed it, or a file below it (since the epoch).

        None where the history that is here begins with it already (a shallow clone); what no commit ever had is left
        out.
        """
        ...

    def tree(self, revision: str) -> tuple[str, Mapping[str, str]]:
        """A revision's commit and its files (path → blob id); MlspecError where there is no such revision."""
        ...

    def ancestors(self, revision: str) -> frozenset[str]:
        """The commits that lead to a revision, itself among them."""
        ...

    def divergence(self, branch: str) -> Divergence:
        """What a branch here and at origin, as last fetched, did since they parted."""
        ...

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of some paths that git ignores, whether they exist or not."""
        ...

    def chain_files(self, ref: str) -> Mapping[str, str]:
        """The files (path → blob id) in the tree of a chain's tip; empty where the ref does not exist."""
        ...

    def chain_log(self, ref: str) -> Sequence[str]:
        """The messages of a chain's commits, newest first; empty where the ref does not exist."""
        ...


class GitWriter(Protocol):
    """Writing; every method is one effect that is either done or not."""

    def commit(self, paths: Sequence[str], message: str, *, onto: str = "") -> str | None:
        """Commit exactly these paths (added, changed or deleted) on the current branch; None when nothing differs.

        What else is staged stays staged and uncommitted; hooks are not run; ignored paths are an error. `onto`: the
        only commit that it may follow; HeadMoved, with nothing committed, where HEAD is another one by then.
        """
        ...

    def restore(self, paths: Sequence[str]) -> None:
        """Put these paths back to HEAD's content; those that HEAD does not have are removed."""
        ...

    def tag(self, tag: NewTag) -> None:
        """Make an annotated tag; done already with the same commit and message is no error, otherwise MlspecError."""
        ...

    def append(self, ref: str, files: Mapping[str, bytes], message: str) -> str:
        """Put one commit on a chain (`refs/mlspec/...`): its tree is the tip's with `files` replaced.

        Compare-and-swap on the tip: MlspecError when it moved meanwhile. Returns the new tip.
        """
        ...

    def fetch(self) -> bool:
        """Fetch origin's branches, tags and `refs/mlspec/*` (into `refs/mlspec-remote/*`); False without a remote.

        A chain that is behind its remote twin is moved forward to it; where both have gone on, what only this clone
        has is put on top of the twin. MlspecError when the remote does not answer.
        """
        ...

    def merge(self, branch: str) -> str:
        """A commit that goes on from origin's branch, as last fetched, and from ours; nothing names it, nothing moves.

        MlspecError where both changed the same.
        """
        ...

    def push(self, branch: str, tip: str = "") -> None:
        """Push the branch, mlspec's tags and `refs/mlspec/*` by one `git push --atomic`; MlspecError if rejected.

        `tip` is what origin's branch gets in place of ours. A branch that origin has gone on from is no news, and in
        nobody's way. RecordsMoved where only chains were in the way: they are joined, so that the same push may go
        through; BranchMoved where origin's branch has what ours lacks.
        """
        ...

    def repair(self) -> Sequence[str]:
        """Remove what a killed git left behind (stale `*.lock`), only with no live git here; returns what was removed.

        Call it only under mlspec's own lock.
        """
        ...
