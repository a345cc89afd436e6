"""The check that comes with `serving.format`: what is served answers as what was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines
from mlspec.kinds.gate._implied import Implied
from mlspec.kinds.gate._limits import within

if TYPE_CHECKING:
    from mlspec.spec.model import ModelSpec  # judging, in every plan, must not import pydantic

TOLERANCE: Final = 1e-5
"""How far an answer may be from that of the fitted model; another label is 1 off. Single precision is good to 1e-7, and
sums of many such numbers to some 1e-6."""


class Agreement(Implied):
    """`serving: {format: onnx}`: the test rows' answers are those of the fitted model."""

    name = "agreement"

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        wanted = spec.serving.format
        if wanted == "skops":
            return ()
        return (Gate(self.name, f"{wanted}_parity", {"max": TOLERANCE}, "", line("serving", "format")),)

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; a model that has no such form fails with the reason."""
        found = evidence.findings["agreement"]
        if "because" in found:
            return Verdict(gate.words, passed=False, note=str(found["because"]))
        return within(gate, float(found["difference"]), _told(found))

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        del gate
        return "agreement" in evidence.findings


def _told(found: dict[str, Any]) -> str:
    if "row" not in found:
        return f"{found['rows']} rows are the same"
    changed = " with a value missing" if found.get("missing") else ""
    changed = f" with a new category in {found['unseen']}" if "unseen" in found else changed
    fitted, served = (f"{who} {found[who]!r}" if who in found else f"{who} refuses" for who in ("fitted", "served"))
    return f"test row {found['row']}{changed}: {fitted}, {served}"


KIND: Final[GateKind] = Agreement()
