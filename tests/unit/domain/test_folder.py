"""A project's folder: paths, tags and chains that git calls otherwise, and no two alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError

CHURN = Folder("services/churn")
PARTS = st.from_regex(r"[A-Za-z0-9_]{1,3}([.-][A-Za-z0-9_]{1,3}){0,2}", fullmatch=True).filter(
    lambda part: not part.lower().endswith(".lock")
)
FOLDERS = st.lists(PARTS, max_size=3).map("/".join).map(Folder)
GTO = re.compile(
    r"(?P<artifact>([a-zA-Z0-9-_./]+=)?[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?)"
    r"(@v\d+\.\d+\.\d+!?|#[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?!?#\d+)",
    re.ASCII,
)
"""As GTO 1.10 reads a tag"""


def test_at_the_top_everything_is_called_what_it_is() -> None:
    top = Folder()
    assert (top.prefix, top.up, top.slug) == ("", "", "")
    assert top.outward("specs/wine.yaml") == top.inward("specs/wine.yaml") == "specs/wine.yaml"
    assert top.chain("refs/mlspec/project") == "refs/mlspec/project"
    assert (top.tag("wine@v1.0.0"), top.own_tag("wine@v1.0.0")) == ("wine@v1.0.0", "wine@v1.0.0")
    assert top.own_tag("services/churn=wine@v1.0.0") is None


def test_below_it_paths_tags_and_chains_have_two_names() -> None:
    assert CHURN.outward("specs/wine.yaml") == "services/churn/specs/wine.yaml"
    assert CHURN.outward("../../.github/workflows/x.yml") == ".github/workflows/x.yml"
    assert CHURN.inward("services/churn/specs/wine.yaml") == "specs/wine.yaml"
    assert CHURN.inward("services/churning/a") == "../../services/churning/a"
    assert CHURN.tag("wine#production#4") == "services/churn=wine#production#4"
    assert CHURN.own_tag("services/churn=wine#production#4") == "wine#production#4"
    assert CHURN.own_tag("wine#production#4") is None
    assert CHURN.own_tag("services=wine@v1.0.0") is None
    assert CHURN.chain("refs/mlspec/env/production") == "refs/mlspec-in/services/churn/-/env/production"
    assert CHURN.chain("refs/mlspec-remote/project") == "refs/mlspec-in-remote/services/churn/-/project"
    assert CHURN.twin("refs/mlspec-in/services/churn/-/project") == CHURN.chain("refs/mlspec-remote/project")
    assert CHURN.twin("refs/mlspec/project") == ""


@pytest.mark.parametrize(
    "name", ["a b", "ä", ".hidden", "a..b", "a--b", "a-", "-a", "x.lock", "a/x.LOCK", "a//b", "../x", "a=b", "a@b"]
)
def test_folders_that_tags_and_refs_can_not_bear_are_refused(name: str) -> None:
    with pytest.raises(MlspecError, match="a project can't lie in a folder named"):
        Folder(name)


@given(FOLDERS, FOLDERS)
def test_no_two_folders_share_a_name(one: Folder, other: Folder) -> None:
    if one == other:
        return
    assert one.slug != other.slug
    tag = one.tag("wine@v1.0.0")
    assert GTO.fullmatch(tag)
    assert (one.own_tag(tag), other.own_tag(tag)) == ("wine@v1.0.0", None)
    refs = [f"{folder.chains}{name}" for folder in (one, other) for name in ("project", "env/a")]
    # Neither the same, nor one the folder of another: git keeps both in files of these names.
    assert not any(a != b and f"{b}/".startswith(f"{a}/") for a in refs for b in refs)
    assert len(set(refs)) == 4


@given(FOLDERS, st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3}){0,3}", fullmatch=True))
def test_ways_out_and_in_are_each_other_s_reverse(folder: Folder, path: str) -> None:
    assert folder.inward(folder.outward(path)) == path
    assert folder.outward(folder.inward(path)) == path
