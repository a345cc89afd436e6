"""The one table of what workflows use of others: actions by commit, so that nobody can move a tag under us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mlspec.spec.ci import CiSpec, PinSpec


@dataclass(frozen=True, slots=True)
class Pin:
    """An action at a commit, and the release that the commit was when it was looked at."""

    action: str
    commit: str
    release: str

    @property
    def uses(self) -> str:
        """What `uses:` takes."""
        return f"{self.action}@{self.commit}"


PINS: Final[Mapping[str, Pin]] = {
    "checkout": Pin("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "setup_python": Pin("actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "upload": Pin("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "download": Pin("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "aws": Pin("aws-actions/configure-aws-credentials", "e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"),
    "gcp": Pin("google-github-actions/auth", "7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
    "azure": Pin("azure/login", "a457da9ea143d694b1b9c7c869ebb04ebe844ef5", "v2.3.0"),
}
IMAGES: Final[Mapping[str, str]] = {
    "3.11": "python:3.11.15-bookworm@sha256:a8f8fbe1a0edc9e4dddafa64ba73f7e04be7be5ebc23f332362e779e0a2e4e52",
    "3.12": "python:3.12.13-bookworm@sha256:3cd9086bdb30f7c9bc08a3fa621d9842e0d3f6f9291aeb4677e0547817c10b12",
    "3.13": "python:3.13.14-bookworm@sha256:8b9a8b28d9cc221c6ab5d40e9cfcd99429959f6a8f5171612a99147975ab043f",
    "3.14": "python:3.14-bookworm@sha256:8771427e2ac3e39208c1632f17e8b09e464333d262844a03705cc5e0023c16e2",
}
"""Python → the official image of it for any processor: not a slim one, as jobs need git."""
_USES: Final = re.compile(r"^ *(?:- )?uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40}) # (v[\w.+-]+)$", re.MULTILINE | re.ASCII)
_IMAGE: Final = re.compile(
    r'^  image: "?([\w./-]+(?::\d+[\w./-]*)?:[\w.-]+@sha256:[0-9a-f]{64})"?$', re.MULTILINE | re.ASCII
)
"""The first of these in a pipeline is the image of all jobs"""


@dataclass(frozen=True, slots=True)
class Newer:
    """What a bot that updates pins wrote: releases of actions, and the image of all jobs; false where it is nothing."""

    pins: Mapping[str, PinSpec] = field(default_factory=dict)
    image: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything newer."""
        return bool(self.pins or self.image)


def pins(overrides: Mapping[str, PinSpec]) -> Mapping[str, Pin]:
    """The table, with what the project says instead."""
    return {
        name: Pin(pin.action, other.commit, other.release) if (other := overrides.get(pin.action)) else pin
        for name, pin in PINS.items()
    }


def image(ci: CiSpec) -> str:
    """The image of jobs that have none of their own; KeyError where neither the project nor we have one."""
    return ci.image or IMAGES[ci.python]


def newer(text: str, overrides: Mapping[str, PinSpec]) -> dict[str, PinSpec]:
    """Action → the newer release of it that a workflow has: what a bot that updates pins wrote there.

    An older release, another action, a tag in place of a commit or a commit without its release is nobody's update.
    """
    known = {pin.action: pin for pin in pins(overrides).values()}
    found: dict[str, PinSpec] = {}
    for action, commit, release in _USES.findall(text):
        pin = known.get(action)
        if pin is not None and order(release) > order(pin.release):
            found[action] = PinSpec(commit=commit, release=release)
    return found


def newer_image(text: str, ci: CiSpec) -> str:
    """The newer image that a pipeline has for all jobs: of the same name and flavour, no older; empty for any other.

    Of ours it has the same Python, too: another one is for `ci.python` to say.
    """
    found = _IMAGE.search(text)
    if found is None or found[1] == image(ci):
        return ""
    (name, tag), (known_name, known) = _parted(found[1]), _parted(image(ci))
    same = (name, tag.partition("-")[2]) == (known_name, known.partition("-")[2])
    python = ci.image is not None or order(tag)[:2] == order(known)[:2]
    return found[1] if same and python and order(tag) >= order(known) else ""


def _parted(image: str) -> tuple[str, str]:
    """An image's name and tag."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    return name, tag


def order(release: str) -> tuple[int, ...]:
    """What releases are compared by."""
    return tuple(int(part) for part in re.findall(r"\d+", release.partition("-")[0]))
