"""What a worker remembers of its traffic: noted in the request, counted a little later, in one thread."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from mlspec.serving.counts import Counts
from mlspec.serving.leftovers import Leftovers
from mlspec.serving.profile import Array, Profile, joined
from mlspec.serving.recorder import Noted, Recorder
from mlspec.serving.slots import Slot

logger = logging.getLogger("mlspec.serving")

FORMAT: Final = 1
FULL: Final = 100_000
"""Rows that may wait to be counted; more are dropped, and their number is told."""


class Monitor:
    """Counts over the profile's bins.

    `note` and `due` belong to the event loop, all else to the one thread of the worker's executor, so that nothing is
    locked and a count costs a request no more than an entry in a list. With a `slot` the counts outlive the worker;
    without one they are this process's own.
    """

    def __init__(
        self,
        profile: Profile,
        window: int,
        slot: Slot | None = None,
        recorder: Recorder | None = None,
        leftovers: Leftovers | None = None,
    ) -> None:
        self.profile = profile
        self._leftovers = leftovers
        self.recorder = recorder
        self.window = window
        self._came = 0
        self._folded = 0
        self._asked = False
        self._dropped = 0
        self._failed = 0
        self._counts = Counts(profile, window)
        self._batch = min(256, self._counts.size)
        self._slot = slot
        self._name = slot.name if slot else uuid.uuid4().hex[:12]
        self._started = time.time()
        self._noted: deque[Noted] = deque()
        self._saved = 0
        if slot is not None:
            self._restore(slot.read())

    def note(
        self,
        columns: Sequence[Sequence[Any]],
        labels: Sequence[Any],
        ids: Sequence[str] | None = None,
        draw: float | None = None,
    ) -> None:
        """Remember the rows of one request (see Noted); they are counted with the next ones."""
        if self._came - self._folded >= FULL:
            self._dropped += len(labels)
            return
        self._noted.append(Noted(columns, labels, ids, draw))
        self._came += len(labels)

    def due(self) -> bool:
        """Whether enough waits to be counted; said once until it is."""
        if self._asked or self._came - self._folded < self._batch:
            return False
        self._asked = True
        return True

    def fold(self) -> None:
        """Count what was noted."""
        self._asked = False
        taken = [self._noted.popleft() for _ in range(len(self._noted))]
        if not taken:
            return
        labels = joined([noted.labels for noted in taken])
        self._folded += len(labels)
        columns = [joined(parts) for parts in zip(*(noted.columns for noted in taken), strict=True)]
        try:
            if self.recorder is not None:
                self.recorder.add(taken)
            self._counts.add(columns, labels)
        except Exception:
            # A request was answered; that it could not be counted is no reason to end the worker.
            self._failed += len(labels)
            logger.exception("%d rows could not be counted", len(labels))

    def save(self) -> None:
        """Count, and keep the counts, if there is anything new."""
        self.fold()
        if self._slot is None or self._counts.rows == self._saved:
            return
        try:
            self._slot.write(self._own())
        except OSError as error:
            logger.warning("the counts could not be kept: %s", error)
        else:
            self._saved = self._counts.rows

    def tidy(self) -> None:
        """Take away what earlier workers kept and nobody wishes for any more."""
        try:
            if self._leftovers is not None:
                self._leftovers.tidy()
        except OSError as error:
            logger.warning("what earlier workers kept can't be looked at: %s", error)

    def document(self) -> dict[str, Any]:
        """All that is known here: this worker's counts, and those of the others that share its folder."""
        self.save()
        others = dict(self._slot.others()) if self._slot else {}
        mine = {name: doc for name, doc in others.items() if doc.get("profile") == self.profile.sha256}
        workers = {self._name: self._own(), **mine}
        head = {"format": FORMAT, "profile": self.profile.sha256, "window": self.window}
        return {**head, "reference": self.profile.document, "workers": workers}

    def sums(self) -> tuple[int, list[Array]]:
        """Rows counted by this worker, and its blocks' counts, for the metrics."""
        self.fold()
        return self._counts.rows, self._counts.sums()

    def _own(self) -> dict[str, Any]:
        own = {
            "profile": self.profile.sha256,
            "started": round(self._started, 3),
            "dropped": self._dropped + self._failed,
        }
        return own | self._counts.to_json()

    def _restore(self, document: Any) -> None:
        if not isinstance(document, dict) or document.get("profile") != self.profile.sha256:
            return
        try:
            self._counts.restore(document)
            self._dropped = int(document["dropped"])
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("counts of an earlier worker can't be read: %r", error)
        self._saved = self._counts.rows


def psi(reference: Sequence[int], live: Array) -> float:
    """The population stability index, half a row added to each bin; see docs/reference/serving.md."""
    used = (before := np.array(reference, dtype=np.float64)) + live > 0
    p, q = before[used] + 0.5, live[used] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())
