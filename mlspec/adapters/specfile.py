"""Writing into a spec that people wrote: their comments, order and quotes stay."""

from __future__ import annotations

import io

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from mlspec.kinds.ci._pins import Newer

_NEW = b"apiVersion: mlspec/v1\nkind: Project\n"


def write_pins(content: bytes | None, news: Newer) -> bytes:
    """The project's spec with these pins in `ci.pins` and this image in `ci.image`; a new one where there is none."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # lines are as long as they are
    document = yaml.load(content or _NEW)
    ci = _section(document, "ci")
    for action, pin in news.pins.items():
        entry = CommentedMap(commit=pin.commit, release=pin.release)
        entry.fa.set_flow_style()
        _section(ci, "pins")[action] = entry
    if news.image:
        ci["image"] = news.image
    written = io.BytesIO()
    yaml.dump(document, written)
    return written.getvalue()


def _section(parent: CommentedMap, name: str) -> CommentedMap:
    """A section, made where it is missing or left empty."""
    if parent.get(name) is None:
        parent[name] = CommentedMap()
    section: CommentedMap = parent[name]
    return section
