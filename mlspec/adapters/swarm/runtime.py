"""The swarm target's runtime: a service for each place, and one in front of it that owns the published port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from mlspec.adapters.docker.client import PREFIX
from mlspec.adapters.docker.environ import environ
from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.canaries import Canaries
from mlspec.adapters.swarm.checks import check_replicas
from mlspec.adapters.swarm.deploying import Deploying
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.journal import parse
from mlspec.adapters.swarm.places import Places
from mlspec.adapters.swarm.probe import await_answer, await_version
from mlspec.adapters.swarm.rollout import Deadlines, NotReached, Rollout
from mlspec.adapters.swarm.trial import Trials
from mlspec.domain.actual import Place, Running, Unseen
from mlspec.domain.digest import JSON
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment, Runtime, startup_timeout

DEADLINES: Final = Deadlines()


def open_runtime(project: str, context: str, root: Path) -> Runtime:
    """The target's runtime for a project on the swarm that a Docker context's engine manages."""
    return SwarmRuntime(project, context, root)


class SwarmRuntime:
    """`Runtime` for one project; the engine is asked when something is asked of it. `root` is where env_files are."""

    def __init__(self, project: str, context: str, root: Path, deadlines: Deadlines = DEADLINES) -> None:
        self._project = project
        self._context = context
        self._root = root
        self._deadlines = deadlines
        self._found: Swarm | None = None

    @property
    def _swarm(self) -> Swarm:
        self._found = self._found or Swarm.of(self._context)
        return self._found

    @property
    def _places(self) -> Places:
        return Places(self._swarm, self._project)

    def _rollout(self, serve: Mapping[str, JSON]) -> Rollout:
        ready = startup_timeout(serve, self._deadlines.ready)
        return Rollout(self._swarm, replace(self._deadlines, ready=ready))

    def observe(self) -> Mapping[Place, Running | Unseen]:
        """What the swarm says, in all environments."""
        places = self._places
        return {seen.place: places.running(seen) for seen in places.all()}

    def deploy(self, deployment: Deployment) -> Running:
        """Replace task by task, the new one first. DeployFailed: it was never healthy, the engine has rolled back."""
        values = environ(deployment.place, deployment.serve, self._root)
        Trials(self._swarm, self._project).clear(deployment.place)
        rollout = self._rollout(deployment.serve)
        if deployment.is_beside:
            return self._split(deployment, values, rollout)
        Deploying(self._swarm, self._project, rollout).deploy(deployment, values)
        self._places.clear_canary(deployment.place)
        running = self._places.running(self._places.at(deployment.place))
        await_answer(running.endpoint)
        return running

    def _split(self, deployment: Deployment, values: Mapping[str, str], rollout: Rollout) -> Running:
        Canaries(self._swarm, self._project, rollout).start(deployment, values)
        running = self._places.running(self._places.at(deployment.place))
        await_version(running.endpoint, deployment.version)
        return running

    @contextmanager
    def trial(self, deployment: Deployment) -> Iterator[str]:
        """One task beside what runs, behind a front of its own. DeployFailed: never healthy."""
        values = environ(deployment.place, deployment.serve, self._root)
        trials, rollout = Trials(self._swarm, self._project), self._rollout(deployment.serve)
        with trials.trial(deployment, values, rollout) as endpoint:
            yield endpoint

    def withdraw(self, place: Place) -> None:
        """Let the front ask the place's own servers again, and remove the canary."""
        self._places.clear_canary(place)

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> Running:
        """Another number of tasks. DeployFailed: more were not healthy in time; MlspecError: nothing runs."""
        check_replicas(str(place), replicas)
        seen = self._places.at(place)
        now = seen.deployed
        if now is None or seen.server is None:
            raise MlspecError(f"nothing runs at {place}", hint="deploy it first")
        rollout = self._rollout(serve)
        view = rollout.settled(seen.server)
        wanted = labels.write(self._project, replace(now, replicas=replicas, serve=serve))
        others = {name: value for name, value in seen.labels.items() if not name.startswith(PREFIX)}
        spec = {**view.service["Spec"], "Labels": others | wanted, "Mode": {"Replicated": {"Replicas": replicas}}}
        try:
            rollout.update(view, spec)
        except NotReached as failure:
            raise DeployFailed(
                f"{place}: a further replica did not become healthy: {failure.reason}",
                hint="those that ran before still serve",
                details=failure.lines,
            ) from None
        return self._places.running(self._places.at(place))

    def retire(self, place: Place) -> None:
        """Remove its services, and the environment's network with the last of them."""
        Trials(self._swarm, self._project).clear(place)
        self._places.clear(place)

    def logs(self, place: Place, lines: int = 20) -> Sequence[str]:
        """The newest lines of its tasks, those that ended among them."""
        seen = self._places.at(place)
        views = (view for view in (seen.server, seen.canary) if view)
        found = (line for view in views for line in self._swarm.lines(view.service["ID"], lines))
        return tuple(line.text for line in parse(found)[-lines:])
