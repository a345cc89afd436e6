"""The gate against the model's own past: registered versions, replayed on the new test data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.domain.version import Version
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import ROUNDING, compared, given, nobody

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec


class Staleness:
    """`{metric: accuracy, against: staleness, max_drop: 0.01}`: against the best of the replayed versions.

    `max_decay` is how much worse, for each version of age, the oldest one may be than the new one: a model whose
    versions decay faster should be trained more often than it is.
    """

    name = "staleness"
    need: Need = "staleness"
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against != "staleness":
            return None
        return Gate(self.name, spec.metric, given(spec, ("max_drop", "min_gain", "max_decay")), spec.against, line)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; versions that can't be measured on the new data are not judged."""
        value, known = evidence.metrics[gate.metric], _known(gate, evidence)
        if not known:
            return nobody(gate, value)
        if "max_decay" in gate.limits:
            return _decay(gate, value, known)
        best = max(known, key=lambda version: gate.sign * known[version])
        verdict = compared(gate, value, {gate.metric: known[best]})
        note = f"best of {len(known)}: {best} {known[best]:.4g}"
        return Verdict(verdict.gate, verdict.passed, verdict.value, verdict.limit, note)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        return bool(_known(gate, evidence)) and gate.metric in evidence.metrics


def _known(gate: Gate, evidence: Evidence) -> dict[str, float]:
    """Version → its value on the new test data, the oldest first."""
    table = evidence.findings.get("staleness", {})
    versions = sorted((version for version in table if gate.metric in table[version]), key=Version.parse)
    return {version: float(table[version][gate.metric]) for version in versions}


def _decay(gate: Gate, value: float, known: dict[str, float]) -> Verdict:
    """What each version of age costs: the distance to the oldest one, over the number of versions in between."""
    oldest, theirs = next(iter(known.items()))
    decay, limit = gate.sign * (value - theirs) / len(known), gate.limits["max_decay"]
    note = f"{oldest} {theirs:.4g}, {len(known)} version{'s' * (len(known) > 1)} ago, now {value:.4g}"
    return Verdict(gate.words, decay <= limit + ROUNDING, decay, limit, note)


KIND: Final[GateKind] = Staleness()
