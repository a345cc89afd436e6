"""What is kept of single requests, only where the spec asks: a sample of rows, and answers by their ids."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mlspec.serving.leftovers import redacted
from mlspec.serving.ring import Ring

logger = logging.getLogger("mlspec.serving")

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Wishes:
    """`sample` is the share of requests whose rows are kept, `keep` how many rows, `redact` columns that are not.

    `predictions` is how many answers are kept by their ids.
    """

    sample: float = 0.0
    keep: int = 0
    redact: tuple[str, ...] = ()
    predictions: int = 0

    def __bool__(self) -> bool:
        """Whether anything is kept."""
        return bool(self.sample or self.predictions)


@dataclass(frozen=True, slots=True)
class Noted:
    """One answered request: the columns in the model's order, its answers, and the rows' ids where it has some.

    `draw`: a number from 0 to 1 that decides whether its rows are kept, where a front has drawn one.
    """

    columns: Sequence[Sequence[Any]]
    labels: Sequence[Any]
    ids: Sequence[str] | None = None
    draw: float | None = None


class Recorder:
    """Keeps lines in a folder, in the executor's thread."""

    def __init__(self, wishes: Wishes, version: str, names: Sequence[str], folder: Path, worker: str) -> None:
        self._wishes = wishes
        self._version = version
        self._names = names
        self.why_none = _why_none(wishes, names)
        sampled = wishes.sample and not self.why_none
        self._rows = Ring(folder, "requests", worker, wishes.keep) if sampled else None
        self._answers = Ring(folder, "predictions", worker, wishes.predictions) if wishes.predictions else None
        self._worker = worker
        self._random = random.Random()  # noqa: S311 - nothing secret
        if self.why_none:
            logger.warning("no requests are kept: %s", self.why_none)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is kept, as files are called by it."""
        rings = {"requests": self._rows, "predictions": self._answers}
        return tuple(name for name, ring in rings.items() if ring is not None)

    def add(self, taken: Sequence[Noted]) -> None:
        """Keep what is wished of some requests."""
        now = round(time.time(), 3)
        if self._rows is not None:
            sampled = [noted for noted in taken if self._drawn(noted) < self._wishes.sample]
            self._rows.add([row for noted in sampled for row in self._sampled(noted, now)])
        if self._answers is not None:
            self._answers.add([line for noted in taken if noted.ids for line in self._answered(noted, now)])

    def _drawn(self, noted: Noted) -> float:
        """A front that copies requests draws for both versions, so that both keep the same ones."""
        return self._random.random() if noted.draw is None else noted.draw

    def _sampled(self, noted: Noted, now: float) -> Iterator[dict[str, Any]]:
        for index, values in enumerate(zip(*noted.columns, strict=True)):
            pairs = zip(self._names, values, strict=True)
            row = {name: None if name in self._wishes.redact else value for name, value in pairs}
            yield {"time": now, "version": self._version, "row": row, "prediction": noted.labels[index]}

    def requests(self) -> dict[str, Any] | None:
        """The document of GET /monitoring/requests; None where no request is kept."""
        return None if self._rows is None else self._document(self._rows, "requests")

    def predictions(self, classes: Sequence[Any] | None = None) -> dict[str, Any] | None:
        """The document of GET /monitoring/predictions; None where none is kept. `classes` are the model's."""
        if self._answers is None:
            return None
        return {**self._document(self._answers, "predictions"), "classes": classes}

    def _document(self, ring: Ring, name: str) -> dict[str, Any]:
        head = {"format": FORMAT, "worker": self._worker, "dropped": ring.dropped}
        own = [each for each in ring.newest() if each.get("version") == self._version]
        # Another worker may still write what this one is not to show.
        shown = [redacted(each, self._wishes.redact) for each in own]
        return {**head, "redacted": list(self._wishes.redact), name: shown}

    def _answered(self, noted: Noted, now: float) -> Iterator[dict[str, Any]]:
        for name, label in zip(noted.ids or (), noted.labels, strict=True):
            yield {"time": now, "version": self._version, "id": name, "prediction": label}


def _why_none(wishes: Wishes, names: Sequence[str]) -> str:
    """Why no rows are kept although they are wished: a misspelt column would be kept in the clear.

    The server starts all the same, so that nobody has to change a spec first to go back to an older version.
    """
    unknown = [repr(name) for name in wishes.redact if name not in names]
    return f"the model takes no column {', '.join(unknown)}, which is to be redacted" if unknown else ""
