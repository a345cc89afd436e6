"""Rolling out: promotions as tags, deployments from a version's own bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory

from mlspec.domain.actual import Place, Rollout, Running
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.image import Image
from mlspec.domain.memory import RolledBack
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import DeployFailed
from mlspec.planner.obstacles import is_same, obstacle
from mlspec.planner.profiles import told
from mlspec.planner.rollback import kept_out
from mlspec.ports.git import NewTag
from mlspec.ports.lease import Lease
from mlspec.ports.runtime import Deployment, Runtime
from mlspec.reconciler.building import Builder
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.report import Report, Silence
from mlspec.reconciler.stages import Stages
from mlspec.reconciler.versions import Versions
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Roller:
    """Promotes and deploys the models of one look at the world."""

    ports: Ports
    world: World
    log: Logbook
    report: Report = field(default_factory=Silence)
    held: Mapping[str, Lease] = field(default_factory=dict)
    """environment → its lease, of those in which things may be deployed and retired"""
    notes: dict[Place, str] = field(default_factory=dict)
    """what the log is to say of the next deployment at a place"""
    versions: Versions = field(init=False)
    builder: Builder = field(init=False)
    stages: Stages = field(init=False)

    def __post_init__(self) -> None:
        self.versions = Versions(self.world.actual.models)
        self.stages = Stages(self.ports, self.versions)
        self.builder = Builder(self.ports, self.world, self.log, self.versions, self.report)

    def register(self, record: VersionRecord, commit: str) -> None:
        """Write a version's tag: from here on it exists."""
        name = f"{record.model}@{record.version}"
        message = f"Register {record.model} {record.version}\n\n{record.to_json()}\n"
        self.ports.writer.tag(NewTag(name, commit, message))
        self.versions.commits[record.model, record.version] = commit
        self.versions.records[record.model, record.version] = record

    def promote(self, model: str, environment: str, version: str) -> None:
        """Write a stage tag: the environment is to run the version."""
        self.stages.promote(Place(environment, model), version)

    def refused(self, action: Action, version: str) -> Held | None:
        """Why a version that a training gave is not promoted: its bytes are those of one that is not to return."""
        if action.version != KNOWN_AFTER_TRAIN:
            return None
        place, actual = Place(action.environment, action.model), self.world.actual
        wanted, history = self.deployment(place), self.versions.history(place.model)
        out = kept_out(place, wanted, version, history, actual.memory(place))
        return out or obstacle(place, wanted, version, history, actual)

    def roll_back(self, action: Action) -> None:
        """Go back to an earlier version, and remember which one is to stay out and why; what runs is not touched yet.

        The memory comes first: it counts only once the promotion is taken back, so that killed in between, nothing is
        half done.
        """
        place = Place(action.environment, action.model)
        because = action.because[0]
        bad = str(because.old or "")
        self._check(place)
        if bad:
            serve, now = self.deployment(place).serve, self.ports.clock.now()
            self.log.rolled_back(place, action, RolledBack(bad, action.version, serve, now, because.subject))
        self.stages.roll_back(place, bad, action.version, because.subject)

    def deploy(self, action: Action, version: str) -> Running:
        """Serve a version's registered bytes; DeployFailed leaves the old one serving and is remembered."""
        place = Place(action.environment, action.model)
        wanted = self._wanted(place, version)
        if action.action is ActionKind.SCALE:
            running = self.runtime(place).scale(place, wanted.replicas, wanted.serve)
        else:
            running = self._serve(action, version)
        self._check(place)
        if self._is_as_before(action, running, wanted):
            return running
        last = self._rollout(running, wanted, "deployed")
        self.log.rolled_out(place, action, replace(last, detail=self.notes.pop(place, "")))
        return running

    def _is_as_before(self, action: Action, running: Running, wanted: DesiredDeployment) -> bool:
        """Whether a training gave the bytes that ran there already, so that nothing was rolled out."""
        actual, place = self.world.actual, running.place
        before, last = actual.running.get(place), actual.rollouts.get(place)
        if action.version != KNOWN_AFTER_TRAIN or not isinstance(before, Running) or before.canary is not None:
            return False
        if last is None or last.outcome != "deployed" or not is_same(last, running.version, wanted):
            return False  # no chain says so yet
        seen = (before.version, before.artefact, before.endpoint, before.replicas, dict(before.serve))
        return seen == (running.version, running.artefact, running.endpoint, wanted.replicas, dict(wanted.serve))

    def build(self, action: Action, version: str) -> Image:
        """Build the image that a deployment needs."""
        return self.builder.build(action, self.deployment(Place(action.environment, action.model)), version)

    @contextmanager
    def supplied(self, action: Action, version: str) -> Iterator[Deployment]:
        """What shall run, with its image, or with the files themselves, which are gone afterwards."""
        place = Place(action.environment, action.model)
        request = self._request(place, self._wanted(place, version), version)
        if "image" in request.serve:
            yield replace(request, image=self.builder.image(action, self.deployment(place), version))
            return
        with TemporaryDirectory(prefix="mlspec-deploy-") as folder:
            bundle = f"{folder}/model"
            self.ports.pipeline.materialise(self._served(place, version).files, bundle)
            yield replace(request, bundle=bundle)

    def _serve(self, action: Action, version: str) -> Running:
        with self.supplied(action, version) as request:
            try:
                return self.runtime(request.place).deploy(request)
            except DeployFailed as error:
                self.failed(action, request, error)
                raise

    def retire(self, action: Action) -> None:
        """Stop what runs at a place, and take its promotions back."""
        place = Place(action.environment, action.model)
        self.runtime(place).retire(place)
        self._check(place)
        assigned = self.stages.assigned(place)
        self.stages.take_back(place, assigned)
        version = str(assigned[-1]) if assigned else ""
        fence = self.held[
            place.environment
        ].fence  # what comes after is newer than what ran, whoever still works on that
        self.log.rolled_out(place, action, Rollout(version, "", {}, "retired", host=self.ports.host, fence=fence))

    def failed(self, action: Action, request: Deployment, error: DeployFailed, *, refused: bool = False) -> None:
        """Remember the failure, and give the stage back to the version that still serves."""
        self._check(request.place)
        place = request.place
        detail = f"{error.message}{': ' + error.details[-1] if error.details and not refused else ''}"
        old = self._serving(place)
        number = self.stages.number(place)
        if old is not None and str(old) != request.version:
            # What follows is no person's word: the tag that gives the stage back, and those that take back.
            number = self.stages.counter(place.model) + 1 + sum(other > old for other in self.stages.assigned(place))
        last = Rollout(
            version=request.version,
            artefact=request.artefact,
            serve=request.serve,
            outcome="failed",
            host=self.ports.host,
            revision=request.revision,
            fence=request.fence,
            time=self.ports.clock.now(),
            detail=detail[:500],
            number=number,
            refused=refused,
        )
        self.log.rolled_out(place, action, last)
        if old is not None:
            self.promote(place.model, place.environment, str(old))

    def _serving(self, place: Place) -> Version | None:
        """The version that goes on serving, by what runs; where nothing is seen, by the stage."""
        history, running = self.versions.history(place.model), self.world.actual.running.get(place)
        if isinstance(running, Running) and running.version:
            return next((known for known in history.versions if str(known) == running.version), None)
        return history.stages.get(place.environment)

    def _request(self, place: Place, wanted: DesiredDeployment, version: str) -> Deployment:
        """What shall run, yet without the bytes."""
        return Deployment(
            place=place,
            version=version,
            artefact=self.versions.record(place.model, version).artefact_digest,
            bundle="",
            serve=wanted.serve,
            replicas=wanted.replicas,
            port=wanted.port,
            trust=self.world.blueprint(place.model).trust,
            revision=self.world.head.commit,
            fence=self.held[place.environment].fence,
        )

    def _rollout(self, running: Running, wanted: DesiredDeployment, outcome: str) -> Rollout:
        return Rollout(
            version=running.version,
            artefact=running.artefact,
            serve=wanted.serve,
            outcome=outcome,
            host=self.ports.host,
            endpoint=running.endpoint,
            revision=self.world.head.commit,
            fence=running.fence,
            time=self.ports.clock.now(),
        )

    def _check(self, place: Place) -> None:
        self.held[place.environment].check()

    def runtime(self, place: Place) -> Runtime:
        """What acts at a place, asked for right before each act: LeaseLost where another may act there meanwhile."""
        self._check(place)
        return self.ports.runtime(self.world.site(place), self.world.desired.project)

    def _wanted(self, place: Place, version: str) -> DesiredDeployment:
        return told(self.deployment(place), self._served(place, version))

    def _served(self, place: Place, version: str) -> VersionRecord:
        return self.versions.served(self.world.blueprint(place.model), version)

    def deployment(self, place: Place) -> DesiredDeployment:
        """What the spec wants there."""
        deployments = self.world.blueprint(place.model).deployments
        return next(item for item in deployments if item.environment == place.environment)
