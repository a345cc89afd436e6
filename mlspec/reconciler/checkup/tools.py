"""The programs that mlspec works with: are they here, and new enough?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mlspec.reconciler.checkup.check import Check, note, ok, problem

PYTHON: Final = (3, 11)
GIT: Final = (2, 28)
"""`git init --initial-branch`, the newest thing that is asked of git"""
DVC: Final = (3, 67)
"""The series that mlspec is made for, as its own requirements have it"""


def python(version: Sequence[int]) -> Check:
    """The Python that runs mlspec."""
    text = ".".join(map(str, version[:3]))
    if tuple(version[:2]) < PYTHON:
        return problem("python", f"Python {text} is too old", f"use Python {_dotted(PYTHON)} or newer")
    return ok("python", text)


def git(text: str) -> Check:
    """Git, by what `git --version` says."""
    found = _numbers(text)
    if found is None:
        return note("git", f"git does not say its version: {text!r}")
    if found < GIT:
        return problem("git", f"git {_dotted(found)} is too old", f"install git {_dotted(GIT)} or newer")
    return ok("git", text.removeprefix("git version "))


def dvc(version: str) -> Check:
    """DVC's version; empty where it is not installed."""
    if not version:
        return problem("dvc", "DVC is not installed beside mlspec", "pip install mlspec brings it")
    if _numbers(version) != DVC:
        return note("dvc", f"DVC {version}: mlspec is made for {_dotted(DVC)}", "pip install --upgrade mlspec")
    return ok("dvc", version)


def _numbers(text: str) -> tuple[int, int] | None:
    found = re.search(r"(\d+)\.(\d+)", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
