"""A model's stages, run one at a time: in the environment of its lock, under its limits, with their output in logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mlspec.domain.desired import DesiredModel
from mlspec.errors import StageFailed
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.blaming import blamed
from mlspec.reconciler.limits import stage_limits
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.report import Report

WARNING: Final = "warning: "
"""How a step begins a line that nobody should miss."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the stages of one model; `spare` trials of a search may run at a time, in the environment of `environ`."""

    ports: Ports
    model: DesiredModel
    report: Report
    spare: int
    environ: Mapping[str, str]

    def run(self, stage: str, *, force: bool, folder: str = "") -> StageRun:
        """Run a stage, whether it has to or not with `force`; `folder` has it where the model's own has not.

        StageFailed, MlspecError.
        """
        name, files = self.model.name, self.ports.files
        self.report.stage(name, stage, None)
        path, file = f".mlspec/logs/{name}/{stage}.log", f"{folder or self.model.blueprint.folder}/dvc.yaml"
        limits = replace(stage_limits(self.model.blueprint, stage, self.spare), environ=self.environ)
        try:
            run = self.ports.pipeline.run(file, stage, force=force, log=files.locate(path), limits=limits)
        except StageFailed as error:
            error.where = error.where or blamed(error.details, self.model.blueprint)
            raise
        self.report.stage(name, stage, run.seconds if run.ran else -1.0)
        if run.ran:
            for line in (files.read(path) or b"").decode(errors="replace").splitlines():
                if line.startswith(WARNING):
                    self.report.note(f"{name}: {line}")
        return run
