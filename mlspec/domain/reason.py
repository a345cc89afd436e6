"""Reasons: why an action is planned, and why one is held. The words are stable and listed in the docs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mlspec.domain.digest import JSON


class ReasonKind(StrEnum):
    """Why something is to be done."""

    NEVER_TRAINED = "NeverTrained"
    DATA_CHANGED = "DataChanged"
    CODE_CHANGED = "CodeChanged"
    PARAM_CHANGED = "ParamChanged"
    SPEC_CHANGED = "SpecChanged"
    ENVIRONMENT_CHANGED = "EnvironmentChanged"
    FORMAT_CHANGED = "FormatChanged"
    EVALUATION_CHANGED = "EvaluationChanged"
    DESCRIPTION_CHANGED = "DescriptionChanged"
    TAG_MISSING = "TagMissing"
    FILE_MISSING = "FileMissing"
    FILE_STALE = "FileStale"
    FILE_UNCOMMITTED = "FileUncommitted"
    FILE_ORPHANED = "FileOrphaned"
    NEW_VERSION = "NewVersion"
    NOTHING_RUNNING = "NothingRunning"
    VERSION_CHANGED = "VersionChanged"
    SERVING_CHANGED = "ServingChanged"
    REPLICAS_CHANGED = "ReplicasChanged"
    NOT_HEALTHY = "NotHealthy"
    ARTEFACT_DIFFERS = "ArtefactDiffers"
    IMAGE_MISSING = "ImageMissing"
    DRIFTED = "Drifted"
    SPEC_REMOVED = "SpecRemoved"
    REQUESTED = "Requested"
    NEVER_FETCHED = "NeverFetched"
    SOURCE_CHANGED = "SourceChanged"
    SOURCE_STALE = "SourceStale"
    MONITORING_CHANGED = "MonitoringChanged"
    AGE_PASSED = "AgePassed"
    SCHEDULE_DUE = "ScheduleDue"
    DRIFT_FOUND = "DriftFound"
    PERFORMANCE_LOW = "PerformanceLow"
    SLO_BREACHED = "SloBreached"
    RENAMED = "Renamed"
    REPLAY_ASKED = "ReplayAsked"
    CANARY_UNWANTED = "CanaryUnwanted"


FORMAT: Final = "serving.format"
"""The subject of the served file's format, which is not named where it is the usual one."""
USUAL_FORMAT: Final = "skops"

AFTERWARDS: Final = frozenset({
    ReasonKind.FORMAT_CHANGED,
    ReasonKind.EVALUATION_CHANGED,
    ReasonKind.MONITORING_CHANGED,
})  # fmt: skip
"""What only stages after the training have to do with: nothing is fitted again for it."""

ONCE_MORE: Final = frozenset({
    ReasonKind.AGE_PASSED,
    ReasonKind.SCHEDULE_DUE,
    ReasonKind.REQUESTED,
})  # fmt: skip
"""Why a model is trained although the same was trained before"""


class HeldReason(StrEnum):
    """Why something is not done."""

    GATE_FAILED = "GateFailed"
    WAITING_FOR_APPROVAL = "WaitingForApproval"
    WAITING_FOR_ENVIRONMENT = "WaitingForEnvironment"
    NOT_OBSERVED = "NotObserved"
    TARGET_NOT_HERE = "TargetNotHere"
    HAND_EDITED = "HandEdited"
    ROLLOUT_FAILED = "RolloutFailed"
    SPEC_REMOVED = "SpecRemoved"
    NOT_DEFAULT_BRANCH = "NotDefaultBranch"
    ROLLED_BACK = "RolledBack"
    SUSPENDED = "Suspended"
    SOAKING = "Soaking"
    NOT_AUTOMATIC = "NotAutomatic"
    COOLDOWN = "Cooldown"
    TRAINING_FAILED = "TrainingFailed"
    NO_NEW_DATA = "NoNewData"
    SLO_BREACHED = "SloBreached"
    NOT_APPROVED = "NotApproved"
    STILL_FRESH = "StillFresh"
    SHADOW = "Shadow"
    CANARY = "Canary"
    STALE_DATA = "StaleData"


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause: the subject that changed, its old and new value, and the `file:line` to look at.

    `details` say more where both contents are at hand: `train() changed (src/fit.py:12)`. They are no part of what a
    plan is known by, for another clone may have less at hand.
    """

    kind: ReasonKind
    subject: str
    old: JSON = None
    new: JSON = None
    where: str = ""
    details: tuple[str, ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, JSON]:
        """One entry of `because`; `details` only where there are some."""
        found: dict[str, JSON] = {"kind": self.kind, "subject": self.subject, "old": self.old, "new": self.new}
        return found | {"where": self.where} | ({"details": list(self.details)} if self.details else {})
