"""The reader where only real git has something to say: errors, filters, links, hooks, size."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.adapters.git import parse
from mlspec.adapters.git.locate import find_top
from mlspec.adapters.git.reader import Reader, bare_address
from mlspec.compiler.blobs import blob_id
from mlspec.errors import MlspecError

Git = Callable[..., str]


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="not a git repository"):
        find_top(tmp_path)
    with pytest.raises(MlspecError, match="not a git repository"):
        Reader(tmp_path).snapshot()


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="no such folder"):
        find_top(tmp_path / "missing")


def test_no_commit_yet(tmp_path: Path, git: Git) -> None:
    git("init", "--quiet", str(tmp_path / "new"))
    with pytest.raises(MlspecError, match="no commit yet") as caught:
        Reader(tmp_path / "new").snapshot()
    assert "first commit" in caught.value.hint


def test_git_missing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MlspecError, match="git was not found"):
        Reader(repo).snapshot()


def test_top_from_a_folder_below(repo: Path) -> None:
    (repo / "a" / "b").mkdir(parents=True)
    assert find_top(repo / "a" / "b") == str(repo)


def test_inside_a_hook(repo: Path, tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "--quiet", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other-index"))
    assert find_top(repo) == str(repo)
    assert set(Reader(repo).snapshot().blobs) == {"README.md"}


def test_reading_writes_nothing(repo: Path) -> None:
    os.utime(repo / "README.md", (1, 1))  # git status would refresh its index now
    before = (repo / ".git" / "index").stat().st_mtime_ns
    assert Reader(repo).snapshot().dirty == frozenset()
    assert (repo / ".git" / "index").stat().st_mtime_ns == before


def test_filters_are_applied(repo: Path, git: Git) -> None:
    (repo / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (repo / "a.txt").write_bytes(b"one\r\n")
    assert Reader(repo).snapshot().blobs["a.txt"] == blob_id(b"one\n")


def test_links_are_not_followed(repo: Path, git: Git) -> None:
    (repo / "link").symlink_to("/etc/passwd")
    (repo / "loop").symlink_to("loop")
    blobs = Reader(repo).snapshot().blobs
    assert blobs["link"] == blob_id(b"/etc/passwd")
    git("add", "link", "loop")
    assert Reader(repo).snapshot().blobs == blobs


def test_file_that_became_a_folder(repo: Path) -> None:
    (repo / "README.md").unlink()
    (repo / "README.md").mkdir()
    (repo / "README.md" / "x").write_text("x")
    seen = Reader(repo).snapshot()
    assert set(seen.blobs) == {"README.md/x"}
    assert seen.dirty == {"README.md", "README.md/x"}


def test_another_repository_inside(repo: Path, git: Git) -> None:
    git("init", "--quiet", str(repo / "inner"))
    (repo / "inner" / "x").write_text("x")
    assert set(Reader(repo).snapshot().blobs) == {"README.md"}


def test_out_of_the_index_but_still_there(repo: Path, git: Git) -> None:
    git("rm", "--quiet", "--cached", "README.md")
    seen = Reader(repo).snapshot()
    assert seen.blobs == {"README.md": blob_id(b"a project\n")}
    assert seen.dirty == {"README.md"}


def test_conflict(repo: Path, git: Git) -> None:
    git("checkout", "--quiet", "-b", "other")
    (repo / "README.md").write_text("theirs\n")
    git("commit", "--quiet", "-am", "theirs")
    git("checkout", "--quiet", "main")
    (repo / "README.md").write_text("ours\n")
    git("commit", "--quiet", "-am", "ours")
    with pytest.raises(AssertionError):
        git("merge", "other")
    seen = Reader(repo).snapshot()
    assert seen.dirty == {"README.md"}
    assert seen.blobs["README.md"] == blob_id((repo / "README.md").read_bytes())


def test_unreadable_file_is_named(repo: Path) -> None:
    (repo / "secret").write_text("x")
    (repo / "secret").chmod(0)
    look = f"from mlspec.adapters.git.reader import Reader; Reader({str(repo)!r}).snapshot()"
    # root reads everything, unless it gives up the right to
    mortal = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run([*mortal, sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert "MlspecError" in done.stderr
    assert "secret" in done.stderr.splitlines()[-1]


def test_file_that_vanishes_meanwhile(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "stays").write_text("x")
    (repo / "goes").write_text("x")
    original = parse.quoted

    def quoted(path: str) -> bytes:
        (repo / "goes").unlink(missing_ok=True)
        return original(path)

    monkeypatch.setattr(parse, "quoted", quoted)
    assert set(Reader(repo).snapshot().blobs) == {"README.md", "stays"}


@pytest.mark.parametrize(("known", "expected"), [(("main", "dev"), "main"), (("master", "dev"), "master"), ((), None)])
def test_default_branch_without_origin_head(repo: Path, git: Git, known: tuple[str, ...], expected: str | None) -> None:
    git("remote", "add", "origin", "/nowhere")
    for name in known:
        git("update-ref", f"refs/remotes/origin/{name}", "HEAD")
    head = Reader(repo).snapshot().head
    assert (head.has_remote, head.default_branch) == (True, expected)


def test_origin_head_wins(repo: Path, remote: Path, git: Git) -> None:
    git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    git("remote", "set-head", "origin", "trunk")
    assert Reader(repo).snapshot().head.default_branch == "trunk"


def test_tags_that_lead_to_no_commit_are_left_out(repo: Path, git: Git) -> None:
    git("tag", "-m", "x", "blob", "HEAD:README.md")
    git("tag", "light-tree", "HEAD^{tree}")
    git("tag", "-m", "x", "good")
    assert [tag.name for tag in Reader(repo).tags()] == ["good"]


@pytest.mark.parametrize("kind", ["PGP SIGNATURE", "SSH SIGNATURE"])
def test_signatures_are_no_part_of_a_message(kind: str) -> None:
    signed = f"object 1\ntype commit\ntag x\ntagger y\n\nline\n\nmore\n-----BEGIN {kind}-----\nabc\n".encode()
    assert parse.tag_message(signed) == "line\n\nmore"


def test_a_worktree_of_its_own(repo: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    seen = Reader(tmp_path / "side").snapshot()
    assert (seen.head.branch, set(seen.blobs)) == ("side", {"README.md"})


@given(
    st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1), unique=True)
)
def test_index_format_round_trip(paths: list[str]) -> None:
    out = b"".join(f"100644 {number:040x} 0\t{path}\0".encode() for number, path in enumerate(paths))
    assert parse.index_entries(out) == {path: f"{number:040x}" for number, path in enumerate(paths)}


def test_reading_the_index_is_fast() -> None:
    out = b"".join(b"100644 %040x 0\tmodels/model-%d/params.yaml\0" % (n, n) for n in range(10_000))
    used = min(_parse_time(out) for _ in range(3))
    print(f"10,000 paths parsed in {used * 1000:.1f} ms")
    assert used < 0.1


def _parse_time(out: bytes) -> float:
    start = time.process_time()
    assert len(parse.index_entries(out)) == 10_000
    return time.process_time() - start


def test_many_tags(repo: Path, git: Git) -> None:
    git("tag", "-m", "hello", "first")
    oid, commit = git("rev-parse", "first", "HEAD").splitlines()
    names = sorted(f"m{number % 5000}@v0.{number // 5000}.0" for number in range(50_000))
    packed = "".join(f"{oid} refs/tags/{name}\n^{commit}\n" for name in names)
    (repo / ".git" / "packed-refs").write_text(f"# pack-refs with: peeled fully-peeled sorted \n{packed}")
    start = time.perf_counter()
    tags = Reader(repo).tags()
    print(f"{len(tags):,} tags listed in {time.perf_counter() - start:.2f} s")
    assert len(tags) == 50_001
    assert {tag.commit for tag in tags} == {commit}
    assert set(Reader(repo).messages(tag.oid for tag in tags).values()) == {"hello"}


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        ("https://git.example/shop.git", "https://git.example/shop.git"),
        ("https://me:secret@git.example:8443/shop.git?token=x#y", "https://git.example:8443/shop.git"),
        ("https://ghp_token@git.example/a@b.git", "https://git.example/a@b.git"),
        ("ssh://git@git.example:22/shop.git", "ssh://git.example:22/shop.git"),
        ("git@git.example:me/shop.git", "git@git.example:me/shop.git"),
        ("/srv/git/shop.git", "/srv/git/shop.git"),
    ],
)
def test_an_address_tells_no_secret(repo: Path, git: Git, address: str, bare: str) -> None:
    git("remote", "add", "origin", address)
    assert (bare_address(address), Reader(repo).origin_url()) == (bare, bare)
