"""Tags and chains: each is made whole as objects first, and then named by one compare-and-swap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mlspec.adapters.git import parse
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import failure
from mlspec.adapters.git.reader import check_chain
from mlspec.adapters.git.trees import Entry, write_blobs, write_commit, write_tree
from mlspec.domain.facts import decode, encode, merge
from mlspec.errors import MlspecError
from mlspec.ports.git import NewTag

_FACTS: Final = re.compile(r"(models|sources)/[^/]+\.json")
"""The files of a chain that hold a model's or a source's facts"""
_NAME: Final = re.compile(r"[^\x00-\x20\x7f]+")


def make_tag(command: Command, tag: NewTag) -> None:
    """Make an annotated tag; see the port.

    The object is built by `mktag`, so the message is kept as it is (`git tag` would drop lines that begin with #),
    and its date is the commit's: a retry by the same person makes the same object.
    """
    tag = replace(tag, name=command.project.tag(tag.name))
    if not _NAME.fullmatch(tag.name):
        raise MlspecError(f"not a tag's name: {tag.name!r}")
    commit, date = _dated(command, tag.commit)
    who = command.line("var", "GIT_COMMITTER_IDENT", env=command.identity).rpartition("> ")[0]
    seconds, _, zone = date.partition(" ")
    when = f"{max(int(seconds) + 1, int(tag.time)) if tag.time else seconds} {zone}"
    text = f"object {commit}\ntype commit\ntag {tag.name}\ntagger {who}> {when}\n\n{_message(tag)}\n"
    oid = command.line("mktag", data=text.encode())
    done = command.attempt("update-ref", f"refs/tags/{tag.name}", oid, "0" * len(oid))
    if done.status and not _is_made(command, tag, commit):
        raise failure(("update-ref",), done.err)


def _dated(command: Command, commit: str) -> tuple[str, str]:
    """A commit's id and its committer's date."""
    shown = command.line("log", "-1", "--format=%H %cd", "--date=raw", "--end-of-options", commit, "--")
    oid, _, date = shown.partition(" ")
    return oid, date


def _message(tag: NewTag) -> str:
    return tag.message.removesuffix("\n")


def _is_made(command: Command, tag: NewTag, commit: str) -> bool:
    """Whether the tag that is there says the same; MlspecError where it says something else."""
    ref = f"refs/tags/{tag.name}"
    if command.attempt("show-ref", "--verify", "--quiet", ref).status:
        return False
    found = command.attempt("cat-file", "tag", ref)
    if found.status:
        raise MlspecError(f"there is a tag {tag.name} already, without a message", hint=_delete(tag))
    if not found.out.startswith(f"object {commit}\ntype commit\n".encode()):
        raise MlspecError(f"there is a tag {tag.name} already, on another commit", hint=_delete(tag))
    if parse.tag_message(found.out) != _message(tag):
        raise MlspecError(f"there is a tag {tag.name} already, with another message", hint=_delete(tag))
    return True


def _delete(tag: NewTag) -> str:
    return f"if nobody uses it yet, delete it with `git tag -d '{tag.name}'`"


def append(command: Command, ref: str, files: Mapping[str, bytes], message: str) -> str:
    """Put one commit on a chain; see the port. A file whose new content is empty is taken out."""
    ref = check_chain(command.project.chain(ref))
    tip = chain_tip(command, ref)
    oids = write_blobs(command, {path: data for path, data in files.items() if data})
    entries = [Entry(path, oids.get(path, "")) for path in files]
    new = write_commit(command, write_tree(command, tip, entries), tip, message)
    move_chain(command, ref, new, tip)
    return new


def replay(command: Command, ours: str, theirs: str) -> str:
    """The commits that only our chain has, put on top of theirs: both clones' events are kept, ours come last.

    The facts of a model that both changed are merged (see `domain.merge`): that somebody suspended it is not undone by
    a training that was under way. Any other file that both changed is ours, the newer news.
    """
    tip = theirs
    for commit in command.line("rev-list", "--reverse", "--first-parent", ours, f"^{theirs}").split():
        out = command.run("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", commit)
        there = parse.tree_entries(command.run("ls-tree", "-r", "-z", tip))
        entries = [_joined(command, change, there.get(change[-1], "")) for change in parse.changes(out)]
        message = command.line("log", "-1", "--format=%B", commit, "--")
        tip = write_commit(command, write_tree(command, tip, entries), tip, message)
    return tip


def _joined(command: Command, change: tuple[str, str, str], theirs: str) -> Entry:
    """A file that we changed, as it shall be where they have it otherwise."""
    base, ours, path = change
    if _is_none(ours) or theirs in {"", base, ours} or not _FACTS.fullmatch(path):
        return Entry(path, "" if _is_none(ours) else ours)
    before, here, there = (decode(_blob(command, oid)) for oid in (base, ours, theirs))
    return Entry(path, write_blobs(command, {path: encode(merge(before, here, there))})[path])


def _blob(command: Command, oid: str) -> bytes:
    return b"" if _is_none(oid) else command.run("cat-file", "blob", oid)


def _is_none(oid: str) -> bool:
    return set(oid) == {"0"}


def chain_tip(command: Command, ref: str) -> str | None:
    """The commit that a chain's ref names, None where there is no such ref."""
    done = command.attempt("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    return done.out.decode().strip() or None


def move_chain(command: Command, ref: str, new: str, old: str | None) -> None:
    """Compare-and-swap; MlspecError where the tip is not `old` any more."""
    done = command.attempt("update-ref", ref, new, old or "0" * len(new))
    if not done.status:
        return
    if any(sign in done.err for sign in ("but expected", "already exists", "is missing", "unable to resolve")):
        raise MlspecError(f"{ref} moved meanwhile", hint="another mlspec was at work; run the same again")
    raise failure(("update-ref",), done.err)
