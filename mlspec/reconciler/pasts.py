"""What the environments' chains remember of every place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mlspec.domain.actual import Place, Rollout
from mlspec.domain.memory import Memory
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader
from mlspec.reconciler.chains import environment_ref, read_chain, rollout
from mlspec.reconciler.memories import memory


@dataclass(frozen=True, slots=True)
class Pasts:
    """What was last done at each place, what last failed there, and what else is remembered of it."""

    rollouts: dict[Place, Rollout] = field(default_factory=dict)
    failed: dict[Place, Rollout] = field(default_factory=dict)
    memories: dict[Place, Memory] = field(default_factory=dict)


def read_pasts(git: GitReader, cache: Cache, environments: Iterable[str]) -> Pasts:
    """The pasts of all places of some environments; what cannot be read is passed over."""
    pasts = Pasts()
    for environment in environments:
        for model, facts in read_chain(git, cache, environment_ref(environment)).items():
            place = Place(environment, model)
            if (last := rollout(facts)) is not None:
                pasts.rollouts[place] = last
            if (wrong := rollout(facts, "failed")) is not None:
                pasts.failed[place] = wrong
            pasts.memories[place] = memory(facts)
    return pasts
