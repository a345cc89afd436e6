"""Python code in digests: which edits count, module by module."""

from __future__ import annotations

import warnings

import pytest

from mlspec.domain.python import python_code

CODE = b'''\
"""Train."""
import json
from math import sqrt


@cached
def fit(rows, depth=3, *, seed=7):
    """Fit a model."""
    total = 0
    for row in rows:
        total += row * 2  # twice
    if total > 10 and seed:
        print("big", total)
    return sqrt(total) + depth
'''

NOTHING = {
    "comment changed": (b"# twice", b"# double, as agreed"),
    "comment added": (b"    total = 0\n", b"    # start\n    total = 0\n"),
    "comment removed": (b"  # twice", b""),
    "module docstring changed": (b'"""Train."""', b'"""Train the model, slowly."""'),
    "module docstring removed": (b'"""Train."""\n', b""),
    "function docstring changed": (b'"""Fit a model."""', b"'Fit.'"),
    "function docstring removed": (b'    """Fit a model."""\n', b""),
    "blank lines": (b"    for row", b"\n\n    for row"),
    "blanks in a line": (b"depth=3, *, seed=7", b"depth = 3,*,  seed = 7"),
    "a call over lines": (b'print("big", total)', b'print(\n            "big",\n            total,\n        )'),
    "quotes": (b'"big"', b"'big'"),
    "prefix without meaning": (b'"big"', b'u"big"'),
    "parentheses": (b"return sqrt(total) + depth", b"return (sqrt(total) + depth)"),
    "spelling of a number": (b"> 10", b"> 0xA"),
    "indentation": (b"        total += row", b"            total += row"),
}

SOMETHING = {
    "constant": (b"* 2", b"* 3"),
    "type of a constant": (b"* 2", b"* 2.0"),
    "operator": (b"* 2", b"+ 2"),
    "comparison": (b"> 10", b">= 10"),
    "boolean operator": (b"and seed", b"or seed"),
    "renamed variable": (b"for row in rows:\n        total += row", b"for one in rows:\n        total += one"),
    "default": (b"depth=3", b"depth=4"),
    "keyword default": (b"seed=7", b"seed=8"),
    "parameter": (b"rows, depth", b"rows, width, depth"),
    "decorator changed": (b"@cached", b"@uncached"),
    "decorator removed": (b"@cached\n", b""),
    "string": (b'"big"', b'"Big"'),
    "bytes for a string": (b'"big"', b'b"big"'),
    "import": (b"import json", b"import json, os"),
    "imported name": (b"from math import sqrt", b"from cmath import sqrt"),
    "alias": (b"import json", b"import json as j"),
    "order of statements": (b"import json\nfrom math import sqrt", b"from math import sqrt\nimport json"),
    "statement removed": (b'        print("big", total)', b"        pass"),
    "annotation": (b"rows, depth=3", b"rows: list, depth=3"),
    "async": (b"def fit", b"async def fit"),
    "a string that is no docstring": (b"    total = 0\n", b'    total = 0\n    "start"\n'),
    "a syntax error": (b"    total = 0\n", b"    total = = 0\n"),
}


def edited(change: tuple[bytes, bytes]) -> bytes:
    """The code after one edit, which must have found its place."""
    assert change[0] in CODE
    return CODE.replace(change[0], change[1])


@pytest.mark.parametrize("name", NOTHING)
def test_edits_that_change_nothing(name: str) -> None:
    assert python_code(edited(NOTHING[name])).digest == python_code(CODE).digest


@pytest.mark.parametrize("name", SOMETHING)
def test_edits_that_count(name: str) -> None:
    assert python_code(edited(SOMETHING[name])).digest != python_code(CODE).digest


def test_every_edit_that_counts_is_told_from_every_other() -> None:
    digests = [python_code(edited(change)).digest for change in SOMETHING.values()]
    assert len(set(digests)) == len(digests)


def test_a_file_of_nothing_but_a_docstring_is_empty() -> None:
    assert python_code(b'"""About."""\n') == python_code(b"") == python_code(b"# about\n")


def test_a_body_of_nothing_but_a_docstring_is_pass() -> None:
    assert python_code(b'class Odd(Exception):\n    """Odd."""\n') == python_code(b"class Odd(Exception):\n    pass\n")


def test_line_ends_and_byte_order_marks_change_nothing() -> None:
    assert python_code(CODE.replace(b"\n", b"\r\n")) == python_code(CODE) == python_code(b"\xef\xbb\xbf" + CODE)


def test_an_encoding_that_is_declared_is_heeded() -> None:
    latin, utf8 = "# coding: latin-1\nx = 'é'\n".encode("latin-1"), "x = 'é'\n".encode()
    assert python_code(latin) == python_code(utf8)
    assert python_code(latin).digest.startswith("ast:")


@pytest.mark.parametrize("source", [b"def (:", b"x = '\xff'", b"\0", b"print 1", b"(" * 300, b"-" * 200_000 + b"1"])
def test_what_is_no_python_counts_by_its_bytes(source: bytes) -> None:
    found = python_code(source)
    assert found.digest.startswith("bytes:")
    assert found.imports == ()
    assert python_code(source + b" ").digest != found.digest


def test_a_tree_too_deep_to_be_walked_counts_by_its_bytes() -> None:
    source = b"x = " + b" + ".join([b"1"] * 5000)
    assert python_code(source).digest.startswith("bytes:")


def test_strings_that_the_compiler_warns_of_are_nobodys_business() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert python_code(b'x = "\\d"').digest.startswith("ast:")
    assert seen == []


def test_the_digest_does_not_depend_on_the_python_that_computes_it() -> None:
    """Newer Pythons give functions and classes further, empty fields; a figure here holds for all of them."""
    code = b"def f(x: int = 1, *a, **k):\n    return {**k, 'x': [x, None, ..., 1.5, b'a', 2j]}\n"
    code += b"\nclass C(f): y = lambda: f\n"
    assert python_code(code).digest == "ast:fabe6d22f371e5b39a586cc525ad2cffc52a7c05ed20e0f1efed113be01431ba"


def test_imports_are_named_with_their_dots() -> None:
    code = b"import a.b as c\nfrom . import d\nfrom ..e import f\nfrom g import *\ndef late():\n    import h\n"
    assert python_code(code).imports == (".", "..e", "..e.f", ".d", "a.b", "g", "g.*", "h")
