"""A target's runtime: what is asked of the thing that runs models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from mlspec.domain.actual import Place, Running, Unseen
from mlspec.domain.digest import JSON
from mlspec.domain.image import Image


@dataclass(frozen=True, slots=True)
class Deployment:
    """What shall run at a place.

    `bundle` is a folder with the model's files, already checked against the record; it may vanish after `deploy`
    returns, so a runtime keeps its own copy. A runtime of containers has the model in `image` and gets no bundle.
    `artefact` is the digest of the model's files. `serve` is the flat map of serving settings that `observe` must hand
    back unchanged. `port` 0 lets the runtime choose a stable one. With a `share` below 1 it is a canary, beside what
    runs and since then, for runtimes whose front can split the traffic; if it is `mirrored`, it is a shadow, and the
    share is that of requests that it gets copies of.
    """

    place: Place
    version: str
    artefact: str
    bundle: str
    serve: Mapping[str, JSON]
    replicas: int
    port: int
    trust: tuple[str, ...]
    revision: str
    fence: int
    image: Image | None = None
    share: float = 1.0
    since: float = 0.0
    mirrored: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether it stands beside what runs rather than in its place."""
        return self.mirrored or self.share < 1


def startup_timeout(serve: Mapping[str, JSON], usual: float) -> float:
    """Seconds that a new server may take to become ready: the spec's, or the usual ones."""
    told = serve.get("startup_timeout")
    return float(told) if isinstance(told, int | float) else usual


class Runtime(Protocol):
    """One target at one site. Observing has no side effect; deploy and retire are safe to repeat.

    Each is made by `open_runtime(project, context, root)` of `mlspec.adapters.<target>.runtime`: the project's name,
    the Docker context (empty: the default one), and the repository's top. Unreachable where nothing answers.
    """

    def observe(self) -> Mapping[Place, Running | Unseen]:
        """Everything of this project that runs on this target, asked of it now, in specs or not."""
        ...

    def deploy(self, deployment: Deployment) -> Running:
        """Start the new, wait until it is healthy, move traffic, drain the old; DeployFailed keeps the old one."""
        ...

    def trial(self, deployment: Deployment) -> AbstractContextManager[str]:
        """One instance of it beside what runs, started and ready, which gets no traffic: the URL where it answers.

        It is gone when the context ends, and what a crash leaves of it the next deployment removes. DeployFailed where
        it never gets ready.
        """
        ...

    def withdraw(self, place: Place) -> None:
        """Take a canary's or shadow's share away and remove it, without losing a request; none is no error."""
        ...

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> Running:
        """Change the number of replicas of what runs, without touching the rest."""
        ...

    def retire(self, place: Place) -> None:
        """Stop what runs there; nothing running is no error."""
        ...

    def logs(self, place: Place, lines: int = 20) -> Sequence[str]:
        """The newest log lines."""
        ...
