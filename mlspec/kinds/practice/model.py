"""Tests for model development."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mlspec.kinds.practice import Case, Evidence, Practice, Section
from mlspec.spec.evaluation import GateSpec
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Path


class Model:
    """How the model came to be."""

    name = "model"
    title = "Model development"

    @property
    def practices(self) -> Sequence[Practice]:
        """See Section."""
        return (
            Practice("Model specs are reviewed and submitted", _reviewed, "ci.providers: [github]"),
            Practice("Offline and online metrics correlate", _online, "monitoring.performance"),
            Practice("All hyperparameters have been tuned", _tuned, "training.search"),
            Practice("The impact of model staleness is known", _stale, "evaluation.staleness"),
            Practice("A simpler model is not better", _simpler, "evaluation.baseline and a gate against it"),
            Practice("Model quality is sufficient on important data slices", _slices, "slices, and a gate on them"),
            Practice("The model is tested for considerations of inclusion", _inclusion, "a gate with max_gap"),
        )


def _reviewed(case: Case) -> Evidence | None:
    if case.project.ci.providers:
        forges = " and ".join(case.project.ci.providers)
        return Evidence(1.0, f"{forges} plans every change before it is merged", ("ci", "providers"), shared=True)
    return Evidence(0.5, "the spec is in git, and mlspec plan says what a change does", ("name",))


def _online(case: Case) -> Evidence | None:
    if case.model.monitoring is not None and case.model.monitoring.performance is not None:
        return Evidence(1.0, "late labels are joined with what was predicted", ("monitoring", "performance"))
    return None


def _tuned(case: Case) -> Evidence | None:
    search = case.model.training.search
    if search is None:
        return None
    return Evidence(1.0, f"a {search.method} search, with every trial recorded", ("training", "search"))


def _stale(case: Case) -> Evidence | None:
    if case.model.evaluation.staleness is not None:
        return Evidence(1.0, "older versions are scored on the new test data", ("evaluation", "staleness"))
    return None


def _simpler(case: Case) -> Evidence | None:
    for at, gate in _gates(case.model):
        if gate.against == "baseline":
            return Evidence(1.0, f"{gate.metric} is compared with the baseline's", at)
    if case.model.evaluation.baseline is not None:
        return Evidence(0.5, "the baseline is measured, and no gate compares", ("evaluation", "baseline"))
    return None


def _slices(case: Case) -> Evidence | None:
    for at, gate in _gates(case.model):
        if gate.slice is not None:
            return Evidence(1.0, f"{gate.metric} is judged by {gate.slice}", at)
    if case.model.evaluation.slices:
        return Evidence(0.5, "slices are measured, and no gate judges them", ("evaluation", "slices"))
    return None


def _inclusion(case: Case) -> Evidence | None:
    for at, gate in _gates(case.model):
        if gate.max_gap is not None:
            return Evidence(1.0, f"groups by {gate.slice} may differ by so much", at)
    return None


def _gates(model: ModelSpec) -> list[tuple[Path, GateSpec]]:
    return [(("evaluation", "gates", index), gate) for index, gate in enumerate(model.evaluation.gates)]


KIND: Final[Section] = Model()
