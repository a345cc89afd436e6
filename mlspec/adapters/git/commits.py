"""Commits on the user's branch: exactly the paths that were named, and putting paths back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mlspec.adapters.files import relative_parts
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import failure
from mlspec.adapters.git.trees import Entry, write_commit, write_tree
from mlspec.errors import HeadMoved, MlspecError

_UNFINISHED: Final = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}
_TRIES: Final = 5
"""Commits of others in this clone that one of ours gives way to: projects in other folders have locks of their own"""


def commit(command: Command, paths: Sequence[str], message: str, onto: str = "") -> str | None:
    """Commit these paths; see the port.

    The order is what makes a SIGKILL harmless: first the paths are staged in the user's index, as `git add` does;
    then a commit is built beside it, from HEAD's tree and the staged entries of these paths only; then one
    compare-and-swap moves the branch. Killed before the swap: the paths are staged, nothing is committed, and the
    same call does the rest. Killed after it: done, and the index agrees already. (`git commit --only` moves the
    branch first and the index last: killed between them, the index holds the commit's reverse as staged, and the
    user's next commit would undo it. It also runs hooks and is refused during a merge only half-way.)
    """
    refuse_unfinished(command)
    wanted = _in_git(command, paths)
    _refuse_ignored(command, wanted)
    command.run("update-index", "--add", "--remove", "-z", "--stdin", data=_lines(wanted))
    for _ in range(_TRIES - 1):
        position = _position(command, onto)
        try:
            return _commit_staged(command, wanted, message, *position)
        except MlspecError:
            if _position(command) == position:
                raise
    return _commit_staged(command, wanted, message, *_position(command, onto))


def _commit_staged(command: Command, paths: Sequence[str], message: str, branch: str, head: str) -> str | None:
    """The commit that follows `head`; MlspecError where the branch has another one by now, of another project's."""
    tree = write_tree(command, head, _staged(command, paths))
    if tree == command.line("rev-parse", "--verify", f"{head}^{{tree}}"):
        return None
    new = write_commit(command, tree, head, message, *_signing(command))
    subject = message.partition("\n")[0]
    command.run("update-ref", "-m", f"commit: {subject}", branch, new, head)
    return new


def restore(command: Command, paths: Sequence[str]) -> None:
    """Put paths back to HEAD's content; see the port."""
    wanted = _in_git(command, paths)
    if not wanted:
        return
    out = command.line("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD", "--", *wanted)
    known = set(out.split("\0"))
    back = [path for path in wanted if path in known]
    gone = [path for path in wanted if path not in known]
    if gone:
        command.run("update-index", "--force-remove", "-z", "--stdin", data=_lines(gone))
        for path in gone:
            _remove(command.top, path)
    if back:
        listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
        command.run("checkout", "--quiet", "--no-overlay", *listed, "HEAD", data=_lines(back))


def refuse_unfinished(command: Command) -> None:
    """MlspecError while a merge, a rebase or the like is under way."""
    for name, what in _UNFINISHED.items():
        if (command.folder / name).exists():
            raise MlspecError(f"a {what} is under way in this repository", hint="finish it or abort it first")


def _in_git(command: Command, paths: Sequence[str]) -> list[str]:
    """The project's paths as they are seen from git's top."""
    return sorted({"/".join(relative_parts(command.project.outward(path), command.top)) for path in paths})


def _position(command: Command, onto: str = "") -> tuple[str, str]:
    """The branch's full name and its commit; HeadMoved where that is not the one that it has to be."""
    done = command.attempt("symbolic-ref", "--quiet", "HEAD")
    if done.status:
        raise MlspecError("HEAD is on no branch, so there is nothing to commit to", hint="check out a branch first")
    head = command.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.status:
        raise MlspecError("there is no commit yet", hint="make a first commit: `git add .`, then `git commit`")
    found = head.out.decode().strip()
    if onto not in {"", found}:
        raise HeadMoved(f"HEAD moved to {found[:7]} meanwhile", hint="run the same again")
    return done.out.decode().strip(), found


def _refuse_ignored(command: Command, paths: Sequence[str]) -> None:
    """A path that git ignores would vanish from the next clone; one that it tracks already is fine."""
    present = [path for path in paths if os.path.lexists(command.top / path)]
    if not present:
        return
    # check-ignore knows no literal paths; "./" at least keeps a leading ":" from meaning something
    listed = _lines([f"./{path}" for path in present])
    done = command.attempt("check-ignore", "-z", "--stdin", data=listed, env={"GIT_LITERAL_PATHSPECS": "0"})
    if done.status == 0:
        found = done.out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        ignored = tuple(command.project.inward(path.removeprefix("./")) for path in found)
        raise MlspecError(
            "git ignores files that must be committed", hint="take them out of .gitignore", details=ignored
        )
    if done.status != 1:
        raise failure(("check-ignore",), done.err)


def _staged(command: Command, paths: Sequence[str]) -> list[Entry]:
    """What the index holds of these paths now, so that what is committed is what is staged, to the byte."""
    wanted, entries = set(paths), []
    for record in command.line("ls-files", "-s", "-z").split("\0")[:-1]:
        head, _, path = record.partition("\t")
        if path in wanted:
            mode, oid, _ = head.split(" ")
            entries.append(Entry(path, oid, mode))
    found = {entry.path for entry in entries}
    return entries + [Entry(path) for path in paths if path not in found]


def _signing(command: Command) -> tuple[str, ...]:
    """Plumbing signs only when told to; the user's wish to sign every commit counts for ours too."""
    done = command.attempt("config", "--type=bool", "--get", "commit.gpgSign")
    return ("-S",) if done.out.strip() == b"true" else ()


def _remove(top: Path, path: str) -> None:
    """Delete a file, if the folders on its way are real: nothing behind a link is touched."""
    parents = list((top / path).parents)
    if any(folder.is_symlink() for folder in parents[: parents.index(top)]):
        raise MlspecError("a folder on the way to this file is a symbolic link", where=path)
    (top / path).unlink(missing_ok=True)


def _lines(paths: Sequence[str]) -> bytes:
    return "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
