"""Versions of the format: which one this program reads, and what to say of others."""

from __future__ import annotations

import re
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.spec.problem import Fault, shown, suggest
from mlspec.spec.sift import describe

API_VERSION: Final = "mlspec/v1"
_OTHER: Final = re.compile(r"mlspec/v([0-9]{1,6})(?:(alpha|beta)[0-9]{1,6})?", re.ASCII)


def check_version(found: JSON) -> Fault | None:
    """The fault of an `apiVersion` that this program does not read; there is no older one to migrate from yet."""
    at = ("apiVersion",)
    if found == API_VERSION:
        return None
    if not isinstance(found, str):
        return Fault(at, f"`apiVersion`: expected `{API_VERSION}`, found {describe(found)}")
    if not (other := _OTHER.fullmatch(found)):
        hint = suggest(found, (API_VERSION,)) or f"write `apiVersion: {API_VERSION}`"
        return Fault(at, f"unknown `apiVersion` `{shown(found)}`", hint)
    if other[2] or int(other[1]) < 1:
        return Fault(at, f"`{found}` is a format older than this mlspec can read", f"rewrite it as `{API_VERSION}`")
    return Fault(at, f"`{found}` is the format of a newer mlspec", f"update mlspec, or rewrite it as `{API_VERSION}`")
