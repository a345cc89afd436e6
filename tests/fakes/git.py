"""Git in memory: a reader and a writer that pass the contract tests of the real ones."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mlspec.domain.facts import decode, encode, merge
from mlspec.errors import BranchMoved, HeadMoved, MlspecError, RecordsMoved
from mlspec.ports.git import Divergence, Head, NewTag, Person, Snapshot, Tag

MLSPEC_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_=-]*(?:@v\d+\.\d+\.\d+!?|@deprecated|#[A-Za-z0-9/_-]+!?#\d+)")
MOVED = "moved on origin meanwhile, so nothing was pushed"


def oid_of(kind: str, data: bytes) -> str:
    """The id that git gives to an object."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).hexdigest()


@dataclass(frozen=True)
class FakeCommit:
    """A commit: its tree is path → blob id."""

    tree: Mapping[str, str]
    parent: str | None
    message: str
    merged: str | None = None


@dataclass(frozen=True)
class FakeTagObject:
    """An annotated tag's object."""

    name: str
    commit: str
    message: str


@dataclass
class FakeOrigin:
    """The repository that clones share: refs, and a store of objects that all of them see."""

    refs: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes | FakeCommit | FakeTagObject] = field(default_factory=dict)
    by: dict[str, Person] = field(default_factory=dict)
    default_branch: str = "main"
    down: bool = False
    """Set it and every fetch and push fails."""


class FakeGit:
    """GitReader and GitWriter without a disk.

    `files` is the working tree: change it as a user would edit files. `ignored_paths` holds ignored paths. `effects`
    lists what the writer was asked to do, in order. `interrupt["commit"] = error` raises the error instead of the
    effect, `interrupt["after commit"]` once it is done (a crash before it was known); each only once. `shallow` holds
    commits that a shallow clone would end with.
    """

    _clock = itertools.count()

    def __init__(self, files: Mapping[str, bytes | str] | None = None, *, origin: FakeOrigin | None = None) -> None:
        self.origin = origin
        self.objects = origin.objects if origin else {}
        self.refs: dict[str, str] = {}
        self.branch: str | None = "main"
        self.who = "ada@example.com"
        self.by: dict[str, Person] = origin.by if origin else {}
        self.ignored_paths: set[str] = set()
        self.effects: list[str] = []
        self.interrupt: dict[str, BaseException] = {}
        self.shallow: set[str] = set()
        self._detached = ""
        self.files = {path: _bytes(data) for path, data in (files or {"README.md": "a project\n"}).items()}
        self.index: dict[str, str] = {}
        if origin and f"refs/heads/{origin.default_branch}" in origin.refs:
            self._check_out_origin(origin)
        else:
            self.commit_all("first")

    # what a user does

    def commit_all(self, message: str) -> str:
        """`git add -A && git commit`."""
        self.index = {path: self._blob(data) for path, data in self.files.items() if path not in self.ignored_paths}
        return self._set_head(self._commit(dict(self.index), self._head_or_none(), message))

    def stage(self, path: str) -> None:
        """`git add PATH` or `git rm PATH`."""
        self._stage(path)

    def detach(self) -> None:
        """`git checkout --detach`."""
        self._detached, self.branch = self.head, None

    @property
    def head(self) -> str:
        """HEAD's commit."""
        found = self._head_or_none()
        if found is None:
            raise MlspecError("there is no commit yet")
        return found

    # GitReader

    def snapshot(self) -> Snapshot:
        tree = self._tree(self.head)
        blobs = {
            path: self._blob(data)
            for path in list(self.files)
            if (data := self.files.get(path)) is not None  # other threads write and remove files
            if path in tree or path in self.index or path not in self.ignored_paths
        }
        paths = {*tree, *self.index, *blobs}
        dirty = {path for path in paths if not tree.get(path) == self.index.get(path) == blobs.get(path)}
        default = self.origin.default_branch if self.origin else None
        return Snapshot(Head(self.head, self.branch, default, self.origin is not None), blobs, frozenset(dirty))

    def tags(self) -> Sequence[Tag]:
        found = []
        for ref, oid in sorted(self.refs.items()):
            if ref.startswith("refs/tags/"):
                held = self.objects[oid]
                annotated = isinstance(held, FakeTagObject)
                commit = held.commit if isinstance(held, FakeTagObject) else oid
                found.append(Tag(ref.removeprefix("refs/tags/"), oid, commit, annotated))
        return found

    def messages(self, oids: Iterable[str]) -> Mapping[str, str]:
        held = ((oid, self.objects.get(oid)) for oid in oids)
        return {oid: tag.message for oid, tag in held if isinstance(tag, FakeTagObject)}

    def read(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        held = ((oid, self.objects.get(oid)) for oid in blobs)
        return {oid: data for oid, data in held if isinstance(data, bytes)}

    def tree(self, revision: str) -> tuple[str, Mapping[str, str]]:
        oid = self.head if revision == "HEAD" else self.refs.get(f"refs/tags/{revision}", revision)
        held = self.objects.get(oid)
        if isinstance(held, FakeTagObject):
            oid, held = held.commit, self.objects.get(held.commit)
        if not isinstance(held, FakeCommit):
            raise MlspecError(f"there is no revision `{revision}`")
        return oid, held.tree

    def ancestors(self, revision: str) -> frozenset[str]:
        return frozenset(self._ancestors(self.tree(revision)[0]))

    def divergence(self, branch: str) -> Divergence:
        ours, theirs, base = self._parted(branch)
        subjects = tuple(
            self._get(oid).message.partition("\n")[0]
            for oid in self._ancestors(ours)
            if oid not in set(self._ancestors(theirs))
        )
        return Divergence(self._changes(base, ours), subjects, self._changes(base, theirs))

    def _parted(self, branch: str) -> tuple[str, str, str]:
        ours, theirs = self.refs[f"refs/heads/{branch}"], self.refs[f"refs/remotes/origin/{branch}"]
        known = set(self._ancestors(theirs))
        return ours, theirs, next(oid for oid in self._ancestors(ours) if oid in known)

    def _changes(self, base: str, tip: str) -> frozenset[str]:
        before, after = self._tree(base), self._tree(tip)
        return frozenset(path for path in {*before, *after} if before.get(path) != after.get(path))

    def _merge(self, branch: str) -> str:
        ours, theirs, base = self._parted(branch)
        changed = self._changes(base, ours)
        if both := changed & self._changes(base, theirs):
            raise MlspecError(f"{branch} moved on origin meanwhile, and can't be merged", details=tuple(sorted(both)))
        tree = {path: blob for path, blob in self._tree(theirs).items() if path not in changed}
        tree |= {path: blob for path, blob in self._tree(ours).items() if path in changed}
        made = FakeCommit(tree, theirs, "mlspec: take in what was trained meanwhile", ours)
        return self._store(oid_of("commit", f"{next(self._clock)} {made}".encode()), made)

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        return frozenset(paths) & frozenset(self.ignored_paths)

    def commit_time(self, commit: str) -> int:
        if not isinstance(self.objects.get(commit), FakeCommit):
            raise MlspecError(f"there is no commit `{commit}`")
        return 1_700_000_000 + len(list(self._ancestors(commit)))

    def origin_url(self) -> str:
        return "https://git.example/shop.git" if self.origin else ""

    def people(self, oids: Iterable[str]) -> Mapping[str, Person]:
        return {oid: self.by[oid] for oid in oids if oid in self.by}

    def identity(self) -> str:
        return self.who

    def last_commit(self, path: str) -> str | None:
        for oid in self._ancestors(self.head):
            commit = self._get(oid)
            before = self._tree(commit.parent) if commit.parent else {}
            if commit.tree.get(path) != before.get(path):
                return oid
        return None

    def last_changes(self, paths: Sequence[str]) -> Mapping[str, float | None]:
        found: dict[str, float | None] = {}
        for oid in self._ancestors(self.head):
            commit = self._get(oid)
            before = self._tree(commit.parent) if commit.parent else {}
            changed = [path for path in {*commit.tree, *before} if commit.tree.get(path) != before.get(path)]
            for path in paths:
                if any(name == path or name.startswith(f"{path}/") for name in changed):
                    found.setdefault(path, None if oid in self.shallow else self.commit_time(oid))
        return found

    def chain_files(self, ref: str) -> Mapping[str, str]:
        _check_chain(ref)
        return dict(self._tree(self.refs[ref])) if ref in self.refs else {}

    def chain_log(self, ref: str) -> Sequence[str]:
        _check_chain(ref)
        return [self._get(oid).message for oid in self._ancestors(self.refs.get(ref))]

    # GitWriter

    def commit(self, paths: Sequence[str], message: str, *, onto: str = "") -> str | None:
        if onto not in {"", self.head}:
            raise HeadMoved(f"HEAD moved to {self.head[:7]} meanwhile")
        return self._effect("commit", lambda: self._commit_paths(paths, message))

    def restore(self, paths: Sequence[str]) -> None:
        self._effect("restore", lambda: self._restore(paths))

    def tag(self, tag: NewTag) -> None:
        self._effect(f"tag {tag.name}", lambda: self._make_tag(tag))

    def append(self, ref: str, files: Mapping[str, bytes], message: str) -> str:
        return self._effect(f"append {ref}", lambda: self._append(ref, files, message))

    def fetch(self) -> bool:
        return self._effect("fetch", self._fetch)

    def merge(self, branch: str) -> str:
        return self._effect("merge", lambda: self._merge(branch))

    def push(self, branch: str, tip: str = "") -> None:
        self._effect("push", lambda: self._push(branch, tip))

    def repair(self) -> Sequence[str]:
        return self._effect("repair", list)

    # inside

    def _effect(self, name, do):
        kind = name.partition(" ")[0]
        self.effects.append(name)
        if error := self.interrupt.pop(kind, None):
            raise error
        done = do()
        if error := self.interrupt.pop(f"after {kind}", None):
            raise error
        return done

    def _commit_paths(self, paths: Sequence[str], message: str) -> str | None:
        if self.branch is None:
            raise MlspecError("HEAD is on no branch, so there is nothing to commit to")
        head = self._tree(self.head)
        if bad := [path for path in paths if path in self.files and self._is_ignored(path)]:
            raise MlspecError("git ignores files that must be committed", details=tuple(bad))
        tree = dict(head)
        for path in paths:
            _check_path(path)
            self._stage(path)
            tree.pop(path, None)
            if path in self.index:
                tree[path] = self.index[path]
        return None if tree == head else self._set_head(self._commit(tree, self.head, message))

    def _is_ignored(self, path: str) -> bool:
        return path in self.ignored_paths and path not in self.index

    def _stage(self, path: str) -> None:
        self.index.pop(path, None)
        if path in self.files:
            self.index[path] = self._blob(self.files[path])

    def _restore(self, paths: Sequence[str]) -> None:
        tree = self._tree(self.head)
        for path in paths:
            _check_path(path)
            self.files.pop(path, None)
            if path in tree:
                self.files[path] = self.objects[tree[path]]
            self._stage(path)

    def _make_tag(self, tag: NewTag) -> None:
        if re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|/$|^$", tag.name):
            raise MlspecError(f"not a tag's name: {tag.name!r}")
        if not isinstance(self.objects.get(tag.commit), FakeCommit):
            raise MlspecError(f"no such commit: {tag.commit}")
        made = FakeTagObject(tag.name, tag.commit, tag.message.removesuffix("\n"))
        ref = f"refs/tags/{tag.name}"
        if ref in self.refs and self.objects[self.refs[ref]] != made:
            raise MlspecError(f"there is a tag {tag.name} already")
        self.refs[ref] = self._store(oid_of("tag", repr(made).encode()), made)
        self.by.setdefault(self.refs[ref], Person(self.who, tag.time))

    def _append(self, ref: str, files: Mapping[str, bytes], message: str) -> str:
        _check_chain(ref)
        tip = self.refs.get(ref)
        tree = dict(self._tree(tip)) if tip else {}
        for path, data in files.items():
            tree.pop(path, None)
            if data:
                tree[path] = self._blob(data)
        self.refs[ref] = self._commit(tree, tip, message)
        return self.refs[ref]

    def _fetch(self) -> bool:
        origin = self._reach()
        if origin is None:
            return False
        for ref, oid in origin.refs.items():
            if ref.startswith("refs/mlspec/"):
                twin = ref.replace("refs/mlspec/", "refs/mlspec-remote/", 1)
                self.refs[twin] = oid
                self.refs[ref] = self._joined(self.refs.get(ref), oid)
            elif ref.startswith("refs/tags/"):
                self.refs.setdefault(ref, oid)
            else:
                self.refs[ref.replace("refs/heads/", "refs/remotes/origin/", 1)] = oid
        return True

    def _joined(self, ours: str | None, theirs: str) -> str:
        known = set(self._ancestors(theirs))
        only_ours = [oid for oid in self._ancestors(ours) if oid not in known] if ours else []
        if ours and theirs in self._ancestors(ours):
            return ours
        for oid in reversed(only_ours):
            commit = self._get(oid)
            before = self._tree(commit.parent) if commit.parent else {}
            gone = before.keys() - commit.tree.keys()
            changed = {path: blob for path, blob in commit.tree.items() if before.get(path) != blob}
            there = self._tree(theirs)
            changed = {
                path: self._merged(path, before.get(path), blob, there.get(path)) for path, blob in changed.items()
            }
            tree = {path: blob for path, blob in (there | changed).items() if path not in gone}
            theirs = self._commit(tree, theirs, commit.message)
        return theirs

    def _merged(self, path: str, base: str | None, ours: str, theirs: str | None) -> str:
        if theirs in {None, base, ours} or not path.startswith(("models/", "sources/")):
            return ours
        both = [decode(self.objects[oid]) if oid else {} for oid in (base, ours, theirs)]  # type: ignore[arg-type]
        return self._blob(encode(merge(*both)))

    def _push(self, branch: str, tip: str) -> None:
        origin = self._reach()
        if origin is None:
            raise MlspecError("there is no remote to push to")
        if f"refs/heads/{branch}" not in self.refs:
            raise MlspecError(f"there is no branch {branch!r} to push")
        ours = {ref: oid for ref, oid in self.refs.items() if self._is_publishable(ref, branch)}
        head = f"refs/heads/{branch}"
        ours[head] = tip or ours[head]
        if ours[head] in self._ancestors(origin.refs.get(head)):
            del ours[head]
        for ref, oid in ours.items():
            theirs = origin.refs.get(ref)
            if ref.startswith("refs/tags/") and theirs not in {None, oid}:
                raise MlspecError(f"origin has another tag {ref.removeprefix('refs/tags/')}")
            if not ref.startswith("refs/tags/") and theirs not in {None, *self._ancestors(oid)}:
                self._fetch()
                moved = RecordsMoved if ref.startswith("refs/mlspec/") else BranchMoved
                raise moved(f"{ref.removeprefix('refs/heads/')} {MOVED}")
        origin.refs |= ours
        self._fetch()

    def _is_publishable(self, ref: str, branch: str) -> bool:
        if ref.startswith("refs/tags/"):
            name = ref.removeprefix("refs/tags/")
            return bool(MLSPEC_TAG.fullmatch(name)) and isinstance(self.objects[self.refs[ref]], FakeTagObject)
        return ref == f"refs/heads/{branch}" or ref.startswith("refs/mlspec/")

    def _reach(self) -> FakeOrigin | None:
        if self.origin and self.origin.down:
            raise MlspecError("origin does not answer")
        return self.origin

    def _check_out_origin(self, origin: FakeOrigin) -> None:
        self.branch = origin.default_branch
        self._set_head(origin.refs[f"refs/heads/{origin.default_branch}"])
        self.index = dict(self._tree(self.head))
        self.files = {path: self.objects[oid] for path, oid in self.index.items()}
        self.refs |= {ref: oid for ref, oid in origin.refs.items() if ref.startswith("refs/tags/")}

    def _head_or_none(self) -> str | None:
        return self.refs.get(f"refs/heads/{self.branch}") if self.branch else self._detached

    def _set_head(self, commit: str) -> str:
        if self.branch:
            self.refs[f"refs/heads/{self.branch}"] = commit
        else:
            self._detached = commit
        return commit

    def _commit(self, tree: Mapping[str, str], parent: str | None, message: str) -> str:
        made = FakeCommit(dict(tree), parent, message.rstrip("\n"))
        oid = self._store(oid_of("commit", f"{next(self._clock)} {made}".encode()), made)
        self.by[oid] = Person(self.who, 1_700_000_000.0)
        return oid

    def _get(self, oid: str) -> FakeCommit:
        held = self.objects[oid]
        assert isinstance(held, FakeCommit)
        return held

    def _tree(self, commit: str) -> Mapping[str, str]:
        return self._get(commit).tree

    def _ancestors(self, oid: str | None) -> Iterable[str]:
        while oid:
            yield oid
            commit = self._get(oid)
            if commit.merged:
                yield from self._ancestors(commit.merged)
            oid = commit.parent

    def _blob(self, data: bytes | str) -> str:
        raw = _bytes(data)
        return self._store(oid_of("blob", raw), raw)

    def _store(self, oid: str, held: bytes | FakeCommit | FakeTagObject) -> str:
        self.objects[oid] = held
        return oid


def _bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _check_path(path: str) -> None:
    if path.startswith("/") or ".." in path.split("/"):
        raise MlspecError("this file is outside the project", where=path)


def _check_chain(ref: str) -> None:
    if not re.fullmatch(r"refs/mlspec(?:-remote)?/[A-Za-z0-9._/-]+", ref):
        raise MlspecError(f"not the name of a chain: {ref!r}")
