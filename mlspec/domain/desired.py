"""What the specs want: first as a blueprint that only the spec's text decides, then resolved against a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlspec.domain.compute import Compute
from mlspec.domain.digest import JSON, digest
from mlspec.domain.drift import Monitoring
from mlspec.domain.notice import Channel
from mlspec.domain.reason import ReasonKind
from mlspec.domain.replay import Replay
from mlspec.domain.retrain import RetrainPolicy
from mlspec.domain.service import Bake, CanaryPolicy
from mlspec.domain.sources import DatedSource, DesiredSource, SourceRef


@dataclass(frozen=True, slots=True)
class Subject:
    """One value of the spec that counts, by its dotted name, and the line where it stands."""

    name: str
    kind: ReasonKind
    value: JSON
    line: int
    origin: str = ""
    """the spec that it stands in, where that is not the model's own"""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file or folder whose content counts: data, code or a lock.

    `follow`: Python imports are followed from it. `optional`: it counts only where git has it.
    """

    path: str
    kind: ReasonKind
    line: int
    follow: bool = False
    optional: bool = False
    origin: str = ""
    """as for a Subject"""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate as the planner and the reconciler need it: the kind's name, its numbers, and its line.

    `slice` is the column whose values are judged one by one, `confidence` how sure a bootstrap must be (0: none is
    asked for), `higher` the direction of the metric.
    """

    kind: str
    metric: str
    limits: Mapping[str, float]
    against: str
    line: int
    slice: str = ""
    confidence: float = 0.0
    higher: bool = True

    @property
    def words(self) -> str:
        """The gate for people, and its identity among a record's verdicts."""
        about = f"{f' by {self.slice}' if self.slice else ''}{f' against {self.against}' if self.against else ''}"
        sure = [f"confidence {self.confidence:.12g}"] if self.confidence else []
        limits = ", ".join([*(f"{name} {value:.12g}" for name, value in self.limits.items()), *sure])
        return f"{self.metric}{about}: {limits}"

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is: a value times this is better the greater it is."""
        return 1.0 if self.higher else -1.0


@dataclass(frozen=True, slots=True)
class DesiredDeployment:
    """A model in an environment. `serve` is the flat map that a target hands back, `replicas` among it."""

    environment: str
    target: str
    source: str
    promote: str
    replicas: int
    port: int
    serve: Mapping[str, JSON]
    """where the target runs images, `image` among it: the digest of the recipe"""
    line: int
    lines: Mapping[str, int]
    soak: float = 0.0
    """seconds that a version has to have run well at `source` first"""
    approvers: tuple[str, ...] = ()
    """e-mail addresses of those who may let a version in; anybody where empty"""
    bake: Bake | None = None
    replay: Replay | None = None
    shadow: CanaryPolicy | None = None
    canary: CanaryPolicy | None = None

    @property
    def beside(self) -> tuple[CanaryPolicy, ...]:
        """What a candidate goes through beside what runs, in this order."""
        return tuple(policy for policy in (self.shadow, self.canary) if policy is not None)


@dataclass(frozen=True, slots=True)
class SharedStage:
    """The stage of features that several models share: their document and its blob, their folder and outputs."""

    path: str
    blob: str
    folder: str
    outs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Everything that a spec's text decides about one model; nothing here depends on other files' contents."""

    name: str
    path: str
    line: int
    folder: str
    first: str
    """the version that the first registration gets"""
    subjects: tuple[Subject, ...]
    files: tuple[FileRef, ...]
    lock: FileRef | None
    python: str
    evaluate: tuple[Subject, ...]
    metrics: tuple[str, ...]
    gates: tuple[Gate, ...]
    describe: tuple[Subject, ...]
    deployments: tuple[DesiredDeployment, ...]
    trust: tuple[str, ...]
    image: tuple[Subject, ...]
    """what the spec's text decides about the image: its generated files' digests, by name"""
    content: tuple[FileRef, ...]
    """files of the repository that go into the image"""
    stages: tuple[str, ...]
    outs: tuple[str, ...]
    """what a command of one's own writes"""
    generated: Mapping[str, str]
    """path of a generated file → git blob id of the content it should have"""
    compute: Compute = field(default_factory=Compute)
    retrain: RetrainPolicy | None = None
    was: str = ""
    """the name that the model had before"""
    kept: tuple[str, ...] = ()
    """what the stages leave in git"""
    sources: tuple[SourceRef, ...] = ()
    """those that are fetched"""
    dated: tuple[DatedSource, ...] = ()
    """those of the repository that say how old they may be"""
    monitoring: Monitoring | None = None
    """what is watched while it serves, if anything"""
    judged_by: tuple[FileRef, ...] = ()
    """the code of an evaluation of the user's own"""
    mentioned: tuple[Subject, ...] = ()
    """words of commands that may be files and are no inputs, each by the field that would make it one"""
    rules: Mapping[str, int] = field(default_factory=dict)
    """parts of the rules for the data that are no subjects of their own: dotted name → line"""
    needs: tuple[str, ...] = ()
    """distributions that the model's steps import"""
    requirements: str = ""
    """the requirements file that the lock is resolved from"""
    packages: tuple[str, ...] = ()
    """requirements that the lock is resolved from"""
    reproducible: str = "exact"
    """what training once more has to give: the same bytes (exact), or the same metrics within the tolerance"""
    tolerance: float = 0.0
    shared: SharedStage | None = None
    format: str = "skops"
    """of the file that is registered and served"""

    @property
    def bundle(self) -> str:
        """The folder of what is registered and served."""
        return f"{self.folder}/{'model' if self.format == 'skops' else self.format}"

    @property
    def documents(self) -> tuple[str, ...]:
        """The specs that say all this: the model's, and that of the features that it shares."""
        return (self.path, self.shared.path) if self.shared else (self.path,)

    def where(self, line: int, origin: str = "") -> str:
        """`specs/wine.yaml:21`; `origin` is the spec, where that is not the model's own."""
        return f"{origin or self.path}:{line}"


@dataclass(frozen=True, slots=True)
class DesiredModel:
    """A blueprint resolved against a tree: the digests that decide, and what they are made of."""

    blueprint: Blueprint
    inputs: Mapping[str, JSON]
    """subject → value or content digest: all that the train digest is made of"""
    sources: Mapping[str, tuple[ReasonKind, int]]
    """subject → what kind of change it would be, and its line in the spec"""
    packages: Mapping[str, str]
    recipe: Mapping[str, JSON]
    """what the image is made of besides a version: generated files, and files of the repository"""
    missing: tuple[FileRef, ...]
    """files that neither git nor DVC has"""
    unwatched: tuple[Subject, ...] = ()
    """what commands name and git has, and is no input: a change of it goes unseen"""
    origins: Mapping[str, str] = field(default_factory=dict)
    """subject → the spec that it stands in, where that is not the model's own"""

    def where(self, subject: str) -> str:
        """`specs/wine.yaml:21`, for a subject among the inputs."""
        return self.blueprint.where(self.sources[subject][1], self.origins.get(subject, ""))

    @property
    def name(self) -> str:
        """The model's name."""
        return self.blueprint.name

    @property
    def train(self) -> str:
        """What a training depends on, data and code included."""
        return digest(self.inputs)

    @property
    def evaluate(self) -> str:
        """What judging depends on: metrics, validation rules, gates."""
        return digest({subject.name: subject.value for subject in self.blueprint.evaluate})

    @property
    def describe(self) -> str:
        """What only people read: owners, description."""
        return digest({subject.name: subject.value for subject in self.blueprint.describe})


@dataclass(frozen=True, slots=True)
class Desired:
    """All models, and the generated files that belong to the whole project."""

    project: str
    revision: str
    models: tuple[DesiredModel, ...]
    environments: tuple[str, ...]
    generated: Mapping[str, str]
    stores: Mapping[str, str] = field(default_factory=dict)
    """environment → a word for where its images are: an image that one has, all with the same word have"""
    sources: tuple[DesiredSource, ...] = ()
    """what models fetch, each once"""


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """Where environments run: a target, and the Docker context whose engine it is (empty: as `docker` would choose)."""

    target: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Tracking:
    """A tracking server: the environment variable that has its address, and whether it gets models' files."""

    uri_env: str
    files: bool


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What planning needs of the project's spec."""

    name: str
    models: str
    """the folder of generated files"""
    sites: Mapping[str, Site]
    """environment → where it runs"""
    registry: str
    """where images are pushed, `host/path`; empty: images stay on the engine that built them"""
    generated: Mapping[str, str]
    """path → git blob id of the project's own generated files"""
    withdrawn: Sequence[str] = ()
    """where generated files are that the project's spec asked for once, and asks for no more"""
    channels: tuple[Channel, ...] = ()
    """by which people hear of conditions"""
    tracking: Tracking | None = None
    """the server that is told of versions"""
    budget: float | None = None
    """seconds that the trainings of one run should take together"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The specs of a tree, compiled as far as their own text decides."""

    project: ProjectFacts
    blueprints: tuple[Blueprint, ...]
