"""What a supervisor is asked to run, and the refusals it answers with; the control socket carries both as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from mlspec.domain.drift import PROFILE, server_words

PROTOCOL: Final = 2
"""Raised when a supervisor of an older mlspec could not understand the requests."""

LIMITS: Final = {"limits.body": "--max-body", "limits.batch": "--max-batch", "limits.depth": "--max-depth"}
"""Ends of names in the serving settings → the server's options."""

STATE: Final = "live"
"""Where a place's workers keep what they counted, in its folder, which is where they run."""

Kind = Literal["port", "ready", "fence", "absent", "request"]


class Refused(Exception):
    """The supervisor does not do it: `kind` says which rule, `lines` are the log's last ones."""

    def __init__(self, kind: Kind, message: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Launch:
    """How workers are started: argv's beginning and environment; `ready` and `drain` are deadlines in seconds."""

    worker: tuple[str, ...]
    environ: dict[str, str]
    ready: float
    drain: float


@dataclass(frozen=True, slots=True)
class Order:
    """One deployment. `port` 0 asks for a stable one; `bundle` is the runtime's own copy of the model's files.

    `content` is the digest of the copy as it was deployed: no worker starts on other bytes.
    """

    project: str
    environment: str
    model: str
    version: str
    artefact: str
    bundle: str
    host: str
    port: int
    replicas: int
    revision: str
    fence: int
    launch: Launch
    trust: tuple[str, ...] = ()
    serve: dict[str, Any] = field(default_factory=dict)
    content: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Order:
        """Read what `to_json` made; KeyError or TypeError where it is something else."""
        launch = data["launch"]
        launch = Launch(**(launch | {"worker": tuple(launch["worker"])}))
        return cls(**(data | {"launch": launch, "trust": tuple(data["trust"])}))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self)

    def asks_for_the_same(self, other: Order) -> bool:
        """Whether the other's workers would do for this one; revision and fence are only labels."""
        return self == replace(other, revision=self.revision, fence=self.fence, launch=self.launch)

    def command(self, listener: int, control: int) -> list[str]:
        """A worker's argv, given the numbers of the two sockets that it inherits."""
        limits = [
            word
            for name, value in sorted(self.serve.items())
            for end, option in LIMITS.items()
            if name.endswith(end) and isinstance(value, int)
            for word in (option, str(value))
        ]
        trust = [word for name in self.trust for word in ("--trust", name)]
        return [
            *self.launch.worker,
            *("--bundle", self.bundle, "--name", self.model, "--version", self.version, *trust, *limits),
            *(("--state", STATE, *server_words(self.serve)) if PROFILE in self.serve else ()),
            *("--drain", f"{self.launch.drain:g}", "--fd", str(listener), "--control-fd", str(control)),
        ]
