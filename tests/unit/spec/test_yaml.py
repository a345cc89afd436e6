"""The YAML reader: values, positions, and nothing hostile gets through or out."""

from __future__ import annotations

import json

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from mlspec.spec.yaml import read

LAUGHS = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 121))


def test_values_and_positions() -> None:
    document = read("f", b"\xef\xbb\xbf# note\na: on\nb:\n  - {c: 1, d: 'x'}\n  - \"y\"\n")
    assert document.value == {"a": "on", "b": [{"c": 1, "d": "x"}, "y"]}
    assert document.problems == ()
    assert document.positions == {
        (): (2, 1), ("a",): (2, 1), ("b",): (3, 1), ("b", 0): (4, 5), ("b", 0, "c"): (4, 6), ("b", 0, "d"): (4, 12),
        ("b", 1): (5, 5),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"a: &x 1\n", 1, "anchors"),
        (b"a: 1\nb: *x\n", 2, "aliases"),
        (LAUGHS, 1, "anchors"),
        (b"&a [*a]\n", 1, "anchors"),
        (b"a: !!timestamp 99\n", 1, "tags"),
        (b"a: !!python/object/apply:os.system [id]\n", 1, "tags"),
        (b"! a: 1\n", 1, "tags"),
        (b"<<: {a: 1}\n", 1, "merge keys"),
        (b"a: 1\nb: 2\na: 3\n", 3, "twice"),
        (b"a: {b: 1, b: 2}\n", 1, "twice"),
        (b"1: x\n", 1, "not text"),
        (b"true: x\n", 1, "not text"),
        (b"~: x\n", 1, "not text"),
        (b".nan: x\n", 1, "not text"),
        (b"? [a, b]\n: x\n", 1, "must be text"),
        (b"? {a: b}\n: x\n", 1, "must be text"),
        (b"a: 1\n---\nb: 1\n", 2, "more than one document"),
        (b"[" * 2000, 1, "deeper"),
        (b"{a: " * 200000, 1, "deeper"),
        (b"- " * 2000, 1, "deeper"),
        (b"a: " + b"9" * 5000, 1, "too large"),
        (b"a: .nan", 1, "not a number"),
        (b"a: -.inf", 1, "not a number"),
        (b"a: 1e999", 1, "too large"),
        (b"a: x\0y", 1, "U+0000"),
        (b"a: x\x1b[0m", 1, "U+001B"),
        (b'a: "\\0"', 1, "U+0000"),
        (b'a: "\\e"', 1, "U+001B"),
        (b'a: "\\ud800"', 1, "not valid YAML"),
        (b'a: "\\u2028"', 1, "U+2028"),
        (b'"a\\nb": 1', 1, "U+000A"),
        ("a: x\u2028y".encode(), 1, "U+2028"),
        ("a: 1\nb: x\u202ey".encode(), 2, "U+202E"),
        (b"\xff\xfea\x00", 1, "UTF-8"),
        (b"a: \xed\xa0\x80", 1, "UTF-8"),
        (b"a: 1\nb: ${{ secrets.X }}\n", 2, "${{"),
        (b'a: "$\\x7b{ x }}"\n', 1, "${{"),
        (b"'${{ x }}': 1\n", 1, "${{"),
        (b"a:\n\t- 1\n", 2, "not valid YAML"),
        (b"a: b: c\n", 1, "not valid YAML"),
        (b'a: "x\n', 2, "not valid YAML"),
        (b"a: [1\nb: 2\n", 2, "not valid YAML"),
        (b"%YAML 3.0\n---\na: 1\n", 1, "not valid YAML"),
        (b"a: " + b"x" * 2**20, 1, "larger than 1 MiB"),
    ],
)
def test_hostile_files_are_refused_with_their_line(content: bytes, line: int, words: str) -> None:
    document = read("f", content)
    assert [problem for problem in document.problems if words in problem.message and problem.line == line]


def test_all_problems_of_a_file_are_told_and_the_rest_is_read() -> None:
    document = read("f", b"a: .nan\nb: *x\nc: 1\nc: 2\nd: fine\n")
    assert [problem.line for problem in document.problems] == [1, 2, 4]
    assert document.value == {"a": None, "b": None, "c": 1, "d": "fine"}
    assert document.broken == {("a",), ("b",)}


def test_the_value_of_a_repeated_key_does_not_move_the_first_ones_positions() -> None:
    document = read("f", b"a:\n  x: 1\na:\n  x: 2\n")
    assert document.value == {"a": {"x": 1}}
    assert document.positions["a", "x"] == (2, 3)


def test_a_flood_of_problems_is_cut() -> None:
    assert len(read("f", b"".join(b"k%d: *x\n" % n for n in range(1000))).problems) == 50


def test_harmless_oddities_are_read() -> None:
    assert read("f", b"%YAML 1.2\n---\na: 'no'\n...\n").value == {"a": "no"}
    assert read("f", b"a: |\n  x\n  y\r\nb: >-\n  z\n").value == {"a": "x\ny\n", "b": "z"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(codec="ascii", categories=["L"])), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(plain)
def test_what_json_writes_is_read_back(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if "${{" not in text:
        document = read("f", text.encode())
        assert (document.value, document.problems) == (value, ())


@given(plain)
def test_what_a_yaml_writer_writes_has_positions_for_everything(value: object) -> None:
    text = pyyaml.safe_dump(value, allow_unicode=True)
    document = read("f", text.encode())
    lines = text.count("\n") + 1
    assert all(1 <= line <= lines and col >= 1 for line, col in document.positions.values())


fragments = st.sampled_from(
    ["a", ": ", "- ", "[", "]", "{", "}", ",", "&x ", "*x", "!t ", "\n", "  ", "'", '"', "|\n", ">\n", "? ", "<<", "#",
     "---\n", "...\n", "%", "\t", "\\", "\\u", "0x", ".nan", "\x00", "\u2028", "\ufeff", "é", "😀", "${{", "~", "1e9"]
)  # fmt: skip


@given(st.lists(fragments, max_size=30).map("".join))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    document = read("f", text.encode())
    assert document.readable or document.problems


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    document = read("f", content)
    assert document.readable or document.problems
