"""The check that the server answers what the evaluation predicted, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._implied import Implied

if TYPE_CHECKING:
    from mlspec.spec.model import ModelSpec  # judging, in every plan, must not import pydantic


class Parity(Implied):
    """`checks: {serving_parity: true}`: every test row's answer is that of the evaluation."""

    name = "parity"
    need: Need = "parity"

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        if not spec.evaluation.checks.serving_parity:
            return ()
        where = line("evaluation", "checks", "serving_parity")
        return (Gate(self.name, "serving_parity", {"min": 1.0}, "", where),)

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; the share of the rows that are the same."""
        rows, same = evidence.measured["parity_rows"], evidence.measured["parity_same"]
        return Verdict(gate.words, same == rows, same / rows, 1.0, f"{same:g} of {rows:g} rows are the same")

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        del gate, evidence
        return False


KIND: Final[GateKind] = Parity()
