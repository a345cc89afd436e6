"""The process target's runtime: a supervisor for each place, found and steered through its control socket."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mlspec.adapters.process import bundles
from mlspec.adapters.process.client import Answer, NoAnswer, NotRunning, ask, statuses
from mlspec.adapters.process.explain import not_deployed, not_scaled, silent
from mlspec.adapters.process.folder import PlaceFolder, ProjectFolder, default_root
from mlspec.adapters.process.journal import newest_lines, tail
from mlspec.adapters.process.order import Launch, Order, Refused
from mlspec.adapters.process.steer import steer, worker_environ
from mlspec.adapters.process.trial import trial
from mlspec.adapters.process.worker import NotReady
from mlspec.domain.actual import Health, Place, Running, Unseen
from mlspec.domain.digest import JSON
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError
from mlspec.ports.runtime import Deployment, Runtime, startup_timeout

SERVER: Final = (sys.executable, "-P", "-m", "mlspec.serving")
"""-P: the folder that it starts in is no place to import from."""
MARGIN: Final = 30.0
"""Seconds on top of what a change may take by its own deadlines."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: for a worker to load, to end its connections, and for a supervisor to say what it runs."""

    ready: float = 60.0
    drain: float = 10.0
    prompt: float = 5.0


DEADLINES: Final = Deadlines()


def open_runtime(project: str, context: str, root: str) -> Runtime:
    """The target's runtime for a project, with the settings of every day; it knows no contexts and needs no tree."""
    del context, root
    return ProcessRuntime(project)


class ProcessRuntime:
    """`Runtime` for one project on this machine.

    `root` is where the state lives, `worker` the beginning of a worker's argv, `host` the address listened on.
    """

    def __init__(
        self,
        project: str,
        *,
        root: Path | None = None,
        worker: Sequence[str] = SERVER,
        deadlines: Deadlines = DEADLINES,
        host: str = "127.0.0.1",
    ) -> None:
        self._project = project
        self._folders = ProjectFolder.of(root or default_root(), project)
        self._launch = Launch(tuple(worker), worker_environ(os.environ), deadlines.ready, deadlines.drain)
        self._host = host
        self._prompt = deadlines.prompt

    def observe(self) -> Mapping[Place, Running | Unseen]:
        """What answers, in all environments; a supervisor that is there but silent is Unseen."""
        places = {folder.path: place for place, folder in self._folders.places()}
        found: dict[Place, Running | Unseen] = {}
        for path, answer in statuses(list(places), self._prompt):
            place = places[path]
            if isinstance(answer, NoAnswer):
                found[place] = Unseen(place, HeldReason.NOT_OBSERVED.value)
            elif running := _running(place, answer):
                found[place] = running
        return found

    def deploy(self, deployment: Deployment) -> Running:
        """Hand over without losing a request. DeployFailed: never ready, the old one serves on; MlspecError: the port
        is taken, a newer deployment is there, or the supervisor does not answer."""
        folder = self._folders.place(deployment.place)
        patience = self._patience(deployment.replicas, deployment.serve)
        with folder.locked(patience):
            bundle = bundles.keep(Path(deployment.bundle), folder.bundles, deployment.artefact)
            request = {"command": "swap", "order": self._order(deployment, bundle).to_json()}
            try:
                return _shown(deployment.place, steer(folder, request, self._launch.environ, patience))
            except Refused as refusal:
                raise not_deployed(deployment, refusal) from None
            except NoAnswer as problem:
                raise silent(deployment.place, problem) from None
            finally:
                self._prune(folder)

    @contextmanager
    def trial(self, deployment: Deployment) -> Iterator[str]:
        """One worker beside what runs, on a loopback port of its own. DeployFailed: never ready."""
        lines: list[str] = []
        try:
            with trial(self._order(deployment, Path(deployment.bundle)), lines) as endpoint:
                yield endpoint
        except NotReady as problem:
            raise not_deployed(deployment, Refused("ready", str(problem), tuple(lines))) from None

    def withdraw(self, place: Place) -> None:
        """Nothing: the listener is the kernel's, which deals out connections as it likes."""

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> Running:
        """More or fewer workers of what runs. DeployFailed: more did not get ready; MlspecError: nothing runs."""
        folder = self._folders.place(place)
        request = {"command": "scale", "replicas": replicas, "serve": dict(serve)}
        try:
            return _shown(place, ask(folder.path, request, self._patience(replicas, serve)))
        except NotRunning:
            raise MlspecError(f"nothing runs at {place}", hint="deploy it first") from None
        except NoAnswer as problem:
            raise silent(place, problem) from None
        except Refused as refusal:
            raise not_scaled(place, refusal) from None

    def retire(self, place: Place) -> None:
        """Drain and end what runs there, and remove its folder."""
        folder = self._folders.place(place)
        if not folder.exists():
            return
        patience = self._patience(1, {})
        with folder.locked(patience):
            try:
                ask(folder.path, {"command": "stop"}, patience)
            except NotRunning:
                pass
            except NoAnswer as problem:
                raise silent(place, problem) from None
            folder.remove(MARGIN)

    def logs(self, place: Place, lines: int = 20) -> Sequence[str]:
        """The newest lines that its workers wrote; what the supervisor said where there are none."""
        folder = self._folders.place(place)
        return newest_lines(folder.logs, lines) or tail(folder.supervisor_log, lines)

    def _order(self, deployment: Deployment, bundle: Path) -> Order:
        return Order(
            project=self._project,
            environment=deployment.place.environment,
            model=deployment.place.model,
            version=deployment.version,
            artefact=deployment.artefact,
            bundle=str(bundle),
            host=self._host,
            port=deployment.port,
            replicas=deployment.replicas,
            revision=deployment.revision,
            fence=deployment.fence,
            launch=replace(self._launch, ready=startup_timeout(deployment.serve, self._launch.ready)),
            trust=deployment.trust,
            serve=dict(deployment.serve),
            content=bundles.content(bundle),
        )

    def _prune(self, folder: PlaceFolder) -> None:
        """Keep only the copy of what runs, whatever became of the deployment."""
        try:
            running = ask(folder.path, {"command": "status"}, self._prompt)["running"]
        except NotRunning:
            bundles.prune(folder.bundles, "")
        except NoAnswer:
            return
        else:
            bundles.prune(folder.bundles, running["order"]["artefact"] if running else "")

    def _patience(self, replicas: int, serve: Mapping[str, JSON]) -> float:
        """An upper bound for a change: one that is under way and this one, each replica after the other."""
        return 2 * (startup_timeout(serve, self._launch.ready) * replicas + self._launch.drain) + MARGIN


def _running(place: Place, answer: Answer) -> Running | None:
    if not (running := answer["running"]):
        return None
    order = running["order"]
    host = f"[{order['host']}]" if ":" in order["host"] else order["host"]
    return Running(
        place=place,
        version=order["version"],
        artefact=order["artefact"],
        serve=order["serve"],
        replicas=order["replicas"],
        health=Health(running["health"]),
        endpoint=f"http://{host}:{running['port']}",
        revision=order["revision"],
        fence=order["fence"],
        reason=running["reason"],
    )


def _shown(place: Place, answer: Answer) -> Running:
    if running := _running(place, answer):
        return running
    raise MlspecError(f"{place}: it was stopped meanwhile", hint="run it again")
