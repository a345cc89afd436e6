"""Stages: each file is one kind of stage of a model's DVC pipeline. Pure."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mlspec.domain.digest import JSON
from mlspec.kinds.registry import discover
from mlspec.spec.model import ModelSpec


@dataclass(frozen=True, slots=True)
class StageDef:
    """One stage; all paths are relative to the repository's root, where the command runs.

    `params` maps a params file to the sections of it that count. `outs` are kept by DVC; `plain` and `metrics` are
    small and kept by git.
    """

    name: str
    cmd: str
    deps: tuple[str, ...] = ()
    params: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outs: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    """small, kept by git: path → how DVC draws it (`x`, `y`, `template`)"""

    @property
    def kept(self) -> tuple[str, ...]:
        """The outputs that git keeps."""
        return (*self.plain, *self.metrics, *self.plots)


class Stage(Protocol):
    """A kind of stage. `order` sorts the stages of a model by what needs what."""

    @property
    def name(self) -> str:
        """The stage's name in dvc.yaml."""
        ...

    @property
    def order(self) -> int:
        """Its place among the others, in steps of 10."""
        ...

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """The stage of a model whose files are in `folder`; None where the model has no such stage."""
        ...


def stages(model: ModelSpec, folder: str) -> tuple[StageDef, ...]:
    """All stages of a model, in order."""
    kinds = sorted(discover(__name__, Stage).values(), key=lambda kind: kind.order)
    return tuple(stage for kind in kinds if (stage := kind.build(model, folder)))


def step(verb: str, folder: str) -> str:
    """The command of a step of mlspec's own."""
    return f"python -m mlspec.steps {verb} {shlex.quote(params_path(folder))}"


def params_path(folder: str) -> str:
    """The params file of a model."""
    return posixpath.join(folder, "params.yaml")


def bundle_path(model: ModelSpec, folder: str) -> str:
    """The folder of what is registered and served: the fitted model's own, or that of its export."""
    return posixpath.join(folder, "model" if model.serving.format == "skops" else model.serving.format)


def source_path(model: ModelSpec) -> str:
    """The table that is checked and parted: what a features command writes, else the one source."""
    features = model.features
    return features.outs[0] if features and features.command else model.data.sources[0].path
