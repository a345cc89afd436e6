"""What is fetched from others and named by its content, so that nobody can put something else in its place."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from mlspec.spec.containers import ImageReference
from mlspec.spec.values import fault, matching

_ACTION = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_NAME: Final = re.compile(_ACTION, re.ASCII)
_PINNED: Final = re.compile(rf"{_ACTION}(/[A-Za-z0-9._-]+)*@[0-9a-f]{{40}}", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)
_RELEASE: Final = re.compile(r"v?[0-9][A-Za-z0-9.+-]{0,49}", re.ASCII)


def _pinned(image: str) -> str:
    if "@sha256:" not in image:
        raise fault(f"`{image}` is not pinned: its tag can be moved", "add its digest: `python:3.11@sha256:…`")
    return image


ActionName = Annotated[str, *matching(_NAME, "an action", "such as `actions/checkout`")]
PinnedAction = Annotated[str, *matching(_PINNED, "a pinned action", "`owner/name@` and a commit's 40 hex digits")]
Commit = Annotated[str, *matching(_COMMIT, "a commit", "40 hex digits; tags and branches can be moved")]
Release = Annotated[str, *matching(_RELEASE, "a release", "such as `v7.0.1`")]
PinnedImage = Annotated[ImageReference, AfterValidator(_pinned)]
