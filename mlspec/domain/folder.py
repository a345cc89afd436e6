"""A project's folder in its repository, and the names that several projects of one repository don't share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mlspec.errors import MlspecError

_PART: Final = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*", re.ASCII)
_TAGGED: Final = re.compile(r"(?:([^@#=]+)=)?([^=]+)", re.ASCII)
_CHAINS: Final = ("refs/mlspec/", "refs/mlspec-remote/")
_OF_FOLDERS: Final = ("refs/mlspec-in/", "refs/mlspec-in-remote/")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a project lies below git's top: empty there, else such as `services/churn`.

    Paths, tags and chains have two names. To all of mlspec they are as if there were no folder; to git, and so to
    everybody else, a tag has the folder in front as GTO writes it (`services/churn=wine@v1.0.0`), and a chain lies
    below `refs/mlspec-in/services/churn/-/`. No folder's name may hold what would make two of these names one.
    """

    name: str = ""

    def __post_init__(self) -> None:
        """MlspecError where tags, refs and files can't be named by it."""
        for part in self.name.split("/") if self.name else ():
            if not _PART.fullmatch(part) or part.lower().endswith(".lock"):
                hint = "letters, digits and _, with single - and . between them, for tags and refs bear it"
                raise MlspecError(f"a project can't lie in a folder named `{part}`", hint=hint, where=self.name)

    @property
    def prefix(self) -> str:
        """What paths in git begin with."""
        return f"{self.name}/" if self.name else ""

    @property
    def up(self) -> str:
        """The way from the project to git's top: `../../`."""
        return "../" * len(self.name.split("/")) if self.name else ""

    @property
    def slug(self) -> str:
        """The folder as one word, another one for each: `services--churn`."""
        return self.name.replace("/", "--")

    @property
    def chains(self) -> str:
        """What the refs of the project's own chains begin with."""
        return f"{_OF_FOLDERS[0]}{self.name}/-/" if self.name else _CHAINS[0]

    @property
    def twins(self) -> str:
        """What the refs begin with that keep what origin had of them."""
        return f"{_OF_FOLDERS[1]}{self.name}/-/" if self.name else _CHAINS[1]

    @property
    def environments(self) -> str:
        """What the refs of environments' chains begin with."""
        return f"{self.chains}env/"

    def twin(self, ref: str) -> str:
        """Where the repository keeps what origin had at the ref of one of our chains; empty for any other ref."""
        return self.twins + ref.removeprefix(self.chains) if ref.startswith(self.chains) else ""

    def outward(self, path: str) -> str:
        """A path as seen from the project, as git has it: of `../../x` the ways up are taken back."""
        return path.removeprefix(self.up) if self.up and path.startswith("../") else f"{self.prefix}{path}"

    def inward(self, path: str) -> str:
        """A path of git's, as seen from the project."""
        return path.removeprefix(self.prefix) if path.startswith(self.prefix) else f"{self.up}{path}"

    def chain(self, ref: str) -> str:
        """A chain's ref in git; `refs/mlspec/…` and `refs/mlspec-remote/…` are what mlspec calls them."""
        for known, here in zip(_CHAINS, (self.chains, self.twins), strict=True):
            if ref.startswith(known):
                return here + ref.removeprefix(known)
        return ref

    def tag(self, name: str) -> str:
        """A model's tag in git."""
        return f"{self.name}={name}" if self.name else name

    def own_tag(self, name: str) -> str | None:
        """A tag of git's as mlspec calls it; None where it is that of a model in another folder."""
        if "=" not in name:
            return None if self.name else name
        found = _TAGGED.fullmatch(name)
        return found[2] if found and self.name and found[1] == self.name else None
