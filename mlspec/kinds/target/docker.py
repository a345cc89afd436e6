"""docker: containers of one engine."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.target import Target
from mlspec.kinds.target._containers import Containers

KIND: Final[Target] = Containers("docker")
