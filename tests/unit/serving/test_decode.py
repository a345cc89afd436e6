"""JSON with a limit on depth."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.serving.decode import decode, is_deeper
from mlspec.serving.errors import Refusal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='[]{}"\\ax', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[]{}"\\', max_size=3), inner),
    max_leaves=20,
)


def depth_of(value: object) -> int:
    """The real depth, by walking."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(VALUES, st.integers(1, 5))
def test_depth_is_counted_exactly(value: object, limit: int) -> None:
    assert is_deeper(json.dumps(value).encode(), limit) == (depth_of(value) > limit)


def test_what_is_deep_enough_passes() -> None:
    assert decode(b"[" * 16 + b"]" * 16, 16) is not None
    with pytest.raises(Refusal, match="nested deeper than 16"):
        decode(b"[" * 17 + b"]" * 17, 16)


@pytest.mark.parametrize(
    "body",
    [b'"' + b'\\"' * 500_000, b'"' * 1_000_000, b"[" * 1_000_000, b"[]" * 500_000, b'["\\' * 300_000],
    ids=["escapes", "quotes", "open", "flat", "mixed"],
)
def test_no_body_makes_the_scan_slow(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(Refusal):
        decode(body, 16)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body is empty"),
        (b'{"a": NaN}', "NaN and Infinity are not JSON"),
        (b'{"a": -Infinity}', "NaN and Infinity are not JSON"),
        (b'{"a": "NaN"', "invalid JSON: (?!NaN)"),
        (b"[1e999]", "infinity"),
        (b"\xff", "invalid JSON"),
    ],
)
def test_invalid_json_is_explained(body: bytes, says: str) -> None:
    with pytest.raises(Refusal, match=says) as caught:
        decode(body, 16)
    assert caught.value.status == 400
