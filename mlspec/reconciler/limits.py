"""What a stage may use: the limits of `training.compute`, which are those of the stage that trains."""

from __future__ import annotations

from typing import Final

from mlspec.domain.desired import Blueprint
from mlspec.ports.pipeline import UNLIMITED, Limits

LIMITED: Final = "train"


def stage_limits(blueprint: Blueprint, stage: str, spare: int = 1) -> Limits:
    """The limits of one stage; `spare` trials of a search run at a time where the spec says no number of processors."""
    if stage != LIMITED:
        return UNLIMITED
    compute = blueprint.compute
    cpus = None if compute.cpu is None else max(1, int(compute.cpu))
    return Limits(
        timeout=compute.timeout,
        memory=compute.memory,
        cpus=cpus,
        trials=cpus or spare,
        where={name: blueprint.where(line) for name, line in compute.lines.items()},
    )
