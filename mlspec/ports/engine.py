"""An engine that builds and runs images, as the checkup sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """`system` is the kind of its containers (`linux`), `manager` whether it can steer a swarm.

    `absent` are images that are needed, that it does not have, and that no registry tells it of.
    """

    version: str
    system: str
    manager: bool
    absent: Sequence[str] = ()
