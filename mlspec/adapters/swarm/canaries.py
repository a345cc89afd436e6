"""Beginning a canary, step by step: its servers, then what shares the requests out. Both are found by their names.

A crash leaves servers that nobody asks, or a share that is complete; removing goes the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from mlspec.adapters.swarm.checks import check
from mlspec.adapters.swarm.deploying import refuse_older
from mlspec.adapters.swarm.fronting import STEADY, Fronting
from mlspec.adapters.swarm.names import SPLIT, place_labels
from mlspec.adapters.swarm.rollout import NotReached
from mlspec.adapters.swarm.seen import Seen
from mlspec.adapters.swarm.split import split_between, split_spec
from mlspec.adapters.swarm.steps import Steps
from mlspec.adapters.swarm.template import Setting, server_spec
from mlspec.domain.actual import Place
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment


class Canaries(Steps):
    """Begins the canaries and shadows of one project."""

    def start(self, wanted: Deployment, environ: Mapping[str, str]) -> None:
        """Give a canary its share, or a shadow its copies, beside what runs.

        DeployFailed where it is never healthy: nothing is left of it.

        One that is there already is removed first, whatever it is: nobody wants it any more.
        """
        place = wanted.place
        check(self._swarm, wanted)
        seen = self._places.at(place)
        self._places.refuse_foreign(seen)
        refuse_older(seen, wanted)
        self._places.clear_canary(place)
        setting = self._swarm.setting(self._project, self._belongings.network(place.environment))
        before = self._before(seen, setting)
        with self._undone(wanted):
            self._rollout.create(server_spec(setting, wanted, environ))
            self._share(setting, before, wanted)

    def _before(self, seen: Seen, setting: Setting) -> Deployment:
        """What the canary stands beside, with a front that knows of canaries."""
        before = seen.deployed
        if before is None or seen.server is None:
            raise MlspecError(f"nothing runs at {seen.place} that a candidate could stand beside", hint="run it again")
        if seen.server.moving:
            self._rollout.settled(seen.server)
            return self._before(self._places.at(seen.place), setting)
        Fronting(self._swarm, self._project, self._rollout).have(seen, setting, before)
        return before

    def _share(self, setting: Setting, before: Deployment, wanted: Deployment) -> None:
        front = self._places.at(wanted.place).front
        if front is None:
            raise MlspecError(f"the front of {wanted.place} was removed meanwhile", hint="run it again")
        split = split_between(before, wanted, front.service)
        own = place_labels(self._project, wanted.place, SPLIT)
        texts = split.configs(self._project).items()
        configs = {name: self._belongings.config(name, text, own) for name, text in texts}
        self._rollout.create(split_spec(setting, split, configs), STEADY)

    @contextmanager
    def _undone(self, wanted: Deployment) -> Iterator[None]:
        """Remove what there is of the canary, if the block fails."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as problem:
            self._forget(wanted.place)
            if isinstance(problem, NotReached):
                message = f"{wanted.place}: {wanted.version} did not become healthy: {problem.reason}"
                raise DeployFailed(message, hint="what ran before still runs", details=problem.lines) from None
            raise

    def _forget(self, place: Place) -> None:
        with suppress(MlspecError):
            self._places.clear_canary(place)
