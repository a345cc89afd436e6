"""Names and versions of distributions, and of the Python that runs mlspec."""

from __future__ import annotations

import re
import sys
from importlib import metadata


def running_python() -> str:
    """`3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def name_of(requirement: str) -> str:
    """The normalised name that a requirement begins with; empty where it begins with none."""
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def own_version(name: str) -> str:
    """The version that mlspec itself runs with, without what names a build of this machine; empty where it has none."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""
