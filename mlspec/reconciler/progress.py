"""What a training has done, noted beside its half-made files until they are committed or undone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mlspec.domain.desired import DesiredModel
from mlspec.ports.files import Files


def marker(model: str) -> str:
    """A file that is there while a model trains; after a death it tells whose half-made files these are."""
    return f".mlspec/training/{model}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The stages that were forced, for what DVC does not see, and need not be once more after a death."""

    files: Files
    model: DesiredModel

    def begin(self) -> None:
        """Note that half-made files may lie there from now on."""
        self._note(self.made)

    def done(self, stage: str) -> None:
        """Note that a stage has run with today's code and packages."""
        self._note([*self.made, stage])

    @property
    def made(self) -> list[str]:
        """The stages that have, for this very training."""
        try:
            found = json.loads(self.files.read(marker(self.model.name)) or b"{}")
            return list(found["made"]) if found.get("train") == self.model.train else []
        except ValueError:
            return []

    def _note(self, made: list[str]) -> None:
        content = json.dumps({"train": self.model.train, "made": made}).encode()
        self.files.write(marker(self.model.name), content)
