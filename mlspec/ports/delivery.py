"""Delivering notices to people."""

from __future__ import annotations

from typing import Protocol

from mlspec.domain.notice import Delivery


class Deliveries(Protocol):
    """Carries out one delivery at a time."""

    def send(self, delivery: Delivery) -> str:
        """The receipt, empty where the delivery asks for none. MlspecError where it did not arrive; no secret in it."""
        ...
