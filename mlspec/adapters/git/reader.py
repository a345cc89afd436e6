"""The reader: git's state in a few processes, whatever the number of models."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from mlspec.adapters.git import parse
from mlspec.adapters.git.changes import last_changes
from mlspec.adapters.git.process import Running, attempt, failure, output
from mlspec.compiler.blobs import blob_id
from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError
from mlspec.ports.git import Divergence, Head, Person, Snapshot, Tag

_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
WORKFLOWS: Final = ".github/workflows"
"""Where GitHub looks for workflows, and nowhere else: always at git's top"""
_CHAIN: Final = re.compile(r"refs/mlspec(?:-in)?(?:-remote)?/[A-Za-z0-9._/-]+", re.ASCII)
_DEFAULTS: Final = tuple(f"refs/remotes/origin/{name}" for name in ("HEAD", "main", "master"))
_REMOTE: Final = ("config", "--get-regexp", r"^remote\.origin\.(url|pushurl)$")
_PREFIX: Final = "refs/remotes/origin/"


def check_chain(ref: str) -> str:
    """The name of a chain, if it is one; MlspecError otherwise."""
    if not _CHAIN.fullmatch(ref) or ".." in ref:
        raise MlspecError(f"not the name of a chain: {ref!r}")
    return ref


def bare_address(address: str) -> str:
    """A remote's address without user, password, query or fragment; `git@host:path` and paths stand as they are."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


class Reader:
    """Implements `mlspec.ports.git.GitReader` for the project at `root`, which is `folder` of its repository.

    Git runs in that folder, so that most of what it says is about the project alone; the rest is mapped here.
    """

    def __init__(self, root: Path | str, folder: Folder | None = None) -> None:
        self._root = str(root)
        self._folder = folder or Folder()
        # What lies elsewhere and is still the project's, or may be: CI's workflows.
        self._where = ("--", ".", f"{self._folder.up}{WORKFLOWS}") if self._folder.up else ()

    def snapshot(self) -> Snapshot:
        """The working tree and HEAD: four small processes at once, and one more where something is dirty."""
        top, where = self._root, self._where
        running = (
            Running(top, ("ls-files", "-s", "-z", *where)),
            Running(top, ("status", "--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--no-renames",
                          "--untracked-files=all", *where)),
            Running(top, ("for-each-ref", "--format=%(refname) %(symref)", *_DEFAULTS)),
            Running(top, _REMOTE),
        )  # fmt: skip
        index, state, defaults, remote = (process.finish() for process in running)
        for done, what in ((state, "status"), (index, "ls-files"), (defaults, "for-each-ref")):
            if done.status:
                raise failure((what,), done.err)
        seen = parse.status(state.out)
        if self._folder.up:
            seen.move(self._folder.inward)
        if not seen.commit:
            raise MlspecError("there is no commit yet", hint="make a first commit: `git add .`, then `git commit`")
        has_remote = remote.status == 0
        default = _default_branch(defaults.out.decode()) if has_remote else None
        head = Head(seen.commit, seen.branch, default, has_remote)
        return Snapshot(head, self._working_tree(parse.index_entries(index.out), seen), seen.dirty)

    def _working_tree(self, blobs: dict[str, str], seen: parse.Status) -> dict[str, str]:
        for path in (*seen.deleted, *seen.changed):
            blobs.pop(path, None)
        return blobs | seen.staged | self._hash(seen.changed)

    def _hash(self, paths: Sequence[str]) -> dict[str, str]:
        """Blob ids of files as `git add` would store them (filters applied); what is gone is left out."""
        files = [path for path in paths if (mode := self._mode(path)) and stat.S_ISREG(mode)]
        links = [path for path in paths if (mode := self._mode(path)) and stat.S_ISLNK(mode)]
        found = {path: blob_id(os.fsencode((Path(self._root) / path).readlink())) for path in links}
        if files:
            # these alone are taken from git's top, wherever it runs
            lines = b"".join(parse.quoted(self._folder.outward(path)) + b"\n" for path in files)
            done = attempt(self._root, "hash-object", "--stdin-paths", data=lines)
            if done.status:
                return found | self._hash_again(files, done.err)
            found |= zip(files, done.out.decode().split(), strict=True)
        return found

    def _hash_again(self, files: Sequence[str], err: str) -> dict[str, str]:
        """A file may vanish while we look; anything else that cannot be read is an error."""
        left = [path for path in files if self._mode(path)]
        if len(left) == len(files):
            raise failure(("hash-object",), err)
        return self._hash(left)

    def _mode(self, path: str) -> int:
        try:
            return (Path(self._root) / path).lstat().st_mode
        except OSError:
            return 0

    def tags(self) -> Sequence[Tag]:
        """All tags that lead to a commit, sorted by name; those of models in other folders are left out."""
        # packed-refs knows what is behind each tag; for-each-ref would read every tag object: 20 times the CPU
        done = attempt(self._root, "show-ref", "--tags", "--dereference")
        if done.status > 1 or (done.status and done.err):  # 1 and not a word: there are no tags
            raise failure(("show-ref",), done.err)
        refs, behind = parse.tag_refs(done.out)
        commits = self._commits({*refs.values(), *behind.values()} - {refs[name] for name in behind})
        names = ((name, oid, self._folder.own_tag(name)) for name, oid in refs.items())
        tags = (Tag(own, oid, behind.get(name, oid), annotated=name in behind) for name, oid, own in names if own)
        return [tag for tag in tags if tag.commit in commits]

    def _commits(self, oids: set[str]) -> set[str]:
        """Those of some objects that are commits, by their headers alone."""
        data = "".join(f"{oid}\n" for oid in oids).encode()
        words = ("cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer")
        lines = output(self._root, *words, data=data).decode().splitlines() if oids else []
        return {oid for oid, _, kind in (line.partition(" ") for line in lines) if kind == "commit"}

    def has_remote(self) -> bool:
        """Whether there is an `origin`."""
        return attempt(self._root, *_REMOTE).status == 0

    def remote_tips(self) -> str:
        """A word for where origin's branches are, as last fetched: another one as soon as any of them moved."""
        return sha256(output(self._root, "for-each-ref", "--format=%(refname) %(objectname)", _PREFIX)).hexdigest()

    def messages(self, oids: Iterable[str]) -> Mapping[str, str]:
        """The messages of tag objects, verbatim but for the last newline; what is no tag is left out."""
        objects = self._objects(oids)
        return {oid: parse.tag_message(content) for oid, kind, content in objects if kind == "tag"}

    def read(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of blobs; what the object store does not have is left out."""
        return {oid: content for oid, kind, content in self._objects(blobs) if kind == "blob"}

    def size(self, oid: str) -> int | None:
        """The bytes of an object; None where the store does not have it."""
        done = attempt(self._root, "cat-file", "-s", oid) if _OID.fullmatch(oid) else None
        return int(done.out) if done is not None and not done.status else None

    def _objects(self, oids: Iterable[str]) -> Iterable[tuple[str, str, bytes]]:
        wanted = dict.fromkeys(oid for oid in oids if _OID.fullmatch(oid))
        if not wanted:
            return ()
        data = "".join(f"{oid}\n" for oid in wanted).encode()
        return parse.batch(output(self._root, "cat-file", "--batch", "--buffer", data=data))

    def commit_time(self, commit: str) -> int:
        """When a commit was made, by its committer's clock."""
        words = ("show", "--no-patch", "--format=%ct", "--end-of-options", f"{commit}^{{commit}}")
        done = attempt(self._root, *words)
        if done.status:
            raise MlspecError(f"there is no commit `{commit}`")
        return int(done.out)

    def origin_url(self) -> str:
        """Origin's address as git resolves it, without what would let somebody in."""
        done = attempt(self._root, "remote", "get-url", "origin")
        return bare_address(done.out.decode(errors="replace").strip()) if not done.status else ""

    def people(self, oids: Iterable[str]) -> Mapping[str, Person]:
        """Taggers of tag objects and authors of commits, by one `cat-file --batch`."""
        objects = self._objects(oids)
        found = ((oid, parse.person(content)) for oid, kind, content in objects if kind in {"tag", "commit"})
        return {oid: person for oid, person in found if person}

    def identity(self) -> str:
        """The committer's address, as git would write it."""
        done = attempt(self._root, "var", "GIT_COMMITTER_IDENT")
        return "" if done.status else parse.address(done.out.decode(errors="replace"))

    def last_commit(self, path: str) -> str | None:
        """The newest commit up to HEAD that changed a path; None where none did."""
        return output(self._root, "rev-list", "-1", "HEAD", "--", path).decode().strip() or None

    def last_changes(self, paths: Sequence[str]) -> Mapping[str, float | None]:
        """When paths changed last, as far as the history that is here tells."""
        return last_changes(self._root, paths, self._folder)

    def tree(self, revision: str) -> tuple[str, Mapping[str, str]]:
        """A revision's commit and files; MlspecError where there is no such revision."""
        found = attempt(self._root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        commit = found.out.decode().strip()
        if found.status or not commit:
            raise MlspecError(f"there is no revision `{revision}`", hint="git log --oneline shows some")
        return commit, parse.tree_entries(output(self._root, "ls-tree", "-r", "-z", commit))

    def ancestors(self, revision: str) -> frozenset[str]:
        """All commits that lead to a revision, itself among them."""
        return frozenset(output(self._root, "rev-list", "--end-of-options", revision, "--").decode().split())

    def divergence(self, branch: str) -> Divergence:
        """What a branch here and at origin did since they parted."""
        from mlspec.adapters.git.divergence import divergence  # noqa: PLC0415 - imports GitPython; needed after a push

        return divergence(self._root, branch, self._folder)

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of some paths that git ignores, whether they exist or not."""
        # check-ignore knows no literal paths; "./" at least keeps a leading ":" from meaning something
        data = "".join(f"./{path}\0" for path in paths).encode("utf-8", parse.PATH_ERRORS)
        words = ("--no-literal-pathspecs", "check-ignore", "-z", "--stdin")
        done = attempt(self._root, *words, data=data) if paths else None
        if done is not None and done.status > 1:
            raise failure(("check-ignore",), done.err)
        found = done.out.decode("utf-8", parse.PATH_ERRORS).split("\0") if done is not None else []
        return frozenset(path.removeprefix("./") for path in found if path)

    def chain_files(self, ref: str) -> Mapping[str, str]:
        """The files (path → blob id) at a chain's tip; empty where there is no such chain."""
        name = check_chain(self._folder.chain(ref))
        done = attempt(self._root, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", name)
        if done.status and "Not a valid object name" not in done.err:
            raise failure(("ls-tree",), done.err)
        return parse.tree_entries(done.out)

    def chain_log(self, ref: str) -> Sequence[str]:
        """The messages of a chain, newest first, without last newlines; empty where there is no such chain."""
        name = check_chain(self._folder.chain(ref))
        done = attempt(self._root, "log", "--first-parent", "--format=%B", "-z", "--end-of-options", name, "--")
        if done.status and "bad revision" not in done.err:
            raise failure(("log",), done.err)
        return [text.rstrip("\n") for text in done.out.decode(errors="replace").split("\0") if text]


def _default_branch(out: str) -> str | None:
    """origin/HEAD's branch; where a clone does not record it (CI's often don't), origin's `main` or `master`."""
    refs = dict(line.split(" ", 1) for line in out.splitlines())
    found = refs.get(_DEFAULTS[0]) or next((ref for ref in _DEFAULTS[1:] if ref in refs), "")
    return found.removeprefix(_PREFIX) or None
