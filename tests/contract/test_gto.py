"""GTO and we read each other's tags: the same versions, the same stages, whoever wrote them."""

from __future__ import annotations

import io
import json
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import Git
from fakes.ports import MemoryCache
from fakes.wanted import model, record
from gto.cli import app

from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.writer import Writer
from mlspec.domain.actual import Actual, Place
from mlspec.domain.desired import Bundle, Desired, ProjectFacts
from mlspec.ports.git import Head
from mlspec.reconciler.histories import read_histories
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.renaming import carry_over, with_renames
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.tags import read_tags
from mlspec.reconciler.world import World

Shown = tuple[str, dict[str, str]]
"""The newest version, and environment → version"""


def gto(repo: Path, *args: str) -> str:
    """What a gto command prints."""
    with redirect_stdout(io.StringIO()) as out:
        status = app([args[0], "--repo", str(repo), *args[1:]], standalone_mode=False)
    assert status in {None, 0}, out.getvalue()
    return out.getvalue()


def as_gto_shows(repo: Path, *options: str) -> Shown:
    """wine by `gto show`."""
    found = json.loads(gto(repo, "show", "--json", *options))["wine"]
    return found["version"] or "", {name: version for name, version in found["stage"].items() if version}


def as_we_read(repo: Path) -> Shown:
    """wine by our own reading of the tags."""
    found = read_tags(Reader(repo).tags())["wine"]
    stages = {name: found.version_at(commits[-1], found.versions) for name, commits in found.stages.items() if commits}
    return str(max(found.versions, default="")), {name: str(version) for name, version in stages.items() if version}


class Shop:
    """A real repository whose commits are a minute apart, and what writes our tags."""

    def __init__(self, repo: Path, git: Git) -> None:
        self.repo, self.git = repo, git
        self.root, self.host = str(repo), "here"
        self.reader, self.writer, self.cache = Reader(repo), Writer(repo), MemoryCache()
        self.clock = SimpleNamespace(now=lambda: self.time)
        self.time = time.time() - 10_000

    def commit(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """A commit a minute after the last."""
        self.time += 60
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"@{int(self.time)} +0000")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        monkeypatch.delenv("GIT_COMMITTER_DATE")
        return self.git("rev-parse", "HEAD")

    def roller(self) -> Roller:
        """A new look at the tags, as each run has it, a little later than the last."""
        self.time += 5
        histories = read_histories(self.reader, self.cache, read_tags(self.reader.tags()), [model().blueprint], {}, {})
        desired = Desired("shop", "", (model(),), ("production",), {})
        world = World(
            Head(self.git("rev-parse", "HEAD"), "main", None, has_remote=False),
            frozenset(),
            Bundle(ProjectFacts("shop", "models", {}, "", {}), (model().blueprint,)),
            desired,
            Actual("", histories, {}, {}, {}),
            {},
        )
        return Roller(self, world, Logbook(self, ""))  # type: ignore[arg-type]


@pytest.fixture
def shop(repo: Path, git: Git) -> Shop:
    """The repository."""
    return Shop(repo, git)


def both(shop: Shop) -> Shown:
    """What all readers agree on."""
    ours = as_we_read(shop.repo)
    for sort in ("semver", "timestamp"):
        assert as_gto_shows(shop.repo, "--sort", sort) == ours, sort
    return ours


def register(shop: Shop, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a version on a commit of its own."""
    shop.roller().register(record(model(), version), shop.commit(monkeypatch))


def test_gto_reads_what_we_write(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    register(shop, "v0.1.0", monkeypatch)
    assert both(shop) == ("v0.1.0", {})
    shop.roller().promote("wine", "production", "v0.1.0")
    assert both(shop) == ("v0.1.0", {"production": "v0.1.0"})
    register(shop, "v0.10.0", monkeypatch)
    register(shop, "v0.9.0", monkeypatch)
    assert both(shop) == ("v0.10.0", {"production": "v0.1.0"})
    shop.roller().promote("wine", "staging", "v0.9.0")
    shop.roller().promote("wine", "production", "v0.10.0")
    assert both(shop) == ("v0.10.0", {"production": "v0.10.0", "staging": "v0.9.0"})


def test_gto_sees_rollbacks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("production", "wine")
    for version in ("v0.1.0", "v0.2.0", "v0.3.0"):
        register(shop, version, monkeypatch)
        shop.roller().promote("wine", "production", version)
    for bad, good in (("v0.3.0", "v0.2.0"), ("v0.2.0", "v0.1.0"), ("v0.1.0", "v0.3.0"), ("v0.3.0", "v0.1.0")):
        shop.roller().stages.roll_back(place, bad, good, "asked for by ada")
        assert both(shop)[1] == {"production": good}


def test_gto_sees_a_new_name_on_the_same_commits(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """GTO reads one version a commit, but of each name."""
    for version in ("v0.1.0", "v0.2.0"):
        register(shop, version, monkeypatch)
        shop.roller().promote("wine", "production", version)
    shop.roller().promote("wine", "staging", "v0.1.0")
    histories = shop.roller().versions.histories
    old = histories["wine"]
    renamed = with_renames(histories, [replace(model().blueprint, name="must", was="wine")])
    roller = shop.roller()
    roller.versions.histories = renamed
    carry_over(shop, roller.stages, "must", renamed["must"])  # type: ignore[arg-type]
    before = as_gto_shows(shop.repo)
    found = json.loads(gto(shop.repo, "show", "--json"))["must"]
    assert before == ("v0.2.0", {"production": "v0.2.0", "staging": "v0.1.0"})
    assert (found["version"], found["stage"]) == before
    tags = read_tags(shop.reader.tags())
    assert {version: tag.commit for version, tag in tags["must"].versions.items()} == old.commits


def test_gto_sees_us_go_back_and_forth(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """GTO shows a stage's highest version: promotions of higher ones are taken back when we go back."""
    for version in ("v0.1.0", "v0.2.0", "v0.3.0"):
        register(shop, version, monkeypatch)
        shop.roller().promote("wine", "production", version)
        assert both(shop)[1] == {"production": version}
    for version in ("v0.1.0", "v0.3.0", "v0.2.0", "v0.1.0", "v0.2.0", "v0.2.0", "v0.3.0"):
        shop.roller().promote("wine", "production", version)
        assert both(shop)[1] == {"production": version}


def test_gto_sees_a_version_that_was_promoted_twelve_times(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of two digits do not sort as text."""
    for version in ("v0.1.0", "v0.2.0"):
        register(shop, version, monkeypatch)
    roller = shop.roller()
    for version in ("v0.1.0", "v0.2.0") * 4:
        roller.promote("wine", "production", version)
    assert read_tags(shop.reader.tags())["wine"].counter == 11
    assert both(shop)[1] == {"production": "v0.2.0"}


def test_we_read_what_gto_writes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, bump in (("v0.0.1", ()), ("v0.1.0", ("--bump-minor",))):
        shop.commit(monkeypatch)
        gto(shop.repo, "register", "wine", *bump)
        assert as_we_read(shop.repo) == as_gto_shows(shop.repo) == (version, {})
    for args in (
        ("assign", "wine", "--version", "v0.0.1", "--stage", "production"),
        ("assign", "wine", "--version", "v0.1.0", "--stage", "staging"),
        ("assign", "wine", "--version", "v0.1.0", "--stage", "production"),
        ("deprecate", "wine", "v0.1.0", "production"),
        ("deprecate", "wine", "v0.1.0"),
    ):
        wait_for_a_second(shop)
        gto(shop.repo, *args)
        assert as_we_read(shop.repo) == as_gto_shows(shop.repo), args
    assert as_we_read(shop.repo) == ("v0.0.1", {"production": "v0.0.1"})


def wait_for_a_second(shop: Shop) -> None:
    """GTO sorts by date, and its own clock cannot be set."""
    newest = max(map(int, shop.git("for-each-ref", "--format=%(taggerdate:unix)", "refs/tags").split()))
    while time.time() < newest + 1:
        time.sleep(0.02)


def test_we_go_on_where_gto_stopped(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("v0.1.0", "v0.2.0"):
        register(shop, version, monkeypatch)
    gto(shop.repo, "assign", "wine", "--version", "v0.1.0", "--stage", "production")
    shop.time = time.time() + 2
    shop.roller().promote("wine", "production", "v0.2.0")
    assert both(shop) == ("v0.2.0", {"production": "v0.2.0"})
    assert "wine#production#2" in shop.git("tag")


def test_a_promotion_in_the_second_of_its_commit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    register(shop, "v0.1.0", monkeypatch)
    roller = shop.roller()
    shop.time -= 30
    roller.promote("wine", "production", "v0.1.0")
    assert both(shop) == ("v0.1.0", {"production": "v0.1.0"})


def test_tags_of_other_makes_disturb_neither(shop: Shop, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    register(shop, "v0.1.0", monkeypatch)
    shop.roller().promote("wine", "production", "v0.1.0")
    for name in (
        "v9.9.9",
        "wine@v01.0.0",
        "wine@nine",
        "wine#a#b#c",
        "wine@v9",
        "@v1.0.0",
        "x/y@z",
    ):
        git("tag", "--annotate", "--message=x", name)
    git("tag", "wine@v7.0.0")  # lightweight
    assert both(shop) == ("v0.1.0", {"production": "v0.1.0"})
