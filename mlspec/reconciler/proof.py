"""What proving a version found: each thing that was compared, as recorded and as found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

READ_BY: Final = "dvc.lock: "
"""In the subject of a finding: what dvc.lock says that the stages read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was compared. `what`: record, data, code, params, environment, artefact, training, metrics.

    `weighs`: whether a difference makes the version differ, or is only told.
    """

    what: str
    subject: str
    recorded: str
    found: str
    weighs: bool = True

    @property
    def same(self) -> bool:
        """Whether it is as recorded."""
        return self.recorded == self.found


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it. `compare`: exact, or metrics within a tolerance. `trained`: whether it came to a training."""

    model: str
    version: str
    commit: str
    compare: str
    trained: bool
    findings: tuple[Finding, ...]

    @property
    def differing(self) -> tuple[Finding, ...]:
        """What is not as recorded, and should be."""
        return tuple(item for item in self.findings if item.weighs and not item.same)

    @property
    def hint(self) -> str:
        """What may help: where other data was trained on, or where all is as recorded, and the result is not."""
        if other := [item.subject for item in self.differing if item.what == "data" and READ_BY in item.subject]:
            return (
                f"this version was trained from another `{other[0].partition(READ_BY)[2]}` than its commit holds: "
                f"`mlspec apply {self.model} --retrain` makes one of what is committed"
            )
        if self.trained and {item.what for item in self.differing} <= {"artefact", "metrics"} and self.differing:
            return (
                "the same data, code and packages gave another model: set all seeds (random_state), or declare "
                "`training.reproducible: metrics` and `evaluation.tolerance`"
            )
        return ""
