"""Requirements files, read for what they pin: package names and versions, nothing of how they are fetched."""

from __future__ import annotations

import re
from typing import Final

_PIN: Final = re.compile(
    r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;\\#]+)\s*(;[^\\#]*)?", re.MULTILINE
)


def packages(text: str) -> dict[str, str]:
    """Normalised name → version; a marker stays with its version, so that two pins of one package both count."""
    found: dict[str, list[str]] = {}
    for name, version, marker in _PIN.findall(text):
        pin = f"{version} {' '.join(marker.split())}".strip()
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(pin)
    return {name: " | ".join(sorted(pins)) for name, pins in sorted(found.items())}
