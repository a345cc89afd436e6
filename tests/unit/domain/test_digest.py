"""Digests: one spelling for equal values, another for all others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlspec.domain.digest import canonical, digest, short

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def turned(value: object) -> object:
    """The same value with every map's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=60)
@given(VALUES)
def test_the_order_of_keys_does_not_count(value: object) -> None:
    assert digest(turned(value)) == digest(value)  # type: ignore[arg-type]


@settings(max_examples=60)
@given(VALUES)
def test_the_spelling_says_all_of_a_value(value: object) -> None:
    assert repr(json.loads(canonical(turned(value)))) == repr(json.loads(canonical(value)))  # type: ignore[arg-type]
    assert json.loads(canonical(value)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "two"),
    [(1, 1.0), (1, True), (0, False), (0, None), ("1", 1), ([], {}), ([], None), ("", None), ([1, 2], [2, 1])],
)
def test_values_that_python_takes_for_equal_are_told_apart(one: object, two: object) -> None:
    assert digest(one) != digest(two)  # type: ignore[arg-type]


def test_tuples_are_lists() -> None:
    assert digest({"a": (1, 2)}) == digest({"a": [1, 2]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": float("nan")}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        digest(value)  # type: ignore[arg-type]


def test_the_scheme_is_fixed() -> None:
    """A change of this figure is a new scheme: it would train every model of every user again."""
    assert (
        digest({"é": [1, 2.5, None, True, "x"]})
        == "sha256:775bc1cf3278bcbfa57a8ed1a8a5389c5315a0186f1cd4f26eb4c36549e53875"
    )


def test_digests_are_cut_for_people() -> None:
    assert short("sha256:0123456789abcdef") == "0123456789ab"
    assert short("md5:0123456789abcdef", 4) == short("0123", 4) == "0123"
