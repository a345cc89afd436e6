"""Telemetry: what running servers counted of their traffic, asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from mlspec.domain.actual import Running
from mlspec.domain.digest import JSON
from mlspec.domain.labels import Answered
from mlspec.domain.replay import Answer, Recorded
from mlspec.domain.service import Service
from mlspec.domain.traffic import Traffic


class Telemetry(Protocol):
    """Asks servers at their endpoints; where a canary runs, those of the version that `running` names."""

    def traffic(self, running: Running, patience: float) -> Traffic:
        """The counts of all replicas that answer within `patience` seconds.

        MlspecError where none answers, where nothing is counted there, or where the answer is no such document.
        """
        ...

    def service(self, running: Running, patience: float) -> Service:
        """What the replicas that answer say of their requests: how many, how many failed, how long they took.

        MlspecError where none answers.
        """
        ...

    def requests(self, running: Running, patience: float, *, whole: bool = True) -> Sequence[Recorded]:
        """The rows that the replicas that answer keep, the oldest first; MlspecError as for `traffic`, and where
        `whole` ones are wanted and some of their columns were left out."""
        ...

    def answers(self, endpoint: str, rows: Sequence[Mapping[str, JSON]], patience: float) -> Iterator[Answer]:
        """What one server answers to each row, sent by itself when it is asked for; each may take so many seconds."""
        ...

    def predictions(self, running: Running, patience: float) -> Answered:
        """The newest answers that the replicas that answer keep; MlspecError as for `traffic`."""
        ...
