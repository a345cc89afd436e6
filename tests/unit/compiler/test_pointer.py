"""DVC's pointers: the content that they name, and nothing where they name none."""

from __future__ import annotations

import pytest

from mlspec.compiler.pointer import pointer_digest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("outs:\n- md5: abc\n  size: 3\n  hash: md5\n  path: wine.csv\n", "md5:abc"),
        ("outs:\n- md5: abc.dir\n  nfiles: 2\n  path: data\n", "md5:abc.dir"),
        ("deps:\n- path: s3://b/k\n  etag: old\nouts:\n- etag: new\n  path: k\n", "etag:new"),
        ("outs:\n- checksum: c\n  path: k\n", "checksum:c"),
        ("md5: whole\nouts:\n- path: wine.csv\n", None),
        ("outs: []\n", None),
        ("outs:\n- wine.csv\n", None),
        ("outs:\n  md5: x\n", None),
        ("", None),
        ("- a\n", None),
        ("outs: [\n", None),
        ("<<<<<<< HEAD\nouts:\n- md5: a\n=======\n", None),
    ],
)
def test_pointers(text: str, found: str | None) -> None:
    assert pointer_digest(text) == found


def test_a_digest_of_nothing_but_digits_is_text() -> None:
    """YAML reads `md5: 0123` as a number: it has to come out as it was written."""
    assert pointer_digest("outs:\n- md5: '01234567890123456789012345678901'\n  path: a\n") == (
        "md5:01234567890123456789012345678901"
    )
    assert pointer_digest("outs:\n- md5: 11e45\n  path: a\n") != pointer_digest("outs:\n- md5: 1.1e46\n  path: a\n")
