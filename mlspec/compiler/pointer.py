"""DVC's pointer files (`data.csv.dvc`): the content that they name."""

from __future__ import annotations

from typing import Final

import yaml

_HASHES: Final = ("md5", "etag", "checksum")


def pointer_digest(text: str) -> str | None:
    """`md5:<hex>` (a folder's ends in `.dir`) or `etag:…`; None where the pointer names no content."""
    try:
        document = yaml.load(text, yaml.CSafeLoader)
        out = document["outs"][0]
    except (yaml.YAMLError, KeyError, IndexError, TypeError):
        return None
    return next((f"{name}:{out[name]}" for name in _HASHES if name in out), None)
