"""The age of data: asked of git once for each HEAD, by the pointer where DVC keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from fakes.shop import Shop
from fakes.wanted import SPEC

from mlspec.reconciler.world import observe

PATH = "data/wine.csv"
WEEKLY = SPEC.replace("path: data/wine.csv}", "path: data/wine.csv, freshness: 7d}")


def ages(shop: Shop) -> Mapping[str, float | None]:
    return observe(shop.ports).actual.sources.changed


@pytest.fixture
def asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What git is asked for."""
    found: list[Sequence[str]] = []
    real = shop.git.last_changes
    monkeypatch.setattr(shop.git, "last_changes", lambda paths: (found.append(paths), real(paths))[1])
    return found


def test_no_spec_asks_so_nobody_is_asked(shop: Shop, asked: list[Sequence[str]]) -> None:
    assert (ages(shop), asked) == ({}, [])


def test_each_head_is_asked_once(shop: Shop, asked: list[Sequence[str]]) -> None:
    shop.commit({"specs/wine.yaml": WEEKLY})
    first = ages(shop)
    assert (set(first), ages(shop), asked) == ({PATH}, first, [[PATH]])
    shop.commit({"notes.txt": "another commit, the same data"})
    assert (ages(shop), len(asked)) == (first, 2)
    shop.commit({PATH: "alcohol,cultivar\n14,1\n"})
    assert (ages(shop)[PATH] or 0) > (first[PATH] or 0)


def test_a_change_that_is_not_committed_has_no_age(shop: Shop) -> None:
    shop.commit({"specs/wine.yaml": WEEKLY})
    shop.git.files[PATH] = b"alcohol,cultivar\n15,1\n"
    assert ages(shop) == {}


def test_dvcs_pointer_stands_for_the_data(shop: Shop, asked: list[Sequence[str]]) -> None:
    pointer = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  path: wine.csv\n"
    shop.git.ignored_paths.add(PATH)
    shop.commit({"specs/wine.yaml": WEEKLY, f"{PATH}.dvc": pointer})
    assert (set(ages(shop)), asked) == ({PATH}, [[f"{PATH}.dvc"]])


def test_what_a_shallow_clone_did_not_tell_is_asked_again(shop: Shop, asked: list[Sequence[str]]) -> None:
    shop.commit({"specs/wine.yaml": WEEKLY})
    shop.git.shallow = {shop.git.last_commit(PATH) or ""}
    assert ages(shop) == {PATH: None}
    shop.git.shallow = set()
    assert ages(shop)[PATH]
    assert len(asked) == 2
