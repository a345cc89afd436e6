"""Git's blob ids, computed here so that generated files can be compared with a tree without reading it."""

from __future__ import annotations

import hashlib


def blob_id(content: bytes, *, sha256: bool = False) -> str:
    """The id that git gives to this content (`git hash-object`), in a SHA-1 or a SHA-256 repository."""
    framed = b"blob %d\0" % len(content) + content
    return (hashlib.sha256(framed) if sha256 else hashlib.sha1(framed, usedforsecurity=False)).hexdigest()
