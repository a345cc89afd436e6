"""A project on fakes, used as a person would: edit, commit, plan, apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.git import FakeOrigin
from fakes.images import FakeImages
from fakes.leases import FakeBoard
from fakes.ports import FakePorts
from fakes.runtime import FakeRuntime
from fakes.wanted import GATES, SPEC, shown

from mlspec.domain.actual import ModelHistory, Place
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.reason import HeldReason
from mlspec.planner.plan import Selection, make_plan
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.apply import Applier
from mlspec.reconciler.guard import recorded
from mlspec.reconciler.report import Silence
from mlspec.reconciler.safety import refuse_unsafe
from mlspec.reconciler.world import World, observe

PLACE = Place("production", "wine")
SCORE = SPEC.replace("    max_depth: 8\n", "    max_depth: 8\n    score: 0.9\n    verbose: 0\n")
"""A spec that says how accurate the model is to be, and something that leaves no trace in it."""


CONTAINERS = "apiVersion: mlspec/v1\nkind: Project\nenvironments:\n  production: {target: docker}\n"
"""A project whose only environment is containers on this machine's engine."""
REGISTRY = f"{CONTAINERS}registry: {{images: registry.example:5000/shop}}\n"


class Shop:
    """One clone and its machine. `text` is the spec of wine as it stands."""

    def __init__(self, root: Path, spec: str = SPEC, project: str = "", **options: Any) -> None:
        self.ports = FakePorts(root, **options)
        self.git = self.ports.fake
        self.text = spec
        if "specs/wine.yaml" not in self.git.files:
            files = {"data/wine.csv": "alcohol,cultivar\n13,1\n", "specs/wine.yaml": spec}
            self.commit(files | ({"specs/project.yaml": project} if project else {}))

    def commit(self, files: dict[str, str]) -> None:
        """Write files and commit everything."""
        self.git.files.update(files)  # type: ignore[arg-type]
        self.git.commit_all("edit")

    def edit(self, old: str, new: str) -> None:
        """Edit the spec and commit."""
        assert old in self.text
        self.text = self.text.replace(old, new)
        self.commit({"specs/wine.yaml": self.text})

    def look(self) -> tuple[World, Plan]:
        """Observe and plan."""
        world = observe(self.ports)
        return world, make_plan(world.desired, world.actual, GATES, Selection())

    def plan(self) -> list[str]:
        """The plan, shortly."""
        return shown(self.look()[1])

    def apply(self, *, push: bool = False, rollback: RollbackRequest | None = None, **options: Any) -> list[Outcome]:
        """Plan and apply; or go back."""
        world, plan = self.look()
        if rollback is not None:
            plan = make_plan(
                world.desired, world.actual, GATES, Selection(("wine",), rollback.environment, rollback=rollback)
            )
        refuse_unsafe(plan, world)
        others = recorded(world, self.git, push=push)
        return list(Applier(self.ports, world, GATES, Silence(), push=push, recorded=others, **options).run(plan))

    def run(self) -> list[str]:
        """Plan and apply: each outcome as `status action`."""
        return [f"{outcome.status} {outcome.action.action}" for outcome in self.apply()]

    @property
    def history(self) -> ModelHistory:
        """What git remembers of wine."""
        return observe(self.ports).actual.models["wine"]

    @property
    def tags(self) -> list[str]:
        """All tags' names."""
        return [tag.name for tag in self.git.tags()]

    @property
    def trainings(self) -> int:
        """How often a train stage ran."""
        return sum(address.endswith(":train") for address in self.ports.pipeline.ran)

    @property
    def runtime(self) -> FakeRuntime:
        """What runs production, as the project's spec has it now."""
        sites = observe(self.ports).bundle.project.sites
        return self.ports.runtime(sites["production"], "shop")

    @property
    def images(self) -> FakeImages:
        """The images of this machine's engine."""
        return self.ports.engine().images

    def serves(self) -> str:
        """The version that runs in production."""
        found = self.runtime.running.get(PLACE)
        return found.version if found else ""


def pair(folder: Path, project: str = "") -> tuple[Shop, Shop]:
    """Ada's clone and ben's, after v0.1.0 was trained, deployed and published by ada; both reach what runs."""
    board = FakeBoard()
    ada = Shop(folder / "ada", SCORE, project, origin=FakeOrigin(), board=board, host="ada")
    ada.apply(push=True)
    ben = Shop(folder / "ben", SCORE, project, origin=ada.git.origin, board=board, host="ben")
    ben.git.fetch()
    ben.ports.process, ben.ports.engines = ada.ports.process, ada.ports.engines
    return ada, ben


def is_trained(plan: Plan, model: str) -> bool:
    """Whether a plan trains a model."""
    return any(action.action is ActionKind.TRAIN and action.model == model for action in plan.actions)


def is_refused(plan: Plan, model: str) -> bool:
    """Whether a plan holds a model because its gates failed."""
    return any(held.reason is HeldReason.GATE_FAILED and held.model == model for held in plan.held)
