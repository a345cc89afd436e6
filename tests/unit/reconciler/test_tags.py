"""Tags read as GTO reads them; tags of other makes are passed over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlspec.domain.version import Version
from mlspec.ports.git import Tag
from mlspec.reconciler.tags import read_tags


def tags(*names: str) -> list[Tag]:
    """Annotated tags; `name=commit`, and the commit is named by the version where none is given."""
    pairs = [name.partition(" ") for name in names]
    return [Tag(name, f"oid {name}", commit or name.partition("@")[2], annotated=True) for name, _, commit in pairs]


def stage(*names: str, environment: str = "production") -> list[str]:
    """The versions that an environment of wine has, where v1 and v2 are registered."""
    registered = ("wine@v1.0.0 c1", "wine@v2.0.0 c2")
    found = read_tags(tags(*registered, *names))["wine"]
    return [str(found.version_at(commit, found.versions)) for commit in found.stages.get(environment, ())]


def test_versions_and_the_highest_number() -> None:
    found = read_tags(tags("wine@v0.9.0", "wine@v0.10.0", "cider@v1.0.0"))
    assert {name: sorted(map(str, model.versions)) for name, model in found.items()} == {
        "wine": ["v0.10.0", "v0.9.0"],
        "cider": ["v1.0.0"],
    }
    assert found["wine"].highest == Version(0, 10, 0)


def test_a_version_that_was_taken_back_keeps_its_number() -> None:
    found = read_tags(tags("wine@v1.0.0", "wine@v2.0.0", "wine@v2.0.0!"))["wine"]
    assert [str(version) for version in found.versions] == ["v1.0.0"]
    assert found.highest == Version(2, 0, 0)


def test_a_version_that_was_given_again() -> None:
    found = read_tags(tags("wine@v1.0.0 a", "wine@v1.0.0!#1 a", "wine@v1.0.0#2 b"))["wine"]
    assert [tag.commit for tag in found.versions.values()] == ["b"]


@pytest.mark.parametrize(
    ("names", "versions"),
    [
        ((), []),
        (("wine#production#1 c1",), ["v1.0.0"]),
        (("wine#production#1 c1", "wine#production#2 c2"), ["v1.0.0", "v2.0.0"]),
        (("wine#production#9 c2", "wine#production#10 c1"), ["v2.0.0", "v1.0.0"]),
        (("wine#production#1 c1", "wine#production!#2 c1"), []),
        (("wine#production#1 c1", "wine#production#2 c2", "wine#production!#3 c2"), ["v1.0.0"]),
        (("wine#production#1 c1", "wine#production#2 c2", "wine#production!#3 c1"), ["v2.0.0"]),
        (("wine#production#1 c1", "wine#production!#2 c1", "wine#production#3 c1"), ["v1.0.0"]),
        (("wine#production c1",), ["v1.0.0"]),
        (("wine#staging#1 c1",), []),
        (("cider#production#1 c1",), []),
    ],
)
def test_promotions(names: tuple[str, ...], versions: list[str]) -> None:
    assert stage(*names) == versions
    assert stage(*reversed(names)) == versions


def test_counters_are_the_models_and_numbers_the_environments() -> None:
    found = read_tags(tags("wine#staging#7 c", "wine#production#3 c", "wine#production!#5 c", "cider#staging#9 c"))[
        "wine"
    ]
    assert (found.counter, dict(found.numbers)) == (7, {"staging": 7, "production": 5})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "v1.0.0",
            "wine",
            "wine@",
            "wine@v1",
            "wine@v1.0",
            "wine@v01.0.0",
            "wine@v1.0.0-rc.1",
            "wine@1.0.0",
            "@v1.0.0",
        ),
        *(
            "wine#",
            "wine##1",
            "wine#production#",
            "wine#production#x",
            "wine#production#-1",
            "wine#a#b#1",
            "wine@@v1.0.0",
        ),
        *(
            "wine@v1.0.0#",
            "wine@v1.0.0@",
            "wine!@v1.0.0",
            "wine@v1...0",
            "wine@deprecated",
            "wine@created#1",
            "#production#1",
        ),
        *("wine@v1.0.٣", "wine#production#٣", "wine@v" + "9" * 30 + ".x.0"),
    ],
)
def test_a_name_of_another_make_is_passed_over(name: str) -> None:
    assert read_tags(tags(name)) == {}


def test_lightweight_tags_are_passed_over() -> None:
    assert read_tags([Tag("wine@v1.0.0", "x", "x", annotated=False)]) == {}


@settings(max_examples=200)
@given(st.lists(st.text("wine@#!v1.0é 29", max_size=14), max_size=4))
def test_no_name_is_ever_an_error(names: list[str]) -> None:
    read_tags([Tag(name, "oid", "commit", annotated=True) for name in names])
