"""What keeps others out while a run acts: the leases of its environments, and which environments these are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Timer
from typing import Final

from mlspec.domain.actual import Rollout, Running
from mlspec.domain.plan import Action
from mlspec.errors import LockHeld, RecordsMoved
from mlspec.ports.git import GitReader
from mlspec.ports.lease import Lease
from mlspec.reconciler.chains import PROJECT, environment_ref, read_chain, twin
from mlspec.reconciler.holding import holding
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.unrecorded import unrecorded
from mlspec.reconciler.world import World

Say = Callable[[str], None]
_TRIES: Final = 5
_PATIENCE: Final = 3.0
"""Seconds of waiting after which it is said what is waited for"""


@dataclass(slots=True)
class Guard:
    """The leases of one run. `shared`: other machines may act there too, so the leases are origin's."""

    ports: Ports
    revision: str
    shared: bool = False
    held: dict[str, Lease] = field(default_factory=dict)

    @contextmanager
    def holding(self, world: World, environments: Collection[str], say: Say) -> Iterator[None]:
        """Hold the leases of these environments; LockHeld where another has one and keeps it."""
        above = fences(world, environments)
        waiting = Timer(_PATIENCE, _say_waiting, (say, above))
        waiting.daemon = True
        waiting.start()
        try:
            with holding(self.ports.leases(shared=self.shared), self.revision, above) as held:
                waiting.cancel()
                self.held.update(held)
                yield
        finally:
            waiting.cancel()
            self.held.clear()

    @contextmanager
    def undisturbed(self, world: World, environments: Collection[str], say: Say) -> Iterator[None]:
        """The same for a plan that was begun without leases; LockHeld where somebody acted there meanwhile."""
        if not environments or self.held:
            yield
            return
        before = {name: self.ports.git.chain_files(environment_ref(name)) for name in environments}
        with self.holding(world, environments, say):
            if self.shared:
                self.ports.writer.fetch()  # the leases tell of these environments only, not of who suspended a model
            for name, files in before.items():
                if self.ports.git.chain_files(environment_ref(name)) != files:
                    raise LockHeld(
                        f"another run acted on {name} meanwhile",
                        hint="run the same again: it plans anew; what was trained is kept",
                    )
            yield

    def suspended(self, world: World, models: Iterable[str]) -> dict[str, str]:
        """Model → who suspended it since the look at the world, when and why."""
        facts = read_chain(self.ports.git, self.ports.cache, PROJECT)
        words = {name: str(facts.get(name, {}).get("suspended", "")) for name in models}
        known = {name for name, history in world.actual.models.items() if history.suspended}
        return {name: said for name, said in words.items() if said and name not in known}

    def check(self, environment: str) -> None:
        """LeaseLost where another may act in an environment meanwhile. Before each effect there."""
        self.held[environment].check()

    def push(self, branch: str, tip: str = "") -> None:
        """Publish everything, or nothing where a lease is lost.

        The project's own records have no lease: who was faster there has ours put behind theirs.
        """
        leases = self.ports.leases(shared=self.shared)
        for _ in range(_TRIES - 1):
            try:
                return leases.push(branch, tip)
            except RecordsMoved:
                continue
        return leases.push(branch, tip)


def _say_waiting(say: Say, environments: Iterable[str]) -> None:
    say(f"waiting for others to finish their work on {', '.join(sorted(environments))}")


def acting(actions: Iterable[Action]) -> set[str]:
    """The environments in which these actions act."""
    return {action.environment for action in actions if action.environment}


def recorded(world: World, git: GitReader, *, push: bool, only: str = "") -> set[str]:
    """The environments whose records are written or published although nothing may be done there.

    `only` is the environment that was asked for, if one was: what others do elsewhere is nothing to wait for.
    """
    found = {seen.place.environment for seen in unrecorded(world) if only in {"", seen.place.environment}}
    return found | {name for name in world.bundle.project.sites if push and _has_news(git, name)}


def _has_news(git: GitReader, environment: str) -> bool:
    """Whether this clone has records that origin had not when it was last asked."""
    ref = environment_ref(environment)
    return git.chain_files(ref) != git.chain_files(twin(ref))


def is_shared(ports: Ports, world: World, environments: Iterable[str]) -> bool:
    """Whether other machines reach what runs in one of these environments."""
    homes = {world.bundle.project.sites.get(name) for name in environments}
    homes |= {site for place, site in world.sites.items() if place.environment in environments}
    return any(not ports.is_here(home) for home in homes if home is not None)


def fences(world: World, environments: Iterable[str]) -> Mapping[str, int]:
    """Environment → the highest fencing number that was seen there, in records and in what runs."""
    highest = dict.fromkeys(environments, 0)
    places = [*world.actual.rollouts.items(), *world.actual.failed.items(), *world.actual.running.items()]
    for place, item in places:
        if place.environment in highest and isinstance(item, Rollout | Running):
            highest[place.environment] = max(highest[place.environment], item.fence)
    return highest
