"""What every GitReader and GitWriter does: the same tests for the fake and for real git."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.git import FakeGit, FakeOrigin

from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.writer import Writer
from mlspec.compiler.blobs import blob_id
from mlspec.errors import BranchMoved, HeadMoved, MlspecError
from mlspec.ports.git import Divergence, GitReader, GitWriter, NewTag

ENV = "refs/mlspec/env/production"
ODD_PATHS = ["with space.txt", "ünï.txt", 'quo"te.txt', "star*.txt", ":(top)x", "-dash", "new\nline", "a/b/c.txt"]


class FakePlace:
    """A user at a fake repository."""

    def __init__(self, origin: FakeOrigin | None = None) -> None:
        self.fake = FakeGit(origin=origin)
        self.reader: GitReader = self.fake
        self.writer: GitWriter = self.fake
        self.stage, self.detach, self.commit_all = self.fake.stage, self.fake.detach, self.fake.commit_all

    def write(self, path: str, data: str) -> None:
        self.fake.files[path] = data.encode()

    def remove(self, path: str) -> None:
        del self.fake.files[path]

    def ignore(self, path: str) -> None:
        self.fake.ignored_paths.add(path)

    def content(self, path: str) -> str | None:
        found = self.fake.files.get(path)
        return None if found is None else found.decode()

    def staged(self) -> set[str]:
        tree = self.fake._tree(self.fake.head)
        return {path for path in {*tree, *self.fake.index} if tree.get(path) != self.fake.index.get(path)}

    def light_tag(self, name: str) -> None:
        self.fake.refs[f"refs/tags/{name}"] = self.fake.head


class RealPlace:
    """A user at a real repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reader: GitReader = Reader(folder)
        self.writer: GitWriter = Writer(folder)

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.folder, capture_output=True, check=True, text=True)
        return done.stdout

    def write(self, path: str, data: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(data)

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def ignore(self, path: str) -> None:
        with (self.folder / ".git" / "info" / "exclude").open("a") as file:
            file.write(f"/{path}\n")

    def content(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text() if file.exists() else None

    def staged(self) -> set[str]:
        return set(self.git("diff", "--cached", "--name-only", "-z").split("\0")[:-1])

    def stage(self, path: str) -> None:
        self.git("--literal-pathspecs", "add", "--", path)

    def detach(self) -> None:
        self.git("checkout", "--quiet", "--detach")

    def commit_all(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def light_tag(self, name: str) -> None:
        self.git("tag", name)


Place = FakePlace | RealPlace


@pytest.fixture(params=["fake", "real"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        return FakePlace()
    folder: Path = request.getfixturevalue("repo")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    return RealPlace(folder)


@pytest.fixture(params=["fake", "real"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    """Two clones of one origin that has a commit on main."""
    if request.param == "fake":
        origin = FakeOrigin()
        first = FakePlace(origin)
        first.writer.push("main")
        return first, FakePlace(origin)
    folder: Path = request.getfixturevalue("repo")
    remote: Path = request.getfixturevalue("remote")
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", str(remote), str(other)], check=True)
    return RealPlace(folder), RealPlace(other)


@pytest.fixture
def refused() -> Callable[..., object]:
    def check(match: str) -> object:
        return pytest.raises(MlspecError, match=match)

    return check


def message_of(place: Place, name: str) -> str:
    (tag,) = [tag for tag in place.reader.tags() if tag.name == name]
    return place.reader.messages([tag.oid])[tag.oid]


class TestSnapshot:
    def test_clean_tree(self, place: Place) -> None:
        seen = place.reader.snapshot()
        assert seen.dirty == frozenset()
        assert seen.blobs == {"README.md": blob_id(b"a project\n")}
        assert seen.head.branch == "main"
        assert (seen.head.has_remote, seen.head.default_branch) == (False, None)

    def test_each_kind_of_change(self, place: Place) -> None:
        for name in ("changed", "staged", "both", "deleted", "same"):
            place.write(name, "old\n")
        place.commit_all("more")
        place.write("changed", "new\n")
        place.write("staged", "new\n")
        place.stage("staged")
        place.write("both", "half\n")
        place.stage("both")
        place.write("both", "new\n")
        place.remove("deleted")
        place.write("untracked", "u\n")
        place.write("added", "a\n")
        place.stage("added")
        place.ignore("secret")
        place.write("secret", "s\n")
        seen = place.reader.snapshot()
        new = blob_id(b"new\n")
        assert seen.dirty == {"changed", "staged", "both", "deleted", "untracked", "added"}
        assert seen.blobs == {
            "README.md": blob_id(b"a project\n"),
            "changed": new,
            "staged": new,
            "both": new,
            "same": blob_id(b"old\n"),
            "untracked": blob_id(b"u\n"),
            "added": blob_id(b"a\n"),
        }

    def test_staged_and_put_back_is_dirty(self, place: Place) -> None:
        place.write("README.md", "other\n")
        place.stage("README.md")
        place.write("README.md", "a project\n")
        seen = place.reader.snapshot()
        assert seen.dirty == {"README.md"}
        assert seen.blobs["README.md"] == blob_id(b"a project\n")

    def test_odd_paths(self, place: Place) -> None:
        for path in ODD_PATHS:
            place.write(path, path)
        seen = place.reader.snapshot()
        assert seen.dirty == set(ODD_PATHS)
        assert {path: seen.blobs[path] for path in ODD_PATHS} == {path: blob_id(path.encode()) for path in ODD_PATHS}
        place.commit_all("odd")
        clean = place.reader.snapshot()
        assert clean.dirty == frozenset()
        assert clean.blobs == seen.blobs

    def test_detached_head_has_no_branch(self, place: Place) -> None:
        before = place.reader.snapshot().head.commit
        place.detach()
        head = place.reader.snapshot().head
        assert (head.branch, head.commit) == (None, before)

    def test_remote_and_default_branch(self, pair: tuple[Place, Place]) -> None:
        head = pair[1].reader.snapshot().head
        assert (head.has_remote, head.default_branch, head.branch) == (True, "main", "main")


class TestReading:
    def test_contents_by_blob(self, place: Place) -> None:
        blobs = place.reader.snapshot().blobs
        assert place.reader.read([blobs["README.md"], "0" * 40]) == {blobs["README.md"]: b"a project\n"}
        assert place.reader.read([]) == {}
        assert place.reader.read(["HEAD", "HEAD\nHEAD"]) == {}

    def test_a_commit_s_time(self, place: Place, refused: Callable) -> None:
        first = place.reader.snapshot().head.commit
        place.write("a.txt", "a")
        second = place.commit_all("second")
        times = [place.reader.commit_time(commit) for commit in (first, second, first)]
        assert 1_600_000_000 < times[0] == times[2] <= times[1]
        for none in ("f" * 40, "--all"):
            with refused("there is no commit"):
                place.reader.commit_time(none)

    def test_who_works_here(self, place: Place) -> None:
        assert place.reader.identity().partition("@")[1] == "@"

    def test_who_made_tags_and_commits(self, place: Place) -> None:
        head = place.reader.snapshot().head.commit
        place.writer.tag(NewTag("wine#production#1", head, "x", 1_900_000_000))
        (tag,) = place.reader.tags()
        people = place.reader.people([tag.oid, head, "0" * 40])
        assert people.keys() == {tag.oid, head}
        assert people[tag.oid].address == place.reader.identity()
        assert people[tag.oid].time == 1_900_000_000

    def test_without_a_remote_there_is_no_address(self, place: Place) -> None:
        assert place.reader.origin_url() == ""

    def test_the_remote_s_address(self, pair: tuple[Place, Place]) -> None:
        assert pair[0].reader.origin_url() != ""

    def test_last_commit(self, place: Place) -> None:
        first = place.reader.snapshot().head.commit
        place.write("a/file", "1")
        second = place.commit_all("second")
        place.write("other", "1")
        place.commit_all("third")
        assert place.reader.last_commit("README.md") == first
        assert place.reader.last_commit("a/file") == second
        assert place.reader.last_commit("never") is None
        assert place.reader.last_commit("--all") is None

    def test_last_changes(self, place: Place) -> None:
        for number, path in enumerate(["deep/one", "deep/two", *ODD_PATHS, "other"]):
            place.write(path, str(number))
            place.commit_all(path)
        paths = ["deep", "deep/one", *ODD_PATHS, "never", "README.md"]
        found = place.reader.last_changes(paths)
        assert set(found) == {*paths} - {"never"}
        for path, file in [("deep", "deep/two"), *((path, path) for path in paths if path not in {"deep", "never"})]:
            commit = place.reader.last_commit(file)
            assert commit is not None
            assert found[path] == place.reader.commit_time(commit), path
        assert place.reader.last_changes([]) == {}


class TestCommit:
    def test_new_changed_and_deleted(self, place: Place) -> None:
        place.write("changed", "1")
        place.write("deleted", "1")
        place.commit_all("before")
        place.write("changed", "2")
        place.remove("deleted")
        place.write("deep/er/new", "1")
        made = place.writer.commit(["changed", "deleted", "deep/er/new"], "Train wine\n\nWhy: because\n# kept")
        seen = place.reader.snapshot()
        assert seen.head.commit == made
        assert seen.head.branch == "main"
        assert seen.dirty == frozenset()
        assert place.staged() == set()
        assert set(seen.blobs) == {"README.md", "changed", "deep/er/new"}

    def test_only_the_named_paths(self, place: Place) -> None:
        place.write("staged", "s")
        place.stage("staged")
        place.write("README.md", "edited")
        place.write("untracked", "u")
        place.write("mine", "m")
        assert place.writer.commit(["mine"], "only mine")
        assert place.staged() == {"staged"}
        assert place.reader.snapshot().dirty == {"staged", "README.md", "untracked"}

    def test_nothing_differs(self, place: Place) -> None:
        head = place.reader.snapshot().head
        assert place.writer.commit(["README.md", "never-there"], "nothing") is None
        assert place.writer.commit([], "nothing") is None
        assert place.reader.snapshot().head == head

    def test_onto_another_commit_than_head(self, place: Place) -> None:
        head = place.reader.snapshot().head.commit
        place.write("theirs", "1")
        theirs = place.commit_all("theirs")
        place.write("ours", "1")
        with pytest.raises(HeadMoved, match="HEAD moved"):
            place.writer.commit(["ours"], "ours", onto=head)
        assert place.reader.snapshot().head.commit == theirs
        assert place.writer.commit(["ours"], "ours", onto=theirs)

    def test_again_is_nothing(self, place: Place) -> None:
        place.write("a", "1")
        place.write("b", "1")
        place.commit_all("both")
        place.write("a", "2")
        place.remove("b")
        assert place.writer.commit(["a", "b"], "x")
        assert place.writer.commit(["a", "b"], "x") is None

    def test_ignored_path_is_refused(self, place: Place) -> None:
        place.ignore("secret")
        place.write("secret", "s")
        place.write("fine", "f")
        with pytest.raises(MlspecError, match="ignores") as caught:
            place.writer.commit(["fine", "secret"], "x")
        assert caught.value.details == ("secret",)
        assert place.reader.last_commit("fine") is None

    def test_tracked_path_may_match_an_ignore_rule(self, place: Place) -> None:
        place.write("model", "1")
        place.commit_all("tracked")
        place.ignore("model")
        place.write("model", "2")
        assert place.writer.commit(["model"], "x")

    def test_odd_paths(self, place: Place) -> None:
        for path in ODD_PATHS:
            place.write(path, "1")
        place.write("starry.txt", "not named")
        place.writer.commit(ODD_PATHS, "odd")
        assert place.reader.snapshot().dirty == {"starry.txt"}

    def test_detached_head_is_refused(self, place: Place, refused: Callable) -> None:
        place.detach()
        place.write("a", "1")
        with refused("no branch"):
            place.writer.commit(["a"], "x")

    @pytest.mark.parametrize("path", ["../outside", "/etc/passwd"])
    def test_outside_is_refused(self, place: Place, refused: Callable, path: str) -> None:
        with refused("outside"):
            place.writer.commit([path], "x")


class TestRestore:
    def test_puts_back(self, place: Place) -> None:
        place.write("deleted", "1")
        place.commit_all("before")
        place.write("README.md", "edited")
        place.remove("deleted")
        place.write("new", "n")
        place.write("new-staged", "n")
        place.stage("new-staged")
        place.write("left", "l")
        place.writer.restore(["README.md", "deleted", "new", "new-staged", "never"])
        assert place.reader.snapshot().dirty == {"left"}
        assert place.content("README.md") == "a project\n"
        assert place.content("deleted") == "1"
        assert place.content("new") is None

    def test_staged_change_too(self, place: Place) -> None:
        place.write("README.md", "edited")
        place.stage("README.md")
        place.writer.restore(["README.md"])
        assert place.reader.snapshot().dirty == frozenset()


class TestTags:
    def test_message_is_verbatim(self, place: Place) -> None:
        head = place.reader.snapshot().head.commit
        text = '{"format": 1}\n# not a comment\n\n  blanks  \n\n'
        place.writer.tag(NewTag("wine@v0.1.0", head, text))
        (tag,) = place.reader.tags()
        assert (tag.name, tag.commit, tag.annotated) == ("wine@v0.1.0", head, True)
        assert tag.oid != head
        assert message_of(place, "wine@v0.1.0") == text.removesuffix("\n")

    def test_again_is_no_error_and_the_same_object(self, place: Place) -> None:
        tag = NewTag("wine#production#1", place.reader.snapshot().head.commit, "x")
        place.writer.tag(tag)
        before = place.reader.tags()
        place.writer.tag(tag)
        assert place.reader.tags() == before

    def test_another_message_or_commit_is_refused(self, place: Place, refused: Callable) -> None:
        first = place.reader.snapshot().head.commit
        place.writer.tag(NewTag("wine@v0.1.0", first, "x"))
        before = place.reader.tags()
        with refused("there is a tag wine@v0.1.0 already"):
            place.writer.tag(NewTag("wine@v0.1.0", first, "y"))
        place.write("a", "1")
        with refused("there is a tag wine@v0.1.0 already"):
            place.writer.tag(NewTag("wine@v0.1.0", place.commit_all("a"), "x"))
        assert place.reader.tags() == before

    def test_light_tags_are_seen_as_such(self, place: Place, refused: Callable) -> None:
        place.light_tag("wine@v0.1.0")
        head = place.reader.snapshot().head.commit
        (tag,) = place.reader.tags()
        assert (tag.oid, tag.commit, tag.annotated) == (head, head, False)
        assert place.reader.messages([tag.oid]) == {}
        with refused("already"):
            place.writer.tag(NewTag("wine@v0.1.0", head, "x"))

    @pytest.mark.parametrize("name", ["", "a b", "a\nb", "a..b", "a~1", "a:b", "a/"])
    def test_bad_names_are_refused(self, place: Place, name: str) -> None:
        with pytest.raises(MlspecError):
            place.writer.tag(NewTag(name, place.reader.snapshot().head.commit, "x"))
        assert not place.reader.tags()

    def test_unknown_commit_is_refused(self, place: Place) -> None:
        with pytest.raises(MlspecError):
            place.writer.tag(NewTag("wine@v0.1.0", "1" * 40, "x"))


class TestChains:
    def test_missing_chain_is_empty(self, place: Place) -> None:
        assert place.reader.chain_files(ENV) == {}
        assert place.reader.chain_log(ENV) == []

    def test_files_are_replaced_kept_and_removed(self, place: Place) -> None:
        place.writer.append(ENV, {"lease.json": b"1", "models/wine.json": b"w", "models/beer.json": b"b"}, "one")
        place.writer.append(ENV, {"lease.json": b"2"}, "two\n\nbody")
        tip = place.writer.append(ENV, {"models/beer.json": b"", "never": b""}, "three")
        files = place.reader.chain_files(ENV)
        assert files == {"lease.json": blob_id(b"2"), "models/wine.json": blob_id(b"w")}
        assert place.reader.read(files.values()) == {blob_id(b"2"): b"2", blob_id(b"w"): b"w"}
        assert place.reader.chain_log(ENV) == ["three", "two\n\nbody", "one"]
        assert len(tip) == 40

    def test_leaves_branch_index_and_files_alone(self, place: Place) -> None:
        place.write("staged", "s")
        place.stage("staged")
        before = place.reader.snapshot()
        place.writer.append(ENV, {"lease.json": b"1"}, "one")
        assert place.reader.snapshot() == before

    def test_chains_are_apart(self, place: Place) -> None:
        place.writer.append(ENV, {"a": b"1"}, "one")
        place.writer.append("refs/mlspec/project", {"b": b"1"}, "two")
        assert set(place.reader.chain_files(ENV)) == {"a"}
        assert set(place.reader.chain_files("refs/mlspec/project")) == {"b"}

    @pytest.mark.parametrize("ref", ["refs/heads/main", "HEAD", "--all", "refs/mlspec/a b", "refs/mlspec/"])
    def test_other_refs_are_refused(self, place: Place, ref: str) -> None:
        with pytest.raises(MlspecError):
            place.writer.append(ref, {"a": b"1"}, "x")
        with pytest.raises(MlspecError):
            place.reader.chain_files(ref)
        with pytest.raises(MlspecError):
            place.reader.chain_log(ref)


class TestRemote:
    def test_without_remote(self, place: Place, refused: Callable) -> None:
        assert place.writer.fetch() is False
        with refused("no remote"):
            place.writer.push("main")

    def test_everything_travels(self, pair: tuple[Place, Place]) -> None:
        here, there = pair
        here.write("a", "1")
        made = here.writer.commit(["a"], "train")
        for name in ("wine@v0.1.0", "wine#production#1"):
            here.writer.tag(NewTag(name, str(made), "m"))
        here.writer.tag(NewTag("unrelated", str(made), "m"))
        here.light_tag("wine@v9.9.9")
        here.writer.append(ENV, {"lease.json": b"1"}, "one")
        here.writer.push("main")
        assert there.writer.fetch() is True
        assert [tag.name for tag in there.reader.tags()] == ["wine#production#1", "wine@v0.1.0"]
        assert message_of(there, "wine@v0.1.0") == "m"
        assert there.reader.chain_log(ENV) == ["one"]
        assert there.reader.chain_files("refs/mlspec-remote/env/production") == there.reader.chain_files(ENV)
        here.writer.push("main")  # again: nothing to do

    def test_chain_behind_is_moved_forward(self, pair: tuple[Place, Place]) -> None:
        here, there = pair
        for number in ("one", "two"):
            here.writer.append(ENV, {"lease.json": number.encode()}, number)
            here.writer.push("main")
            there.writer.fetch()
        assert there.reader.chain_log(ENV) == ["two", "one"]
        there.writer.append(ENV, {"lease.json": b"3"}, "three")
        there.writer.fetch()
        assert there.reader.chain_log(ENV) == ["three", "two", "one"]
        there.writer.push("main")
        here.writer.fetch()
        assert here.reader.chain_log(ENV) == ["three", "two", "one"]

    def test_slower_writer_of_a_chain_is_rejected(self, pair: tuple[Place, Place], refused: Callable) -> None:
        here, there = pair
        here.writer.append(ENV, {"lease.json": b"here"}, "here")
        there.writer.append(ENV, {"lease.json": b"there"}, "there")
        here.writer.push("main")
        there.write("b", "1")
        there.writer.commit(["b"], "train")
        with refused("moved on origin meanwhile"):
            there.writer.push("main")
        here.writer.fetch()
        assert here.reader.chain_log(ENV) == ["here"]
        assert there.reader.chain_log(ENV) == ["there", "here"], "the refusal has learnt what origin has"
        assert list(there.reader.read(there.reader.chain_files(ENV).values()).values()) == [b"there"]
        there.writer.push("main")

    def test_chains_that_both_went_on_are_joined(self, pair: tuple[Place, Place]) -> None:
        here, there = pair
        here.writer.append(ENV, {"models/a.json": b"0", "models/gone.json": b"0"}, "both know")
        here.writer.push("main")
        there.writer.fetch()
        here.writer.append(ENV, {"models/b.json": b"here"}, "here 1")
        here.writer.append(ENV, {"models/c.json": b"here"}, "here 2")
        there.writer.append(ENV, {"models/a.json": b"there", "models/gone.json": b""}, "there\n\nbody")
        here.writer.push("main")
        there.writer.fetch()
        assert there.reader.chain_log(ENV) == ["there\n\nbody", "here 2", "here 1", "both know"]
        assert set(there.reader.chain_files(ENV)) == {"models/a.json", "models/b.json", "models/c.json"}
        there.writer.fetch()
        assert len(there.reader.chain_log(ENV)) == 4
        there.writer.push("main")
        here.writer.fetch()
        assert here.reader.chain_files(ENV) == there.reader.chain_files(ENV)

    def test_facts_that_both_changed_are_merged(self, pair: tuple[Place, Place]) -> None:
        here, there = pair
        path = "models/a.json"
        here.writer.append(ENV, {path: b'{"tried": 1, "suspended": ""}'}, "both know")
        here.writer.push("main")
        there.writer.fetch()
        here.writer.append(ENV, {path: b'{"tried": 1, "suspended": "by Ada"}', "x": b"here"}, "here")
        there.writer.append(ENV, {path: b'{"tried": 2, "suspended": ""}'}, "there 1")
        there.writer.append(ENV, {path: b'{"tried": 3, "suspended": ""}', "x": b"there"}, "there 2")
        here.writer.push("main")
        there.writer.fetch()
        files = there.reader.chain_files(ENV)
        found = there.reader.read(files.values())
        assert json.loads(found[files[path]]) == {"tried": 3, "suspended": "by Ada"}
        assert found[files["x"]] == b"there"

    def test_slower_branch_is_rejected_whole(self, pair: tuple[Place, Place], refused: Callable) -> None:
        here, there = pair
        for place in pair:
            place.write("a", f"{place is here}")
            place.writer.commit(["a"], "train")
        there.writer.tag(NewTag("wine@v0.1.0", there.reader.snapshot().head.commit, "m"))
        here.writer.push("main")
        with refused("main moved on origin meanwhile"):
            there.writer.push("main")
        here.writer.fetch()
        assert here.reader.tags() == []

    def test_a_branch_that_both_went_on_with_is_merged_for_origin_alone(self, pair: tuple[Place, Place]) -> None:
        here, there = pair
        here.write("a", "here")
        here.writer.commit(["a"], "theirs")
        here.writer.push("main")
        there.write("models/b", "there")
        ours = there.writer.commit(["models/b"], "mlspec: train")
        there.writer.tag(NewTag("wine@v0.1.0", str(ours), "m"))
        there.write("c", "not committed")
        with pytest.raises(BranchMoved, match="main moved on origin meanwhile"):
            there.writer.push("main")
        found = there.reader.divergence("main")
        assert found == Divergence(frozenset({"models/b"}), ("mlspec: train",), frozenset({"a"}))
        before = there.reader.snapshot()
        there.writer.push("main", there.writer.merge("main"))
        assert there.reader.snapshot() == before
        there.writer.append(ENV, {"lease.json": b"1"}, "one")
        there.writer.push("main")
        here.writer.fetch()
        assert [tag.commit for tag in here.reader.tags()] == [ours]
        assert here.reader.chain_log(ENV) == ["one"]
        assert here.reader.divergence("main") == Divergence(frozenset(), (), frozenset({"models/b"}))

    def test_what_both_changed_is_not_merged(self, pair: tuple[Place, Place], refused: Callable) -> None:
        for place in pair:
            place.write("a", f"{place is pair[0]}")
            place.writer.commit(["a"], "train")
        pair[0].writer.push("main")
        pair[1].writer.fetch()
        with refused("can't be merged"):
            pair[1].writer.merge("main")

    def test_racing_tag_is_rejected_and_ours_is_kept(self, pair: tuple[Place, Place], refused: Callable) -> None:
        here, there = pair
        head = here.reader.snapshot().head.commit
        here.writer.tag(NewTag("wine@v0.1.0", head, "here"))
        here.writer.push("main")
        there.writer.tag(NewTag("wine@v0.1.0", head, "there"))
        there.writer.append(ENV, {"lease.json": b"1"}, "one")
        assert there.writer.fetch() is True
        assert message_of(there, "wine@v0.1.0") == "there"
        with refused("another tag wine@v0.1.0"):
            there.writer.push("main")
        here.writer.fetch()
        assert here.reader.chain_log(ENV) == []

    def test_silent_origin(self, pair: tuple[Place, Place], refused: Callable) -> None:
        here, _ = pair
        if isinstance(here, RealPlace):
            shutil.rmtree(here.git("remote", "get-url", "origin").strip())
        else:
            here.fake.origin.down = True
        with refused("origin does not answer"):
            here.writer.fetch()
        with refused("origin does not answer"):
            here.writer.push("main")


def test_repair_finds_nothing_in_a_sound_repository(place: Place) -> None:
    assert list(place.writer.repair()) == []


@pytest.mark.parametrize(("when", "done"), [("commit", False), ("after commit", True)])
def test_the_fake_can_be_interrupted_once(when: str, done: bool) -> None:
    fake = FakeGit()
    before = fake.head
    fake.files["a"] = b"1"
    fake.interrupt[when] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        fake.commit(["a"], "x")
    assert (fake.head != before) is done
    assert (fake.commit(["a"], "x") is None) is done
    assert fake.effects == ["commit", "commit"]
