"""Reading blueprints and a project's facts back from JSON, as caches keep them."""

from __future__ import annotations

from typing import Any

from mlspec.domain.compute import Compute
from mlspec.domain.desired import (
    Blueprint,
    DesiredDeployment,
    FileRef,
    Gate,
    ProjectFacts,
    SharedStage,
    Site,
    Subject,
    Tracking,
)
from mlspec.domain.drift import DriftCheck, LateLabels, MetricLimit, Monitoring
from mlspec.domain.notice import Channel
from mlspec.domain.reason import ReasonKind
from mlspec.domain.replay import Replay
from mlspec.domain.retrain import RetrainPolicy
from mlspec.domain.service import Bake, CanaryPolicy
from mlspec.domain.sources import DatedSource, SourceRef


def blueprint_from_json(data: dict[str, Any]) -> Blueprint:
    """What a JSON encoder made of a Blueprint; KeyError, TypeError or ValueError where it is something else."""
    lock = data["lock"]
    return Blueprint(
        **{
            **data,
            "subjects": tuple(map(_subject, data["subjects"])),
            "files": tuple(map(_file, data["files"])),
            "lock": _file(lock) if lock else None,
            "evaluate": tuple(map(_subject, data["evaluate"])),
            "metrics": tuple(data["metrics"]),
            "gates": tuple(Gate(**gate) for gate in data["gates"]),
            "describe": tuple(map(_subject, data["describe"])),
            "deployments": tuple(map(_deployment, data["deployments"])),
            "trust": tuple(data["trust"]),
            "image": tuple(map(_subject, data["image"])),
            "content": tuple(map(_file, data["content"])),
            "stages": tuple(data["stages"]),
            "outs": tuple(data["outs"]),
            "kept": tuple(data["kept"]),
            "compute": Compute(**data["compute"]),
            "sources": tuple(SourceRef(**(item | {"deps": tuple(item["deps"])})) for item in data["sources"]),
            "dated": tuple(DatedSource(**item) for item in data["dated"]),
            "monitoring": _monitoring(data.get("monitoring")),
            "judged_by": tuple(map(_file, data.get("judged_by", ()))),
            "mentioned": tuple(map(_subject, data.get("mentioned", ()))),
            "retrain": _retrain(data["retrain"]),
            "needs": tuple(data["needs"]),
            "packages": tuple(data["packages"]),
            "shared": _shared(data.get("shared")),
        }
    )


def project_from_json(data: dict[str, Any]) -> ProjectFacts:
    """What a JSON encoder made of ProjectFacts; KeyError or TypeError where it is something else."""
    sites = {name: Site(**site) for name, site in data["sites"].items()}
    channels = tuple(Channel(**(item | {"when": tuple(item["when"])})) for item in data["channels"])
    tracking = data.get("tracking")
    told = {"channels": channels, "tracking": Tracking(**tracking) if tracking else None}
    return ProjectFacts(**(data | {"sites": sites, "withdrawn": tuple(data["withdrawn"])} | told))


def _shared(item: dict[str, Any] | None) -> SharedStage | None:
    return SharedStage(**(item | {"outs": tuple(item["outs"])})) if item else None


def _monitoring(item: dict[str, Any] | None) -> Monitoring | None:
    if item is None:
        return None
    return Monitoring(**(item | {"checks": tuple(map(_check, item["checks"])), "labels": _labels(item["labels"])}))


def _labels(item: dict[str, Any] | None) -> LateLabels | None:
    if item is None:
        return None
    return LateLabels(**(item | {"metrics": tuple(MetricLimit(**each) for each in item["metrics"])}))


def _check(item: dict[str, Any]) -> DriftCheck:
    features = item["features"]
    return DriftCheck(**(item | {"features": None if features is None else tuple(features)}))


def _subject(item: dict[str, Any]) -> Subject:
    return Subject(item["name"], ReasonKind(item["kind"]), item["value"], item["line"], item.get("origin", ""))


def _retrain(item: dict[str, Any] | None) -> RetrainPolicy | None:
    return RetrainPolicy(**{**item, "when": tuple(item["when"])}) if item else None


def _deployment(item: dict[str, Any]) -> DesiredDeployment:
    bake = Bake(**item["bake"]) if item["bake"] else None
    replay = Replay(**item["replay"]) if item["replay"] else None
    beside = {name: _beside(item[name]) for name in ("shadow", "canary")}
    watched = {"bake": bake, "replay": replay, **beside}
    return DesiredDeployment(**{**item, "approvers": tuple(item["approvers"]), **watched})


def _beside(item: dict[str, Any] | None) -> CanaryPolicy | None:
    if not item:
        return None
    return CanaryPolicy(**{**item, "paired": Replay(**item["paired"]) if item["paired"] else None})


def _file(item: dict[str, Any]) -> FileRef:
    return FileRef(**(item | {"kind": ReasonKind(item["kind"])}))
