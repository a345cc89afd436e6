"""Plain scalars: YAML 1.2's core, not 1.1's surprises."""

from __future__ import annotations

import pytest

from mlspec.spec.scalars import read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("y", "y"), ("tRUE", "tRUE"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("1:30", "1:30"), ("1_000", "1_000"), ("2024-01-01", "2024-01-01"), ("0b11", "0b11"), ("-", "-"), (".", "."),
        ("12", 12), ("-3", -3), ("+4", 4), ("012", 12), ("0o17", 15), ("0x1F", 31), ("-0x1F", "-0x1F"),
        ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-1.5E-3", -0.0015), ("1e", "1e"), ("v1.2.3", "v1.2.3"),
        ("9223372036854775807", 2**63 - 1), ("٣", "٣"),
    ],
)  # fmt: skip
def test_values(text: str, value: object) -> None:
    assert read_plain(text) == value
    assert type(read_plain(text)) is type(value)


@pytest.mark.parametrize(
    "text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "9" * 5000, "0x" + "f" * 17, str(2**63)]
)
def test_numbers_that_nothing_can_keep_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read_plain(text)
