"""What everybody works with who changes a place of a swarm step by step."""

from __future__ import annotations

from mlspec.adapters.swarm.belongings import Belongings
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.places import Places
from mlspec.adapters.swarm.rollout import Rollout


class Steps:
    """Works for one project on one swarm; `rollout` changes a service, and waits for it."""

    def __init__(self, swarm: Swarm, project: str, rollout: Rollout) -> None:
        self._swarm = swarm
        self._project = project
        self._rollout = rollout
        self._places = Places(swarm, project)
        self._belongings = Belongings(swarm, project)
