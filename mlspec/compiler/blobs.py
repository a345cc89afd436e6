"""Git's blob ids, computed here so that generated files can be compared with a tree without reading it."""

from __future__ import annotations

import hashlib


def blob_id(content: bytes) -> str:
    """The id that git gives to this content (`git hash-object`) in a repository of SHA-1 objects."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
