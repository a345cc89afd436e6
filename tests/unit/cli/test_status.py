"""What `status` says besides its table."""

from __future__ import annotations

from mlspec.cli.verbs.status import unwanted
from mlspec.domain.plan import Held, Plan
from mlspec.domain.reason import HeldReason


def test_what_runs_without_a_spec_is_said() -> None:
    left = Held("churn", "production", HeldReason.SPEC_REMOVED, "v0.1.0 still runs")
    gate = Held("fraud", "", HeldReason.GATE_FAILED, "recall")
    assert unwanted(Plan("head", "base", held=(left, gate))) == ["churn → production: v0.1.0 still runs"]
