"""Candidates before they get all requests: recorded ones are sent to them, copies (a shadow), a share (a canary)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mlspec.domain.actual import Place, Running
from mlspec.domain.digest import JSON
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.replay import Answer, Comparison, Recorded, Replay
from mlspec.domain.words import duration
from mlspec.errors import DeployFailed, MlspecError
from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.registry import discover
from mlspec.planner.canaries import shared
from mlspec.planner.replays import breaches, compare
from mlspec.ports.runtime import Deployment
from mlspec.ports.telemetry import Telemetry
from mlspec.reconciler.rollout import Roller

PATIENCE: Final = 10.0
"""Seconds that the old server may take to hand over what it recorded"""
LONGEST: Final = 60.0
"""Seconds that one answer of a candidate may take, and all of one that has failed too many requests already"""
TOGETHER: Final = 1800.0
"""Seconds that all answers may take: others wait for the environment meanwhile"""


@dataclass(slots=True)
class Replayer:
    """Replays, shadows and canaries of one run; `Roller` deploys what comes through."""

    roller: Roller
    telemetry: Telemetry
    measures: dict[str, MeasureKind] = field(default_factory=lambda: dict(discover("mlspec.kinds.drift", MeasureKind)))

    def act(self, action: Action, version: str) -> str:
        """How it went, in words; DeployFailed keeps the candidate out, and is remembered."""
        match action.action:
            case ActionKind.REPLAY:
                return self._replay(action, version)
            case ActionKind.SHADOW | ActionKind.CANARY:
                return self._beside(action, version)
            case _:
                return self._withdraw(action)

    def _replay(self, action: Action, version: str) -> str:
        place = Place(action.environment, action.model)
        asked = self.roller.deployment(place).replay
        running = self.roller.world.actual.running[place]
        assert asked is not None
        assert isinstance(running, Running)
        if self._ran(place, version):
            return f"not needed: {version} ran here before"
        recorded, nothing = self._recorded(running, asked)
        if nothing:
            return self._noted(place, f"NoRequests: {nothing}; nothing was compared")
        with self.roller.supplied(action, version) as request:
            found = self._compared(action, request, recorded, asked)
        self._judge(action, request, found, asked)
        return self._noted(place, found.words)

    def _withdraw(self, action: Action) -> str:
        place = Place(action.environment, action.model)
        self.roller.runtime(place).withdraw(place)
        self._check(place)
        self.roller.log.noted(place, action, action.version, "the candidate is gone")
        return ""

    def _beside(self, action: Action, version: str) -> str:
        """Give a candidate its share of the requests, or copies of them."""
        place = Place(action.environment, action.model)
        wanted = self.roller.deployment(place)
        policy = wanted.shadow if action.action is ActionKind.SHADOW else wanted.canary
        assert policy is not None
        if self._ran(place, version):
            # Known only now: the training gave the bytes of a version that needs no trial.
            running = self.roller.deploy(replace(action, action=ActionKind.DEPLOY), version)
            return f"not needed: {version} ran here before; it answers at {running.endpoint}"
        with self.roller.supplied(action, version) as request:
            replicas, now = max(1, round(request.replicas * policy.share)), self.roller.ports.clock.now()
            asked = replace(request, share=policy.share, since=now, replicas=replicas, mirrored=policy.mirrored)
            try:
                self.roller.runtime(place).deploy(asked)
            except DeployFailed as error:
                self.roller.failed(action, request, error)
                raise
        self._check(place)
        words = f"{shared(policy)} for {duration(policy.seconds)}"
        self.roller.log.noted(place, action, version, words)
        return words

    def _check(self, place: Place) -> None:
        """LeaseLost where another may have acted there meanwhile: then what is done is not ours to write down."""
        self.roller.held[place.environment].check()

    def _ran(self, place: Place, version: str) -> bool:
        running = self.roller.world.actual.running.get(place)
        now = running.version if isinstance(running, Running) else ""
        return version in {now, *self.roller.world.actual.memory(place).ran}

    def _noted(self, place: Place, words: str) -> str:
        """What the log of the deployment that follows says, too."""
        self.roller.notes[place] = f"replayed {words}" if not words.startswith("NoRequests") else words
        return words

    def _recorded(self, running: Running, asked: Replay) -> tuple[Sequence[Recorded], str]:
        """The newest rows that callers sent; or why there are too few."""
        try:
            found = self.telemetry.requests(running, PATIENCE)[-asked.requests :]
        except MlspecError as error:
            return (), str(error)
        if len(found) < asked.fewest:
            return (), f"{running.version} has recorded {len(found)} of at least {asked.fewest} rows"
        return found, ""

    def _compared(self, action: Action, request: Deployment, recorded: Sequence[Recorded], asked: Replay) -> Comparison:
        rows = [each.row for each in recorded]
        try:
            with self.roller.runtime(request.place).trial(request) as endpoint:
                answers = self._answers(endpoint, rows, asked.errors * len(rows))
        except DeployFailed as error:
            self.roller.failed(action, request, error)
            raise
        return compare(recorded, answers, asked, self.measures["jensen_shannon"])

    def _answers(self, endpoint: str, rows: Sequence[Mapping[str, JSON]], bearable: float) -> Sequence[Answer]:
        """An answer for each row; those that are not sent have failed. More than the `bearable` ones are too many."""
        found: list[Answer] = []
        clock, failed = self.roller.ports.clock, 0
        began = clock.now()
        for answer in self.telemetry.answers(endpoint, rows, LONGEST):
            found.append(answer)
            failed += bool(answer.error)
            if (took := clock.now() - began) >= (LONGEST if failed > bearable else TOGETHER):
                unsent = Answer(error=f"not sent: those before took {duration(took)}", sent=False)
                return (*found, *[unsent] * (len(rows) - len(found)))
        return found

    def _judge(self, action: Action, request: Deployment, found: Comparison, asked: Replay) -> None:
        wrong = list(breaches(found, asked))
        if not wrong:
            return
        where = self.roller.world.blueprint(action.model).where(wrong[0][1])
        figures = "; ".join(words for words, _ in wrong)
        error = DeployFailed(f"{figures} ({where})", hint="what ran before still runs", details=(found.words,))
        self.roller.failed(action, request, error, refused=True)
        raise error
