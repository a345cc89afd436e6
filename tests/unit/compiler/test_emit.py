"""The YAML writer: any JSON value comes back as itself under YAML 1.1 and YAML 1.2."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mlspec.compiler.emit import document, scalar

TRICKY = [
    *("yes", "No", "on", "OFF", "y", "n", "true", "null", "~", "", " ", "1:30", "1e3", "1_000", "0o17", "017", "0x1F"),
    *(
        "2001-01-01",
        ".5",
        ".inf",
        ".NaN",
        "=",
        "<<",
        "-",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a #b",
        "#a",
        "a:",
        "[",
        "{",
        "&a",
    ),
    *(
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'",
        '"',
        "\\",
        "---",
        "...",
        "--- a",
        "a\nb",
        "\n",
        "\r\n",
        "\t",
        " a",
        "a ",
    ),
    *(
        "\0",
        "\x1b",
        "\x7f",
        "\x85",
        "\xa0",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "😀",
        "\U0010ffff",
        "é",
        "\u202e",
        "a" * 2000,
    ),
]
TEXT = st.one_of(st.sampled_from(TRICKY), st.text(max_size=20))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4))
)


def parse_both(text: str) -> tuple[object, object]:
    """What YAML 1.1 (PyYAML) and YAML 1.2 (ruamel.yaml, which DVC uses) read."""
    return yaml.safe_load(text), YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("text", TRICKY)
def test_text_stays_text(text: str) -> None:
    written = document({text: text, "list": [text, [text], {text: [text]}]})
    wanted = {text: text, "list": [text, [text], {text: [text]}]}
    assert parse_both(written) == (wanted, wanted)


@settings(max_examples=150)
@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_any_document_survives(value: dict[str, object]) -> None:
    one, two = parse_both(document(value))  # type: ignore[arg-type]
    assert (repr(one), repr(two)) == (repr(value), repr(value))


@pytest.mark.parametrize("value", [1e-05, 1e22, 1.5e300, 5e-324, -0.0, 0.1, 1.0])
def test_floats_stay_floats(value: float) -> None:
    assert [repr(found) for found in parse_both(scalar(value))] == [repr(value)] * 2


def test_what_json_lacks() -> None:
    assert parse_both(scalar(math.inf)) == (math.inf, math.inf)
    assert parse_both(scalar(-math.inf)) == (-math.inf, -math.inf)
    assert all(math.isnan(found) for found in parse_both(scalar(math.nan)))  # type: ignore[arg-type]


def test_no_aliases_for_what_occurs_twice() -> None:
    shared = ["a"]
    assert document({"one": shared, "two": shared}) == "one:\n  - a\ntwo:\n  - a\n"


def test_other_values_are_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        scalar(b"x")
