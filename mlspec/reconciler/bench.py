"""The bench that a candidate is measured on when it is judged: beside other versions, and as this machine finds it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.evidence import REPLAYED, Evidence, Findings, parted
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.domain.version import Version
from mlspec.errors import IntegrityError, MlspecError
from mlspec.kinds.gate import GateKind, Need
from mlspec.planner.judge import judge
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.provision import environment_of
from mlspec.reconciler.report import Silence

TRAINING = "training_seconds"
"""The figure of how long a training took."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures one model's candidate, and what it is compared with; nothing that no gate asks for."""

    ports: Ports
    history: ModelHistory
    model: DesiredModel
    kinds: Mapping[str, GateKind]

    @property
    def blueprint(self) -> Blueprint:
        """The model's blueprint."""
        return self.model.blueprint

    def judged(self, seconds: float) -> tuple[Evidence, tuple[Verdict, ...]]:
        """What was found, and the verdicts. A server that was too slow is measured once more: the machine may have been
        busy, and the better figures of two are nearer to the model's own."""
        metrics, findings = parted(self._found())
        measured = self._seconds(seconds) | self._gauge("cost") | self._gauge("parity") | self._gauge("load")
        evidence = Evidence(metrics, findings | self._replayed(), self._others(), measured)
        verdicts = judge(self.blueprint, self.kinds, evidence)
        if self._slow(verdicts):
            again = self._gauge("load")
            evidence = replace(
                evidence, measured={**measured, **{name: _better(name, measured, again) for name in again}}
            )
            verdicts = judge(self.blueprint, self.kinds, evidence)
        return evidence, verdicts

    def _found(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.ports.files.read(f"{self.blueprint.folder}/metrics.json") or b"{}")
        absent = [name for name in self.blueprint.metrics if name not in data]
        if absent:
            where = self.blueprint.where(self.blueprint.line)
            raise MlspecError(f"the evaluate stage did not measure `{absent[0]}`", where=where)
        return data

    def _against(self, need: Need) -> set[str]:
        """What the gates of some kind compare with; the baseline is measured where the model is evaluated."""
        names = {gate.against for gate in self.blueprint.gates if self.kinds[gate.kind].need == need}
        return names - {"", "baseline"}

    def _needs(self, need: Need) -> bool:
        return any(self.kinds[gate.kind].need == need for gate in self.blueprint.gates)

    def _slow(self, verdicts: tuple[Verdict, ...]) -> bool:
        pairs = zip(self.blueprint.gates, verdicts, strict=True)
        return any(not verdict.passed and self.kinds[gate.kind].need == "load" for gate, verdict in pairs)

    def _gauge(self, step: Need, model: str = "") -> dict[str, float]:
        """Figures by one of the steps, where a gate needs them."""
        if not self._needs(step):
            return {}
        folder = self.blueprint.folder
        environ = environment_of(self.ports, self.model, Silence())
        return dict(self.ports.steps.gauge(step, f"{folder}/params.yaml", model or self.blueprint.bundle, environ))

    def _seconds(self, seconds: float) -> dict[str, float]:
        """How long the training took: this time, or when it was run."""
        if seconds >= 0:
            return {TRAINING: seconds}
        trainings = [item.measured for item in self.history.trainings if item.train == self.model.train]
        known = [measured[TRAINING] for measured in trainings if TRAINING in measured]
        return {TRAINING: known[-1]} if known else {}

    def _others(self) -> dict[str, Findings]:
        """What gates compare with, measured again on this candidate's own test split and on this machine."""
        scored, loaded = self._against("other"), self._against("load")
        found: dict[str, Findings] = {}
        for name in sorted(scored | loaded):
            version = Version.parse(name) if "." in name else self.history.stages.get(name)
            if version is not None and version in self.history.versions:
                with self._gate(name):
                    found[name] = self._measured(version, scored=name in scored, loaded=name in loaded)
        return found

    @contextmanager
    def _gate(self, against: str) -> Iterator[None]:
        """What goes wrong within is about the first gate that compares with this; the message alone names no line."""
        try:
            yield
        except MlspecError as error:
            line = next(gate.line for gate in self.blueprint.gates if gate.against == against)
            error.where = error.where or self.blueprint.where(line)
            raise

    def _replayed(self) -> dict[str, Findings]:
        """The last registered versions on the new test data; one that can't be measured on it has no metrics."""
        wanted = [subject.value for subject in self.blueprint.evaluate if subject.name == REPLAYED]
        count = wanted[0]["versions"] if wanted and isinstance(wanted[0], Mapping) else 0
        versions = sorted(self.history.versions)[-int(str(count)) :] if count else []
        table = {str(version): self._aged(version) for version in versions}
        return {"staleness": table} if table else {}

    def _aged(self, version: Version) -> dict[str, float]:
        try:
            found = self._measured(version, scored=True, loaded=False)
        except IntegrityError:
            raise
        except MlspecError:  # other columns, or bytes that nobody has any more: no reason to hold the new one
            return {}
        return {name: found[name] for name in self.blueprint.metrics if name in found}

    def _measured(self, version: Version, *, scored: bool, loaded: bool) -> Findings:
        with TemporaryDirectory(prefix="mlspec-baseline-") as folder:
            model = f"{folder}/model"
            self.ports.pipeline.materialise(self.history.versions[version].artefact, model)
            found = dict(self._score(model)) if scored else {}
            return found | (self._gauge("load", model) if loaded else {})

    def _score(self, model: str) -> Findings:
        environ = environment_of(self.ports, self.model, Silence())
        return self.ports.steps.score(f"{self.blueprint.folder}/params.yaml", model, environ)


def _better(name: str, one: Mapping[str, float], other: Mapping[str, float]) -> float:
    pick = max if METRICS[name].higher else min
    return pick(one[name], other[name])
