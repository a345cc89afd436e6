"""What the front's configuration remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.adapters.docker.routes import IMAGE, PLACE, route

from mlspec.adapters.docker.route import WIDTH, from_comment, to_comment
from mlspec.ports.runtime import Deployment


def test_it_comes_back_as_it_was() -> None:
    made = route(40, previous=("c7", "c8"), settled=False)
    text = to_comment(made)
    assert from_comment(text + "global\n    # mlspec of another kind\n") == made


def test_haproxy_sees_nothing_but_comments_of_a_decent_length() -> None:
    lines = to_comment(route(40)).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("# ") and len(line) < WIDTH + 20 and line.isascii() for line in lines)


@pytest.mark.parametrize(
    "text", ["", "global\n", "# mlspec: {", "# mlspec: {}", "# mlspec: []", '# mlspec: {"servers": 1}']
)
def test_what_is_something_else_is_none(text: str) -> None:
    assert from_comment(text) is None


def wanted() -> Deployment:
    known = route()
    return Deployment(
        PLACE, known.version, known.artefact, "", known.serve, 1, 0, ("a.B",), "other", 9, replace(IMAGE, size=7)
    )


def test_revision_and_fence_are_only_labels() -> None:
    assert route().asks_for_the_same(wanted())


@pytest.mark.parametrize(
    "change",
    [
        {"version": "v1.0.1"},
        {"artefact": "sha256:b"},
        {"serve": {"replicas": 1}},
        {"replicas": 2},
        {"image": replace(IMAGE, reference="sha256:2")},
        {"image": None},
    ],
)
def test_all_else_counts(change: dict[str, object]) -> None:
    assert not route().asks_for_the_same(replace(wanted(), **change))  # type: ignore[arg-type]


def test_lists_are_lists_however_they_are_written() -> None:
    serve = {**route().serve, "é": ("ü", None, 1.5)}
    assert route().asks_for_the_same(replace(wanted(), serve=serve))


def test_who_may_still_answer_is_protected() -> None:
    made = route(2, previous=("old",))
    assert [made.protects(name) for name in ("c1", "c2", "old", "c3")] == [True, True, True, False]
