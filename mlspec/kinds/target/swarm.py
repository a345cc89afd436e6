"""swarm: services on the nodes of a swarm."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.target import Target
from mlspec.kinds.target._containers import Containers

KIND: Final[Target] = Containers("swarm")
