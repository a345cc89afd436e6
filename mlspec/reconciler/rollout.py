"""Rolling out: promotions as tags, deployments from a version's own bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from mlspec.domain.actual import ModelHistory, Place, Rollout, Running
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.git import NewTag
from mlspec.ports.runtime import Deployment
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Roller:
    """Promotes and deploys the models of one look at the world; `commits` and `records` grow as versions are made."""

    ports: Ports
    world: World
    log: Logbook
    commits: dict[tuple[str, str], str] = field(default_factory=dict)
    records: dict[tuple[str, str], VersionRecord] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def register(self, record: VersionRecord, commit: str) -> None:
        """Write a version's tag: from here on it exists."""
        name = f"{record.model}@{record.version}"
        message = f"Register {record.model} {record.version}\n\n{record.to_json()}\n"
        self.ports.writer.tag(NewTag(name, commit, message))
        self.commits[record.model, record.version] = commit
        self.records[record.model, record.version] = record

    def promote(self, model: str, environment: str, version: str) -> None:
        """Write a stage tag in GTO's format on the version's commit; none where the stage has the version already."""
        if str(self._history(model).stages.get(environment, "")) == version:
            return
        self._assign(model, environment, version)

    def _assign(self, model: str, environment: str, version: str) -> None:
        number = self.counters.get(model, self._history(model).counter) + 1
        name = f"{model}#{environment}#{number}"
        message = f"Promote {model} {version} to {environment}\n"
        self.ports.writer.tag(NewTag(name, self._commit(model, version), message))
        self.counters[model] = number

    def deploy(self, action: Action, version: str) -> Running:
        """Serve a version's registered bytes; DeployFailed leaves the old one serving and is remembered."""
        place = Place(action.environment, action.model)
        wanted = self._deployment(place)
        record = self._record(place.model, version)
        runtime = self.ports.runtime(wanted.target, self.world.desired.project)
        if action.action is ActionKind.SCALE:
            running = runtime.scale(place, wanted.replicas, wanted.serve)
        else:
            with TemporaryDirectory(prefix="mlspec-deploy-") as folder:
                bundle = f"{folder}/model"
                self.ports.pipeline.materialise(record.artefact, bundle)
                request = self._request(place, wanted, record, bundle)
                try:
                    running = runtime.deploy(request)
                except DeployFailed as error:
                    self._failed(action, request, error)
                    raise
        self.log.rolled_out(place, action, self._rollout(running, wanted, "deployed"))
        return running

    def retire(self, action: Action, target: str) -> None:
        """Stop what runs at a place, and take its stage tag back."""
        place = Place(action.environment, action.model)
        self.ports.runtime(target, self.world.desired.project).retire(place)
        history = self._history(place.model)
        if (version := history.stages.get(place.environment)) is not None:
            number = self.counters.get(place.model, history.counter) + 1
            tag = f"{place.model}#{place.environment}!#{number}"
            message = f"Retire {place.model} {version} from {place.environment}\n"
            self.ports.writer.tag(NewTag(tag, history.commits[version], message))
            self.counters[place.model] = number
        self.log.rolled_out(place, action, Rollout(str(version or ""), "", {}, "retired", host=self.ports.host))

    def _failed(self, action: Action, request: Deployment, error: DeployFailed) -> None:
        """Remember the failure, and give the stage back to the version that still serves."""
        place = request.place
        detail = f"{error.message}{': ' + error.details[-1] if error.details else ''}"
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
        )
        self.log.rolled_out(place, action, last)
        old = self._history(place.model).stages.get(place.environment)
        if old is not None and str(old) != request.version:
            self._assign(place.model, place.environment, str(old))

    def _request(self, place: Place, wanted: DesiredDeployment, record: VersionRecord, bundle: str) -> Deployment:
        last = self.world.actual.rollouts.get(place)
        return Deployment(
            place=place,
            version=record.version,
            artefact=record.artefact_digest,
            bundle=bundle,
            serve=wanted.serve,
            replicas=wanted.replicas,
            port=wanted.port,
            trust=self.world.blueprint(place.model).trust,
            revision=self.world.head.commit,
            fence=(last.fence if last else 0) + 1,
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

    def _deployment(self, place: Place) -> DesiredDeployment:
        deployments = self.world.blueprint(place.model).deployments
        return next(item for item in deployments if item.environment == place.environment)

    def _history(self, model: str) -> ModelHistory:
        return self.world.actual.models.get(model, ModelHistory())

    def _record(self, model: str, version: str) -> VersionRecord:
        return self.records.get((model, version)) or self._history(model).versions[Version.parse(version)]

    def _commit(self, model: str, version: str) -> str:
        known = self.commits.get((model, version)) or self._history(model).commits.get(Version.parse(version))
        if known is None:
            raise MlspecError(f"{model} has no version {version}", hint=f"mlspec history {model} lists them")
        return known
