"""Projects in folders of one repository: each sees and changes its own, under git's own names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.lease import GitLeases
from mlspec.adapters.git.locate import find_project, other_locks
from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.writer import Writer
from mlspec.adapters.lock import project_lock
from mlspec.adapters.workfiles import WorkFiles
from mlspec.domain.folder import Folder
from mlspec.errors import LockHeld, MlspecError
from mlspec.ports.git import NewTag

Git = Callable[..., str]
CHURN, PRICES = Folder("services/churn"), Folder("prices")
ENV = "refs/mlspec/env/production"
FLOW = "../../.github/workflows/mlspec-plan--services--churn.yml"


def put(repo: Path, path: str, text: str) -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text(text)


@pytest.fixture
def shared(repo: Path, git: Git) -> Path:
    """Two projects, and something that is neither's."""
    for path in ("services/churn/specs/wine.yaml", "prices/specs/wine.yaml", "lib/a.py", ".github/workflows/own.yml"):
        put(repo, path, f"apiVersion: mlspec/v1 # {path}")
    git("add", ".")
    git("commit", "--quiet", "-m", "two projects")
    return repo


def reader(repo: Path, folder: Folder) -> Reader:
    return Reader(repo / folder.name, folder)


def test_the_nearest_folder_with_specs_is_the_project(shared: Path, git: Git) -> None:
    put(shared, "prices/src/specs/notes.yaml", "nobody's")
    put(shared, "services/churn/src/a.py", "")
    assert find_project(shared / "prices" / "src" / "specs").folder == PRICES
    found = find_project(shared / "services" / "churn" / "src")
    assert (found.root, found.folder) == (str(shared / "services" / "churn"), CHURN)
    assert find_project(shared / "lib").folder == Folder()
    assert find_project(shared).lock != found.lock != find_project(shared / "prices").lock
    (shared / "services" / "churn" / "specs" / "wine.yaml").unlink()
    (shared / "services" / "churn" / ".dvc").mkdir()
    assert find_project(shared / "services" / "churn" / "src").folder == CHURN


def test_the_locks_of_others_are_those_of_this_working_tree(shared: Path, git: Git, tmp_path: Path) -> None:
    ours, others = find_project(shared / CHURN.name), [find_project(shared), find_project(shared / PRICES.name)]
    assert other_locks(ours) == []
    for place in (ours, *others):
        place.lock.touch()
    assert other_locks(ours) == sorted(place.lock for place in others)
    put(shared, "prices/specs/project.yaml", "")
    git("add", ".")
    git("commit", "--quiet", "-m", "a project")
    git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = find_project(tmp_path / "linked" / PRICES.name)
    with project_lock(linked.lock):  # its folder is made with it
        assert other_locks(find_project(tmp_path / "linked" / CHURN.name)) == [linked.lock]


def test_a_folder_that_tags_can_not_name_is_said(shared: Path) -> None:
    put(shared, "my models/specs/project.yaml", "")
    with pytest.raises(MlspecError, match="can't lie in a folder named `my models`"):
        find_project(shared / "my models")


def test_the_snapshot_is_of_the_project_and_of_workflows(shared: Path, git: Git) -> None:
    put(shared, "services/churn/new.csv", "1")
    put(shared, "services/churn/specs/wine.yaml", "changed")
    put(shared, "prices/other.csv", "1")
    put(shared, ".github/workflows/mlspec-plan--services--churn.yml", "new")
    seen = reader(shared, CHURN).snapshot()
    assert set(seen.blobs) == {"specs/wine.yaml", "new.csv", "../../.github/workflows/own.yml", FLOW}
    assert seen.dirty == {"specs/wine.yaml", "new.csv", FLOW}
    assert seen.blobs["specs/wine.yaml"] == git("hash-object", "services/churn/specs/wine.yaml")
    assert seen.blobs[FLOW] == git("hash-object", ".github/workflows/mlspec-plan--services--churn.yml")
    git("add", ".")
    staged = reader(shared, CHURN).snapshot()
    assert (staged.blobs, staged.dirty) == (seen.blobs, seen.dirty)
    (shared / "services/churn/specs/wine.yaml").unlink()
    assert "specs/wine.yaml" in reader(shared, CHURN).snapshot().dirty
    assert "specs/wine.yaml" not in reader(shared, CHURN).snapshot().blobs


def test_commits_take_the_project_s_files_and_workflows(shared: Path, git: Git) -> None:
    put(shared, "services/churn/models/a", "1")
    put(shared, "prices/models/a", "2")
    put(shared, ".github/workflows/mlspec-plan--services--churn.yml", "new")
    writer = Writer(shared, CHURN)
    made = writer.commit(["models/a", FLOW], "mlspec: x")
    assert made
    names = git("show", "--name-only", "--format=", made).splitlines()
    assert names == [".github/workflows/mlspec-plan--services--churn.yml", "services/churn/models/a"]
    assert reader(shared, CHURN).last_commit("models/a") == made
    assert reader(shared, CHURN).last_changes(["models/a", "lib/a.py"]).keys() == {"models/a"}
    assert set(reader(shared, CHURN).tree(made)[1]) == {"specs/wine.yaml", "models/a"}
    put(shared, "services/churn/models/a", "other")
    writer.restore(["models/a"])
    assert (shared / "services/churn/models/a").read_text() == "1"
    with pytest.raises(MlspecError, match="outside the project"):
        writer.commit(["../../../x"], "x")


def test_what_git_ignores_is_named_as_the_project_does(shared: Path) -> None:
    put(shared, "services/churn/.gitignore", "/models/\n")
    put(shared, "services/churn/models/a", "1")
    assert reader(shared, CHURN).ignored(["models/a", "specs/x"]) == {"models/a"}
    with pytest.raises(MlspecError, match="git ignores files") as caught:
        Writer(shared, CHURN).commit(["models/a"], "x")
    assert caught.value.details == ("models/a",)


def test_another_project_s_commit_meanwhile_is_gone_on_from(shared: Path, git: Git, monkeypatch) -> None:
    put(shared, "prices/models/a", "2")
    put(shared, "services/churn/models/a", "1")
    original = Command.line
    others: list[str | None] = []

    def line(self: Command, *args: str, **more: object) -> str:
        if args[0] == "commit-tree" and not others:
            others.append("")
            others[0] = Writer(shared, PRICES).commit(["models/a"], "mlspec: prices")
        return original(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Command, "line", line)
    made = Writer(shared, CHURN).commit(["models/a"], "mlspec: churn")
    assert git("log", "-2", "--format=%H").split() == [made, others[0]]
    assert git("status", "--porcelain") == ""


def test_tags_and_chains_are_each_project_s_own(shared: Path, git: Git) -> None:
    head = git("rev-parse", "HEAD")
    for folder, text in ((CHURN, b"1"), (PRICES, b"2"), (Folder(), b"3")):
        writer = Writer(shared, folder)
        writer.tag(NewTag("wine@v0.1.0", head, f"of {folder.name}"))
        writer.append(ENV, {"models/wine.json": text}, folder.name or "top")
    assert git("tag").split() == ["prices=wine@v0.1.0", "services/churn=wine@v0.1.0", "wine@v0.1.0"]
    for folder, text in ((CHURN, b"1"), (PRICES, b"2"), (Folder(), b"3")):
        here = reader(shared, folder)
        [tag] = here.tags()
        assert (tag.name, here.messages([tag.oid])[tag.oid]) == ("wine@v0.1.0", f"of {folder.name}")
        assert here.read(here.chain_files(ENV).values()) == {here.chain_files(ENV)["models/wine.json"]: text}
        assert here.chain_log(ENV) == [folder.name or "top"]


def test_a_push_takes_only_the_project_s_own(shared: Path, git: Git, tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    git("remote", "add", "origin", str(tmp_path / "origin"))
    head = git("rev-parse", "HEAD")
    for folder in (CHURN, PRICES, Folder()):
        Writer(shared, folder).tag(NewTag("wine@v0.1.0", head, "x"))
        Writer(shared, folder).append(ENV, {"a": b"1"}, "x")
    Writer(shared, CHURN).push("main")
    refs = [line.split("\t")[1] for line in git("ls-remote", "origin").splitlines()]
    assert [ref for ref in refs if "mlspec" in ref] == ["refs/mlspec-in/services/churn/-/env/production"]
    assert [ref for ref in refs if ref.startswith("refs/tags/") and not ref.endswith("^{}")] == [
        "refs/tags/services/churn=wine@v0.1.0"
    ]
    git("clone", "--quiet", str(tmp_path / "origin"), str(tmp_path / "clone"))
    assert Writer(tmp_path / "clone", CHURN).fetch()
    assert reader(tmp_path / "clone", CHURN).chain_log(ENV) == ["x"]
    assert not Reader(tmp_path / "clone").chain_log(ENV)


def test_leases_of_two_projects_do_not_meet(shared: Path, git: Git, tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    git("remote", "add", "origin", str(tmp_path / "origin"))
    head = git("rev-parse", "HEAD")

    def leases(folder: Folder) -> GitLeases:
        return GitLeases(Command(shared, folder), "here", Timing(beats=False))

    first = leases(CHURN).acquire("production", head)
    second = leases(PRICES).acquire("production", head)
    first.check()
    second.check()
    with pytest.raises(LockHeld):
        leases(CHURN).acquire("production", head, wait=0.0)
    first.release()
    second.release()


def test_files_above_the_project_are_nobody_s_but_workflows(shared: Path) -> None:
    files = WorkFiles(str(shared / "services" / "churn"), CHURN)
    files.write(FLOW, b"x")
    assert (shared / ".github/workflows/mlspec-plan--services--churn.yml").read_bytes() == files.read(FLOW) == b"x"
    files.remove(FLOW)
    assert files.read(FLOW) is None
    for path in ("../../lib/a.py", "../../.github/workflows/own.yml", "../../.github/workflows/mlspec-../../x"):
        with pytest.raises(MlspecError, match="outside the project"):
            files.write(path, b"x")
