"""All ports in one hand, without git, DVC or processes: FakeGit over a folder, FakePipeline, FakeRuntime."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import orjson
import yaml
from fakes.git import FakeGit, FakeOrigin
from fakes.images import FakeEngine, FakeImages
from fakes.leases import FakeBoard, FakeLeases
from fakes.pipeline import FakePipeline
from fakes.runtime import FakeRuntime

from mlspec.adapters.worktree import WorkTree
from mlspec.compiler.specs import SpecCompiler
from mlspec.domain.actual import Place, Running
from mlspec.domain.desired import Site
from mlspec.domain.image import Image
from mlspec.domain.labels import Answered
from mlspec.domain.notice import Delivery
from mlspec.domain.replay import Answer, Recorded
from mlspec.domain.service import Service
from mlspec.domain.sources import Probe, SourceRef
from mlspec.domain.traffic import Traffic
from mlspec.errors import MlspecError, Unreachable
from mlspec.ports.environments import LockedEnvironment, LockRequest
from mlspec.ports.git import Snapshot
from mlspec.ports.sources import Lack, Table
from mlspec.reconciler.bundle import SpecReader

HIDDEN = ("/model/", "/prepared/", ".mlspec/")
"""What git ignores in a project of ours."""


class Folder(MutableMapping[str, bytes]):
    """A folder's files by path, as FakeGit wants its working tree."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __getitem__(self, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise KeyError(path) from error

    def __setitem__(self, path: str, data: bytes | str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data.encode() if isinstance(data, str) else data)

    def __delitem__(self, path: str) -> None:
        (self.root / path).unlink()

    def __iter__(self) -> Iterator[str]:
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return (path for path in sorted(found) if not any(part in path for part in HIDDEN))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class FakeFiles:
    """The Files port over a folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        return self._folder.get(path)

    def write(self, path: str, content: bytes) -> None:
        self._folder[path] = content

    def remove(self, path: str) -> None:
        self._folder.pop(path, None)
        shutil.rmtree(self._folder.root / path, ignore_errors=True)

    def locate(self, path: str) -> str:
        return str(self._folder.root / path)


class MemoryCache:
    """The Cache port in memory; values go through JSON, as in the real one."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], bytes] = {}

    def get_many(self, namespace: str, keys: Iterable[str]) -> Mapping[str, Any]:
        found = ((key, self.values.get((namespace, key))) for key in keys)
        return {key: orjson.loads(data) for key, data in found if data is not None}

    def put_many(self, namespace: str, items: Mapping[str, Any]) -> None:
        self.values |= {(namespace, key): orjson.dumps(value) for key, value in items.items()}


class FakeClock:
    """A second passes with each look."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        self.time += 1
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class FakeSteps:
    """Scores a model as `act` measures it; `wrong` is what the environment lacks."""

    def __init__(self) -> None:
        self.wrong: tuple[str, ...] = ()
        self.gauged: list[str] = []
        self.figures: dict[str, dict[str, float]] = {}
        self.gpus = 0
        self.asked: Mapping[str, Any] = {}

    def score(self, params: str, model: str, environ: Mapping[str, str] | None = None) -> Mapping[str, float]:  # noqa: ARG002
        return measured(Path(model))

    def gauge(
        self, step: str, _params: str, _model: str, _environ: Mapping[str, str] | None = None
    ) -> Mapping[str, float]:
        self.gauged.append(step)
        return self.figures.get(step, {})

    def measure(self, asked: Mapping[str, Any]) -> Mapping[str, float | None]:
        self.asked = asked
        right = [a == b for a, b in zip(asked["truth"], asked["predicted"], strict=True)]
        return {name: sum(right) / len(right) for name in asked["metrics"]}

    def installed(self) -> Mapping[str, str]:
        return {"numpy": "2.1.0"}

    def mismatches(self, python: str, packages: Mapping[str, str]) -> tuple[str, ...]:  # noqa: ARG002
        return self.wrong

    def devices(self) -> int:
        return self.gpus


class FakeDeliveries:
    """Keeps what is sent; `broken` are channels' words that do not arrive."""

    def __init__(self) -> None:
        self.sent: list[Delivery] = []
        self.broken = False

    def send(self, delivery: Delivery) -> str:
        if self.broken:
            raise MlspecError("it was not answered")
        self.sent.append(delivery)
        return f"https://api.github.com/repos/ada/shop/issues/{len(self.sent)}" if delivery.receipt else ""


class FakeTelemetry:
    """Counts by place; a place without any does not answer."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.counts: dict[Place, Traffic] = {}
        self.services: dict[str, Service] = {}
        """by version"""
        self.recorded: list[Recorded] = []
        """what any server kept; nothing: it keeps none"""
        self.recorded_by: dict[str, list[Recorded]] = {}
        """the same by version"""
        self.answered: dict[str, Callable[[Mapping[str, Any]], Answer]] = {}
        """trial's version → what it answers to a row"""

    def traffic(self, running: Running, patience: float) -> Traffic:  # noqa: ARG002
        if running.place not in self.counts:
            raise MlspecError("it does not answer")
        return self.counts[running.place]

    def service(self, running: Running, patience: float) -> Service:  # noqa: ARG002
        if running.version not in self.services:
            raise MlspecError("it does not answer")
        return self.services[running.version]

    def requests(self, running: Running, patience: float, *, whole: bool = True) -> list[Recorded]:  # noqa: ARG002
        if running.version in self.recorded_by:
            return self.recorded_by[running.version]
        if not self.recorded:
            raise MlspecError("it keeps no such thing")
        return self.recorded

    def answers(self, endpoint: str, rows: Any, patience: float) -> Iterator[Answer]:  # noqa: ARG002
        return (self.answered[endpoint.removeprefix("trial://")](row) for row in rows)

    def predictions(self, running: Running, patience: float) -> Answered:  # noqa: ARG002
        return Answered(self.kept, (1, 2, 3))


class NothingAtHand:
    """The Contents port in a clone that has nothing but digests."""

    def behind(self, digest: str) -> bytes | None:  # noqa: ARG002
        return None

    def now(self, path: str) -> bytes | None:  # noqa: ARG002
        return None

    def code(self, commit: str, path: str) -> bytes | None:  # noqa: ARG002
        return None


class FakeEnvironments:
    """Says where an environment would be; `provided` lists which were asked for."""

    def __init__(self) -> None:
        self.provided: list[LockedEnvironment] = []
        self.requests: list[LockRequest] = []

    def provide(self, wanted: LockedEnvironment) -> Mapping[str, str]:
        self.provided.append(wanted)
        return {"PATH": f"/env/{wanted.lock}/bin"}

    def requirements(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{name}>=1" for name in needs)

    def resolve(self, request: LockRequest) -> str:
        self.requests.append(request)
        return "".join(f"{line.partition('>')[0]}==1.0\n" for line in request.packages)


class FakeSource:
    """A source with some text; where it has an `error` it does not answer, and it may be slow."""

    def __init__(self) -> None:
        self.text = "alcohol,cultivar\n13,1\n"
        self.error = ""
        self.missing: tuple[Lack, ...] = ()
        self.seconds = 0.0
        self.fetched = 0
        self.environ: Mapping[str, str] = {}

    def lacks(self) -> tuple[Lack, ...]:
        return self.missing

    def probe(self) -> Probe:
        time.sleep(self.seconds)
        self._answer()
        return Probe(self._fingerprint(), len(self.text))

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        self._answer()
        self.environ = environ
        self.fetched += 1
        Path(into).write_text(self.text)
        header, *rows = self.text.splitlines()
        columns = dict.fromkeys(header.split(","), "integer")
        md5 = hashlib.md5(self.text.encode()).hexdigest()
        return Table(len(rows), columns, len(self.text), md5, self._fingerprint(), str(sorted(rows)))

    def _fingerprint(self) -> str:
        return f"etag {hashlib.md5(self.text.encode()).hexdigest()}"

    def _answer(self) -> None:
        if self.error:
            raise MlspecError(self.error)


class FakePorts:
    """See mlspec.reconciler.ports.Ports. A clone of `origin`, where there is one; another `host` is another machine.

    Machines that share a `board` share leases.
    """

    def __init__(
        self, root: Path, *, origin: FakeOrigin | None = None, board: FakeBoard | None = None, host: str = "here"
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        folder = Folder(root)
        self.root = str(root)
        self.host = host
        self.fake = FakeGit(origin=origin)
        start = dict(self.fake.files)
        self.fake.files = folder  # type: ignore[assignment]
        folder.update(start)
        self.git = self.writer = self.fake
        self.files = FakeFiles(folder)
        self.pipeline = FakePipeline(root, act)
        self.cache = MemoryCache()
        self.specs = SpecReader(self.files, self.cache, "test", lambda: SpecCompiler("shop"))
        self.steps = FakeSteps()
        self.environments = FakeEnvironments()
        self.clock = FakeClock()
        self.telemetry = FakeTelemetry()
        self.deliveries = FakeDeliveries()
        self.process = FakeRuntime()
        self.alone = FakeLeases(host=host)
        self.lease = FakeLeases(board, host, self.fake)
        self.registry: dict[str, Image] = {}
        self.engines: dict[str, FakeEngine] = {}
        self.contents = NothingAtHand()
        self.jobs = 1
        self.silent: set[Site] = set()
        """sites whose engine does not answer"""
        self.sources: dict[str, FakeSource] = {}

    def tree(self, snapshot: Snapshot) -> WorkTree:
        return WorkTree(snapshot.blobs, self.files, self.cache)

    def runtime(self, site: Site, project: str) -> FakeRuntime:
        assert project == "shop"
        if site in self.silent:
            raise Unreachable(f"no engine answers at {site.context or 'here'}")
        return self.process if site == Site("process") else self.engine(site.context).runtime(site.target)

    def images(self, site: Site, project: str) -> FakeImages:
        assert (site.target != "process", project) == (True, "shop")
        if site in self.silent:
            raise Unreachable(f"no engine answers at {site.context or 'here'}")
        return self.engine(site.context).images

    def leases(self, *, shared: bool) -> FakeLeases:
        return self.lease if shared else self.alone

    def engine(self, context: str = "") -> FakeEngine:
        """The engine behind a context; all of them push to one registry."""
        return self.engines.setdefault(context, FakeEngine(self.registry))

    def source(self, ref: SourceRef) -> FakeSource:
        return self.sources.setdefault(ref.name, FakeSource())

    def is_here(self, site: Site) -> bool:
        return site.target == "process" or (site.target, site.context) == ("docker", "")


def act(root: Path, address: str, command: str) -> tuple[int, str]:
    """The stages of a model, as far as a test can see them.

    A model is its params and its data; `accuracy` is what `params.score` says; the param `verbose` leaves no trace.
    """
    file, _, stage = address.rpartition(":")
    folder = (root / file).parent
    params = yaml.load((folder / "params.yaml").read_text(), yaml.CSafeLoader)
    data = (root / params["data"]["source"]).read_bytes()
    if stage == "validate":
        if b"bad" in data:
            return 1, "column alcohol: bad is no number\n"
        (folder / "validation.json").write_text("{}\n")
    elif stage == "prepare":
        (folder / "prepared").mkdir()
        for part in ("train", "test"):
            (folder / "prepared" / f"{part}.csv").write_bytes(data)
    elif stage == "train":
        _train(folder, params["training"], data)
    elif stage == "profile":
        content = {"data": hashlib.sha256(data).hexdigest(), "bins": params["monitoring"]["bins"]}
        (folder / "profile.json").write_text(json.dumps(content))
    else:
        (folder / "metrics.json").write_text(json.dumps(measured(folder / "model")))
    return 0, f"{shlex.quote(command)} done\n"


def _train(folder: Path, training: Mapping[str, Any], data: bytes) -> None:
    (folder / "model").mkdir()
    seen = {name: value for name, value in training["params"].items() if name != "verbose"}
    content = {"params": seen, "target": training["target"], "data": hashlib.sha256(data).hexdigest()}
    (folder / "model" / "model.skops").write_text(json.dumps(content, sort_keys=True))
    output = {"name": training["target"], "type": "integer"}
    signature = {"task": "classification", "inputs": [{"name": "alcohol", "type": "number"}], "output": output}
    (folder / "model" / "signature.json").write_text(json.dumps(signature, sort_keys=True))


def measured(model: Path) -> dict[str, float]:
    """The metrics of a model that `act` trained."""
    content = json.loads((model / "model.skops").read_text())
    score = float(content["params"].get("score", 0.9))
    return {"accuracy": score, "roc_auc": score, "model_size": 1000.0}
