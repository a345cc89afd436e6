"""Semantic versions of models, `v1.2.3`, and the tags that carry them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

_VERSION: Final = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)

Bump = Literal["major", "minor", "patch"]


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version; compares by number."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `v1.2.3`; ValueError where it is not one."""
        if not (found := _VERSION.fullmatch(text)):
            raise ValueError(f"not a version: {text!r}")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def bump(self, part: Bump) -> Version:
        """The next version."""
        match part:
            case "major":
                return Version(self.major + 1, 0, 0)
            case "minor":
                return Version(self.major, self.minor + 1, 0)
            case "patch":
                return Version(self.major, self.minor, self.patch + 1)
