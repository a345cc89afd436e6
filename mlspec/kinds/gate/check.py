"""Checks of the training code, each a gate: it overfits a few rows, and falls to chance with shuffled labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines
from mlspec.kinds.gate._implied import Implied
from mlspec.kinds.gate._limits import within

if TYPE_CHECKING:
    from mlspec.spec.model import ModelSpec  # judging, in every plan, must not import pydantic

_NOTES: Final = {
    "overfit_one_batch": "the score on the rows that it was trained on",
    "label_shuffle": "the share of its skill that it keeps with shuffled labels",
}


class Check(Implied):
    """`checks: {overfit_one_batch: true, label_shuffle: true}`."""

    name = "check"

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        checks = spec.evaluation.checks
        limits: dict[str, dict[str, float]] = {}
        if checks.overfit_one_batch is not None:
            limits["overfit_one_batch"] = {"min": float(checks.overfit_one_batch.min)}
        if checks.label_shuffle is not None:
            limits["label_shuffle"] = {"max": float(checks.label_shuffle.max)}
        where = ("evaluation", "checks")
        return tuple(Gate(self.name, name, limit, "", line(*where, name)) for name, limit in limits.items())

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; a model that is no better than chance has no skill to lose."""
        value = evidence.findings.get("checks", {}).get(gate.metric)
        if value is None:
            return Verdict(gate.words, passed=True, note="NoSkill")
        return within(gate, value, _NOTES[gate.metric])

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        return gate.metric in evidence.findings.get("checks", {})


KIND: Final[GateKind] = Check()
