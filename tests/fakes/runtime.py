"""A runtime in memory, that fails, hides and dies as a test says."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlspec.domain.actual import Canary, Health, Place, Running, Unseen
from mlspec.domain.digest import JSON
from mlspec.domain.image import Image
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment


class FakeRuntime:
    """`Runtime` without processes. `calls` holds what was asked of it: ("deploy", place, version) and so on.

    `fail_next` makes the next deployment or scaling up fail, `hide` makes a place unseen, `show` undoes that,
    `kill` is a server that died, `degrade` one that lost replicas, `drift` what somebody did behind our back. With
    `images`, those of an engine, it runs them rather than folders of files.
    """

    def __init__(self, images: Container[Image] | None = None) -> None:
        self._images = images
        self.calls: list[tuple[str, Place, str]] = []
        self.running: dict[Place, Running] = {}
        self.deployments: dict[Place, Deployment] = {}
        self.trials: list[str] = []
        self._failures: deque[tuple[str, ...]] = deque()
        self._unseen: dict[Place, Unseen] = {}
        self._logs: dict[Place, list[str]] = {}

    def fail_next(self, *lines: str) -> None:
        """The next deployment never becomes ready, and leaves these log lines."""
        self._failures.append(lines or ("Traceback", "ValueError: broken"))

    def hide(self, place: Place, reason: str = "NotObserved") -> None:
        """The place can't be seen from here."""
        self._unseen[place] = Unseen(place, reason)

    def show(self, place: Place) -> None:
        """The place can be seen again."""
        del self._unseen[place]

    def kill(self, place: Place) -> None:
        """The server died, and nobody started another."""
        self.running.pop(place)

    def degrade(self, place: Place, reason: str = "1 of 2 replicas down") -> None:
        """Some replicas are down."""
        self.running[place] = replace(self.running[place], health=Health.DEGRADED, reason=reason)

    def drift(self, place: Place, words: str = "a server was stopped") -> None:
        """Somebody changed what runs."""
        self.running[place] = replace(self.running[place], drift=words)

    def observe(self) -> Mapping[Place, Running | Unseen]:
        """What runs, with what is hidden."""
        return {**self.running, **self._unseen}

    def deploy(self, deployment: Deployment) -> Running:
        """Replace what runs, unless a failure was asked for."""
        place = deployment.place
        self.calls.append(("deploy", place, deployment.version))
        now = self.running.get(place)
        if now and deployment.fence < now.fence:
            raise MlspecError(f"{place}: a newer deployment is there: fence {now.fence}")
        if now and now.health is Health.HEALTHY and not now.drift and self._same(deployment):
            self.running[place] = replace(now, revision=deployment.revision, fence=deployment.fence)
            return self.running[place]
        self._maybe_fail(place, f"{deployment.version} did not become ready")
        self._check_content(deployment)
        if deployment.is_beside:
            told = (deployment.version, deployment.serve, deployment.share, deployment.since, deployment.replicas)
            canary = Canary(*told, mirrored=deployment.mirrored)
            self.running[place] = replace(self.running[place], canary=canary, fence=deployment.fence)
            return self.running[place]
        self.deployments[place] = deployment
        self.running[place] = _running(deployment)
        self._logs.setdefault(place, []).append(f"{deployment.version} serves")
        return self.running[place]

    @contextmanager
    def trial(self, deployment: Deployment) -> Iterator[str]:
        """One beside what runs, unless a failure was asked for; `trials` are those that there are now."""
        self.calls.append(("trial", deployment.place, deployment.version))
        self._maybe_fail(deployment.place, f"{deployment.version} did not become ready")
        self._check_content(deployment)
        self.trials.append(deployment.version)
        try:
            yield f"trial://{deployment.version}"
        finally:
            self.trials.remove(deployment.version)

    def withdraw(self, place: Place) -> None:
        """Forget the canary or shadow."""
        self.calls.append(("withdraw", place, ""))
        self.running[place] = replace(self.running[place], canary=None)

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> Running:
        """Change the number and the settings."""
        self.calls.append(("scale", place, str(replicas)))
        if not (now := self.running.get(place)):
            raise MlspecError(f"nothing runs at {place}")
        if replicas > now.replicas:
            self._maybe_fail(place, "a further replica did not become ready")
        self.deployments[place] = replace(self.deployments[place], replicas=replicas, serve=dict(serve))
        self.running[place] = replace(now, replicas=replicas, serve=dict(serve))
        return self.running[place]

    def retire(self, place: Place) -> None:
        """Forget it."""
        self.calls.append(("retire", place, ""))
        self.running.pop(place, None)
        self.deployments.pop(place, None)
        self._logs.pop(place, None)

    def logs(self, place: Place, lines: int = 20) -> Sequence[str]:
        """One line for each deployment."""
        return tuple(self._logs.get(place, ())[-lines:])

    def _check_content(self, deployment: Deployment) -> None:
        if self._images is not None:
            if deployment.image not in self._images or deployment.bundle:
                raise MlspecError(f"the engine does not have {deployment.image}")
        elif not any(Path(deployment.bundle).glob("*")):
            raise MlspecError(f"no model files in {deployment.bundle}")

    def _same(self, deployment: Deployment) -> bool:
        now = self.deployments[deployment.place]
        labels = {"revision": now.revision, "fence": now.fence, "bundle": now.bundle}
        return replace(deployment, **labels) == now  # type: ignore[arg-type]

    def _maybe_fail(self, place: Place, what: str) -> None:
        if self._failures:
            lines = self._failures.popleft()
            self._logs.setdefault(place, []).extend(lines)
            raise DeployFailed(f"{place}: {what}", details=lines)


def _running(deployment: Deployment) -> Running:
    port = deployment.port or 20_000 + len(str(deployment.place))
    return Running(
        place=deployment.place,
        version=deployment.version,
        artefact=deployment.artefact,
        serve=dict(deployment.serve),
        replicas=deployment.replicas,
        health=Health.HEALTHY,
        endpoint=f"http://127.0.0.1:{port}",
        revision=deployment.revision,
        fence=deployment.fence,
    )
