"""Gates on slices: each part of the test data within limits, not too far apart, not worse than another version's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import ROUNDING, given

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec

_LIMITS: Final = ("min", "max", "max_gap")
_SHOWN: Final = 5


class Slice:
    """`{metric: accuracy, slice: plan, min: 0.8}`, `{metric: recall, slice: sex, max_gap: 0.1}`.

    Slices with fewer rows than `min_rows` are named and not judged.
    """

    name = "slice"
    need: Need = ""
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.slice is None or spec.against is not None:
            return None
        return Gate(self.name, spec.metric, given(spec, _LIMITS), "", line, slice=spec.slice)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; of several limits, the first that is broken is told."""
        slices = evidence.findings["slices"][gate.slice]
        known = {name: float(found[gate.metric]) for name, found in slices.items() if gate.metric in found}
        left = _left(slices, known)
        if not known or (len(known) < 2 and "max_gap" in gate.limits):
            return Verdict(gate.words, passed=True, note=", ".join(["TooFewRows", *left]))
        verdicts = [_RULES[name](gate, known, slices, limit) for name, limit in gate.limits.items()]
        verdict = next((each for each in verdicts if not each.passed), verdicts[0])
        note = ", ".join([verdict.note, *left])
        return Verdict(verdict.gate, verdict.passed, verdict.value, verdict.limit, note)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        slices = evidence.findings.get("slices", {}).get(gate.slice)
        return slices is not None and gate.metric in evidence.metrics


def _left(slices: Mapping[str, Any], known: Mapping[str, float]) -> list[str]:
    """The slices that are not judged, with their rows."""
    small = [f"{name} ({found['rows']:g} rows)" for name, found in slices.items() if name not in known]
    more = [f"{len(small) - _SHOWN} more"] if len(small) > _SHOWN else []
    return [f"not judged: {', '.join(small[:_SHOWN] + more)}"] if small else []


def _least(gate: Gate, known: Mapping[str, float], slices: Mapping[str, Any], limit: float) -> Verdict:
    worst = min(known, key=known.__getitem__)
    below = [name for name in sorted(known, key=known.__getitem__) if not known[name] >= limit]
    return Verdict(gate.words, not below, known[worst], limit, _told(below or [worst], known, slices))


def _most(gate: Gate, known: Mapping[str, float], slices: Mapping[str, Any], limit: float) -> Verdict:
    worst = max(known, key=known.__getitem__)
    above = [name for name in sorted(known, key=known.__getitem__, reverse=True) if not known[name] <= limit]
    return Verdict(gate.words, not above, known[worst], limit, _told(above or [worst], known, slices))


def _gap(gate: Gate, known: Mapping[str, float], slices: Mapping[str, Any], limit: float) -> Verdict:
    least, most = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    gap = known[most] - known[least]
    return Verdict(gate.words, gap <= limit + ROUNDING, gap, limit, _told([least, most], known, slices))


def _told(names: list[str], known: Mapping[str, float], slices: Mapping[str, Any]) -> str:
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    shown = (f"{name} {known[name]:.4g} ({slices[name]['rows']:g} rows)" for name in names[:_SHOWN])
    return ", ".join([*shown, *more])


_RULES: Final = {"min": _least, "max": _most, "max_gap": _gap}

KIND: Final[GateKind] = Slice()
