"""The writer where only real git has something to say: hooks, identity, locks, hostile remotes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.writer import Writer
from mlspec.errors import MlspecError
from mlspec.ports.git import NewTag

Git = Callable[..., str]
ENV = "refs/mlspec/env/production"


def add_hooks(repo: Path, trace: Path) -> None:
    (repo / ".git" / "hooks").mkdir(exist_ok=True)
    names = ("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "reference-transaction", "post-checkout")
    for name in names:
        hook = repo / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {trace}\nexit 1\n")
        hook.chmod(0o755)


def test_no_hook_is_run(repo: Path, tmp_path: Path) -> None:
    add_hooks(repo, tmp_path / "trace")
    writer = Writer(repo)
    (repo / "a").write_text("1")
    made = writer.commit(["a"], "x")
    assert made
    writer.tag(NewTag("wine@v0.1.0", made, "x"))
    writer.append(ENV, {"a": b"1"}, "x")
    (repo / "a").write_text("2")
    writer.restore(["a"])
    assert not (tmp_path / "trace").exists()


def test_inside_a_hook(repo: Path, tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "--quiet", str(tmp_path / "other"))
    for name, value in {
        "GIT_DIR": tmp_path / "other" / ".git",
        "GIT_INDEX_FILE": tmp_path / "index",
        "GIT_WORK_TREE": tmp_path / "other",
        "GIT_PREFIX": "deep/",
    }.items():
        monkeypatch.setenv(name, str(value))
    (repo / "a").write_text("1")
    made = Writer(repo).commit(["a"], "x")
    assert Reader(repo).snapshot().head.commit == made
    assert Reader(repo).snapshot().dirty == frozenset()
    assert not (tmp_path / "index").exists()


def test_identity_where_nobody_is_configured(repo: Path, tmp_path: Path, git: Git, monkeypatch) -> None:
    (tmp_path / "empty").write_text("")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "empty"))
    git("config", "user.useConfigOnly", "true")
    writer = Writer(repo)
    (repo / "a").write_text("1")
    made = writer.commit(["a"], "x")
    assert made
    writer.tag(NewTag("wine@v0.1.0", made, "x"))
    writer.append(ENV, {"a": b"1"}, "x")
    assert git("log", "-1", "--format=%an <%ae> %cn <%ce>") == "mlspec <mlspec@localhost> mlspec <mlspec@localhost>"


def test_identity_is_the_users(repo: Path, git: Git) -> None:
    (repo / "a").write_text("1")
    Writer(repo).commit(["a"], "x")
    assert git("log", "-1", "--format=%an <%ae>") == "Ada Tester <ada@example.com>"


def test_message_is_verbatim(repo: Path, git: Git) -> None:
    (repo / "a").write_text("1")
    Writer(repo).commit(["a"], "Train wine\n\n# not a comment\n  ünï\n")
    assert git("log", "-1", "--format=%B") == "Train wine\n\n# not a comment\n  ünï\n"


def test_modes_are_kept(repo: Path, git: Git) -> None:
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "link").symlink_to("README.md")
    Writer(repo).commit(["run.sh", "link"], "x")
    modes = [line.split()[0] for line in git("ls-tree", "HEAD", "run.sh", "link").splitlines()]
    assert modes == ["120000", "100755"]


def test_file_that_became_a_folder(repo: Path) -> None:
    (repo / "README.md").unlink()
    (repo / "README.md").mkdir()
    (repo / "README.md" / "x").write_text("x")
    assert Writer(repo).commit(["README.md", "README.md/x"], "x")
    assert Reader(repo).snapshot().dirty == frozenset()


@pytest.mark.parametrize("name", ["MERGE_HEAD", "CHERRY_PICK_HEAD", "rebase-merge"])
def test_refused_amid_a_merge(repo: Path, git: Git, name: str) -> None:
    (repo / ".git" / name).write_text(git("rev-parse", "HEAD"))
    (repo / "a").write_text("1")
    with pytest.raises(MlspecError, match="under way"):
        Writer(repo).commit(["a"], "x")


def test_behind_a_link_is_refused(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("1")
    (repo / "models").symlink_to(tmp_path / "out")
    with pytest.raises(MlspecError):
        Writer(repo).commit(["models/a"], "x")
    with pytest.raises(MlspecError, match="symbolic link"):
        Writer(repo).restore(["models/a"])
    assert (tmp_path / "out" / "a").exists()


def test_gits_own_files_are_refused(repo: Path) -> None:
    with pytest.raises(MlspecError, match="git's own"):
        Writer(repo).restore([".git/config"])
    assert (repo / ".git" / "config").exists()


def test_in_a_worktree(repo: Path, git: Git, tmp_path: Path) -> None:
    side = tmp_path / "side"
    git("worktree", "add", "--quiet", "-b", "side", str(side))
    (side / "a").write_text("1")
    made = Writer(side).commit(["a"], "x")
    assert git("rev-parse", "side") == made
    assert Reader(side).snapshot().dirty == frozenset()


def test_waits_for_anothers_lock(repo: Path) -> None:
    lock = repo / ".git" / "index.lock"
    lock.touch()
    (repo / "a").write_text("1")
    threading.Timer(0.3, lock.unlink).start()
    assert Writer(repo).commit(["a"], "x")


def test_says_who_is_in_the_way(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (repo / ".git" / "index.lock").touch()
    (repo / "a").write_text("1")
    with pytest.raises(MlspecError, match="another git is at work"):
        Writer(repo).commit(["a"], "x")


def test_tag_is_the_same_object_whenever_it_is_made(repo: Path, git: Git) -> None:
    head = git("rev-parse", "HEAD")
    Writer(repo).tag(NewTag("wine@v0.1.0", head, "x"))
    first = git("rev-parse", "wine@v0.1.0")
    git("tag", "-d", "wine@v0.1.0")
    time.sleep(1.1)  # the clock shows another second
    Writer(repo).tag(NewTag("wine@v0.1.0", head, "x"))
    assert git("rev-parse", "wine@v0.1.0") == first
    assert git("for-each-ref", "--format=%(taggerdate:raw)", "refs/tags") == git(
        "log", "-1", "--format=%cd", "--date=raw"
    )


def test_pruning_configured_by_the_user_spares_our_tags(repo: Path, remote: Path, git: Git) -> None:
    for key in ("fetch.prune", "fetch.pruneTags", "remote.origin.prune", "remote.origin.pruneTags"):
        git("config", key, "true")
    writer = Writer(repo)
    writer.tag(NewTag("wine@v0.1.0", git("rev-parse", "HEAD"), "x"))
    writer.append(ENV, {"a": b"1"}, "x")
    assert writer.fetch()
    assert len(Reader(repo).tags()) == 1
    assert Reader(repo).chain_log(ENV) == ["x"]


def test_fetch_learns_the_default_branch(repo: Path, remote: Path, git: Git) -> None:
    git("remote", "set-head", "origin", "--delete")
    Writer(repo).fetch()
    assert git("symbolic-ref", "refs/remotes/origin/HEAD") == "refs/remotes/origin/main"


@pytest.mark.parametrize("address", ["ext::touch {canary}", "--upload-pack=touch {canary}"])
def test_hostile_addresses_run_nothing(repo: Path, git: Git, tmp_path: Path, address: str) -> None:
    git("config", "remote.origin.url", address.format(canary=tmp_path / "canary"))
    git("config", "protocol.ext.allow", "always")
    with pytest.raises(MlspecError):
        Writer(repo).fetch()
    with pytest.raises(MlspecError):
        Writer(repo).push("main")
    assert not (tmp_path / "canary").exists()


def test_hostile_branch_names_are_refused(repo: Path, remote: Path) -> None:
    for name in ("--force", "+main", "main:other", "*", ""):
        with pytest.raises(MlspecError):
            Writer(repo).push(name)


def test_rejection_says_who_was_faster(repo: Path, remote: Path, git: Git, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git("clone", "--quiet", str(remote), str(other))
    (other / "b").write_text("1")
    git("-C", str(other), "add", "b")
    git("-C", str(other), "-c", "user.name=Bob", "commit", "--quiet", "-m", "Bob was here")
    git("-C", str(other), "push", "--quiet")
    (repo / "a").write_text("1")
    Writer(repo).commit(["a"], "x")
    with pytest.raises(MlspecError) as caught:
        Writer(repo).push("main")
    assert "Bob was here" in caught.value.details[0]
    assert "git pull --rebase" in caught.value.hint


def test_refusal_by_a_rule_of_the_server(repo: Path, remote: Path) -> None:
    (remote / "hooks").mkdir(exist_ok=True)
    (remote / "hooks" / "pre-receive").write_text("#!/bin/sh\necho protected branch\nexit 1\n")
    (remote / "hooks" / "pre-receive").chmod(0o755)
    (repo / "a").write_text("1")
    Writer(repo).commit(["a"], "x")
    with pytest.raises(MlspecError, match="origin refused the push") as caught:
        Writer(repo).push("main")
    assert any("protected branch" in line for line in caught.value.details)


def test_more_tags_than_a_command_line_holds(repo: Path, remote: Path, git: Git, monkeypatch) -> None:
    monkeypatch.setattr("mlspec.adapters.git.publish._MOST_AT_ONCE", 3)
    head = git("rev-parse", "HEAD")
    for number in range(8):
        Writer(repo).tag(NewTag(f"wine#production#{number}", head, "x"))
    Writer(repo).push("main")
    assert len(git("-C", str(remote), "tag").splitlines()) == 8


def test_a_push_that_a_hook_of_ones_own_refuses_is_not_laid_to_the_network(repo: Path, remote: Path) -> None:
    hook = repo / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho tests fail >&2\nexit 1\n")
    hook.chmod(0o755)
    (repo / "new").write_text("1")
    Writer(repo).commit(["new"], "more")
    with pytest.raises(MlspecError, match="the hook pre-push refused the push") as caught:
        Writer(repo).push("main")
    assert "tests fail" in caught.value.details
    hook.unlink()
    remote.rename(remote.with_name("away"))
    with pytest.raises(MlspecError, match="origin does not answer"):
        Writer(repo).push("main")
