"""The writer: git's state changed by effects that are each done or not done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlspec.adapters.git import commits, divergence, publish, refs, remote
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.repair import repair
from mlspec.domain.folder import Folder
from mlspec.ports.git import NewTag


class Writer:
    """Implements `mlspec.ports.git.GitWriter` for a project, which is `folder` of the repository at `top`.

    Call it under mlspec's lock; the user's own git commands meanwhile are waited for or reported.
    """

    def __init__(self, top: Path | str, folder: Folder | None = None) -> None:
        self._command = Command(top, folder)

    def commit(self, paths: Sequence[str], message: str, *, onto: str = "") -> str | None:
        """Commit exactly these files on the current branch; None when nothing differs."""
        return commits.commit(self._command, paths, message, onto)

    def restore(self, paths: Sequence[str]) -> None:
        """Put these files back to HEAD's content, or remove them where HEAD has none."""
        commits.restore(self._command, paths)

    def tag(self, tag: NewTag) -> None:
        """Make an annotated tag, or find it made."""
        refs.make_tag(self._command, tag)

    def append(self, ref: str, files: Mapping[str, bytes], message: str) -> str:
        """Put one commit on a chain; a file with empty content is taken out of it. Returns the new tip."""
        return refs.append(self._command, ref, files, message)

    def fetch(self) -> bool:
        """Fetch origin's branches, tags and chains, and join the chains; False without a remote."""
        return remote.fetch(self._command)

    def merge(self, branch: str) -> str:
        """A merge of origin's branch and ours, for origin alone."""
        return divergence.merge(self._command, branch)

    def push(self, branch: str, tip: str = "") -> None:
        """Publish the branch, mlspec's tags and the chains in one atomic push."""
        publish.push(self._command, branch, tip=tip)

    def repair(self) -> Sequence[str]:
        """Remove a killed git's locks; returns what was removed."""
        return repair(self._command)
