"""The gate on slices against another version: no part of the test data may pay for the others' gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import compared, given, nobody

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec


class SliceAgainst:
    """`{metric: accuracy, slice: plan, against: production, max_drop: 0.05}`: each slice by itself."""

    name = "slice-against"
    need: Need = "other"
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.slice is None or spec.against in {None, "staleness"}:
            return None
        limits = given(spec, ("max_drop", "min_gain"))
        return Gate(self.name, spec.metric, limits, spec.against or "", line, slice=spec.slice)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; the slice that does worst against its limit is told."""
        other = evidence.other(gate.against)
        if other is None:
            return nobody(gate, evidence.metrics[gate.metric])
        ours, theirs = evidence.findings["slices"][gate.slice], other["slices"][gate.slice]
        both = [name for name in ours if gate.metric in ours[name] and gate.metric in theirs.get(name, {})]
        verdicts = {name: compared(gate, float(ours[name][gate.metric]), theirs[name]) for name in both}
        if not verdicts:
            return Verdict(gate.words, passed=True, note="TooFewRows")
        worst = min(verdicts, key=lambda name: _room(gate, verdicts[name]))
        found = verdicts[worst]
        note = f"{worst} ({ours[worst]['rows']:g} rows), {found.note}"
        return Verdict(found.gate, found.passed, found.value, found.limit, note)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind; another version was measured on rows that a record does not hold."""
        known = evidence.findings.get("slices", {}).get(gate.slice), evidence.findings.get("baseline")
        return gate.against == "baseline" and None not in known


def _room(gate: Gate, verdict: Verdict) -> float:
    """How far a value is on the right side of its limit."""
    assert verdict.value is not None
    assert verdict.limit is not None
    return gate.sign * (verdict.value - verdict.limit)


KIND: Final[GateKind] = SliceAgainst()
