"""Spec → blueprint: everything that a spec's text decides about one model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mlspec.compiler.blobs import blob_id
from mlspec.compiler.judged import evaluated, gates, judged_by, ruled
from mlspec.compiler.parts import content, parts
from mlspec.compiler.unwatched import mentioned
from mlspec.compiler.watching import canary, late_labels, replay, shadow, watched
from mlspec.domain.compute import Compute
from mlspec.domain.desired import Blueprint, DesiredDeployment, FileRef, SharedStage, Subject
from mlspec.domain.digest import JSON, digest
from mlspec.domain.drift import DriftCheck, Monitoring
from mlspec.domain.needs import ONNX, STEPS
from mlspec.domain.reason import ReasonKind
from mlspec.domain.retrain import RetrainPolicy
from mlspec.domain.service import Bake
from mlspec.domain.shared import shared_folder
from mlspec.domain.sources import DatedSource, SourceRef
from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.registry import discover
from mlspec.kinds.source import SourceKind
from mlspec.kinds.stage import stages
from mlspec.kinds.stage.features import shared_stage
from mlspec.kinds.target import Target
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.features import SharedFeatures
from mlspec.spec.load import LoadedModel
from mlspec.spec.model import DeploySpec, ModelSpec
from mlspec.spec.project import ProjectSpec
from mlspec.spec.sources import SourceSpec


def blueprint(loaded: LoadedModel, project: ProjectSpec, generated: Mapping[str, bytes]) -> Blueprint:
    """The model's blueprint; `generated` are the files that compile would write for it."""
    spec, line = loaded.spec, _lines(loaded)
    folder = f"{project.layout.models}/{spec.name}"
    triggers = discover("mlspec.kinds.trigger", TriggerKind).values()
    inputs = [item for kind in triggers for item in kind.inputs(spec, line)]
    own, steps = f"{folder}/", stages(spec, folder)
    files = tuple(item for item in inputs if isinstance(item, FileRef))
    deployments = tuple(_deployment(spec, project, name, deploy, line) for name, deploy in spec.deploy.items())
    containers = any("image" in item.serve for item in deployments)
    return Blueprint(
        name=spec.name,
        path=loaded.path,
        line=line("name"),
        folder=folder,
        first=spec.version,
        subjects=tuple(item for item in inputs if isinstance(item, Subject)),
        # What the pipeline itself makes is no input: its own inputs are already counted.
        files=tuple(item for item in files if not item.path.startswith(own)),
        lock=_lock(spec, line),
        python=spec.training.environment.python or "",
        evaluate=tuple(evaluated(spec, line)),
        metrics=spec.evaluation.metrics,
        gates=tuple(gates(spec, line)),
        describe=tuple(_describe(spec, line)),
        deployments=deployments,
        trust=spec.serving.trust,
        image=tuple(parts(spec, folder, generated, line)) if containers else (),
        content=tuple(content(spec, line)) if containers else (),
        stages=tuple(stage.name for stage in steps),
        outs=(*spec.training.outs, *_feature_outs(spec)),
        generated={path: blob_id(content) for path, content in generated.items()},
        compute=_compute(spec, line),
        retrain=_retrain(spec, line),
        was=spec.was or "",
        kept=tuple(path for stage in steps for path in stage.kept),
        sources=tuple(_sources(spec, line)),
        dated=tuple(_dated(spec, line)),
        monitoring=_monitoring(spec, line),
        needs=ONNX if spec.serving.format == "onnx" else STEPS,
        requirements=spec.training.environment.requirements or "",
        packages=spec.training.environment.packages,
        judged_by=tuple(judged_by(spec, line)),
        rules=dict(ruled(spec, line)),
        mentioned=tuple(item for item in mentioned(spec, files, line) if not str(item.value).startswith(own)),
        reproducible=spec.training.reproducible,
        tolerance=spec.evaluation.tolerance or 0.0,
        shared=_shared(loaded, project),
        format=spec.serving.format,
    )


def _feature_outs(spec: ModelSpec) -> tuple[str, ...]:
    """What the model's own features command writes; what is shared is everybody's."""
    features = spec.features
    return features.outs if features is not None and not isinstance(features, SharedFeatures) else ()


def _lines(loaded: LoadedModel) -> Lines:
    """The line of a field, else that of the nearest one around it."""

    def line(*path: str | int) -> int:
        positions = loaded.positions
        if loaded.shared is not None and path[:1] == ("features",):
            # what models share stands in a document of its own
            positions, path = loaded.shared.positions, path[1:]
        while path and path not in positions:
            path = path[:-1]
        return positions[path][0] if path else 1

    return line


def _shared(loaded: LoadedModel, project: ProjectSpec) -> SharedStage | None:
    """Who reads the specs adds the document's blob."""
    shared, stage = loaded.shared, shared_stage(loaded.spec.features)
    if shared is None:
        return None
    folder = shared_folder(project.layout.models, shared.spec.name) if stage else ""
    return SharedStage(shared.path, "", folder, stage.outs if stage else ())


def _sources(spec: ModelSpec, line: Lines) -> Iterator[SourceRef]:
    kinds = discover("mlspec.kinds.source", SourceKind).values()
    for source, where, origin in _declared(spec, line):
        found = (kind.fetched(source, where) for kind in kinds)
        yield from (replace(ref, origin=origin) for ref in found if ref is not None)


def _dated(spec: ModelSpec, line: Lines) -> Iterator[DatedSource]:
    kinds = discover("mlspec.kinds.source", SourceKind).values()
    for source, where, origin in _declared(spec, line):
        found = (kind.dated(source, where) for kind in kinds)
        yield from (replace(item, origin=origin) for item in found if item is not None)


def _declared(spec: ModelSpec, line: Lines) -> Iterator[tuple[SourceSpec, int, str]]:
    """The model's own sources, and those of the features that it shares: line, and document where another."""
    places = [("data", spec.data.sources, "")]
    if isinstance(spec.features, SharedFeatures):
        places.append(("features", spec.features.sources, spec.features.origin))
    for section, sources, origin in places:
        yield from ((source, line(section, "sources", index), origin) for index, source in enumerate(sources))


def _lock(spec: ModelSpec, line: Lines) -> FileRef | None:
    path = spec.training.environment.lock
    where = line("training", "environment", "lock")
    return FileRef(path, ReasonKind.ENVIRONMENT_CHANGED, where) if path else None


def _retrain(spec: ModelSpec, line: Lines) -> RetrainPolicy | None:
    said = spec.retrain
    if said is None:
        return None
    return RetrainPolicy(
        when=said.when,
        max_age=said.max_age or 0.0,
        schedule=said.schedule or "",
        cooldown=said.cooldown or 0.0,
        max_failures=said.max_failures or 0,
        lines={name: line("retrain", name) for name in sorted(said.model_fields_set)},
    )


def _compute(spec: ModelSpec, line: Lines) -> Compute:
    asked = spec.training.compute
    lines = {name: line("training", "compute", name) for name in sorted(asked.model_fields_set)}
    return Compute(asked.cpu, asked.memory, asked.gpu, asked.timeout, asked.budget, lines)


def _monitoring(spec: ModelSpec, line: Lines) -> Monitoring | None:
    """What is watched; whether a plan has to know of it is for `retrain` to say."""
    monitoring = spec.monitoring
    if monitoring is None:
        return None
    kinds = discover("mlspec.kinds.drift", MeasureKind)
    checks = (
        DriftCheck(
            features=None if check.features == "all" else check.features,
            predictions=check.predictions,
            test=check.test,
            max=kinds[check.test].usual if check.max is None else check.max,
            window=check.window,
            min_rows=check.min_rows,
            significance=check.significance,
            line=line("monitoring", "drift", index),
        )
        for index, check in enumerate(monitoring.drift)
    )
    decisive = spec.retrain is not None and not {"drift", "performance"}.isdisjoint(spec.retrain.when)
    labels, where = late_labels(spec, line), line("monitoring")
    return Monitoring(digest(monitoring.profile.model_dump()), tuple(checks), decisive, where, labels)


def _describe(spec: ModelSpec, line: Lines) -> Iterator[Subject]:
    kind = ReasonKind.DESCRIPTION_CHANGED
    yield Subject("description", kind, spec.description, line("description"))
    yield Subject("owners", kind, list(spec.owners), line("owners"))


def _deployment(spec: ModelSpec, project: ProjectSpec, name: str, deploy: DeploySpec, line: Lines) -> DesiredDeployment:
    environment = project.environments[name]
    policy = deploy.promote or environment.promote
    target = discover("mlspec.kinds.target", Target)[environment.target]
    serve = _common(spec, deploy) | dict(target.settings(spec, environment))
    return DesiredDeployment(
        environment=name,
        target=environment.target,
        source=deploy.from_ or "",
        promote=policy.word,
        replicas=deploy.replicas,
        port=deploy.port,
        serve=serve,
        line=line("deploy", name),
        lines={key: _line(key, name, line) for key in serve},
        soak=policy.after.soak if policy.after else 0.0,
        approvers=policy.approvals,
        bake=_bake(deploy, lambda *at: line("deploy", name, "bake", *at)),
        replay=replay(spec, name, line),
        shadow=shadow(spec, name, line),
        canary=canary(spec, name, line),
    )


def _bake(deploy: DeploySpec, line: Lines) -> Bake | None:
    said = deploy.bake
    if said is None:
        return None
    lines = {name: line(name) for name in ("for", "max_error_rate", "max_latency_p95")}
    return Bake(said.for_, said.max_error_rate, said.max_latency_p95, said.min_requests, lines)


def _common(spec: ModelSpec, deploy: DeploySpec) -> dict[str, JSON]:
    """What every target is told."""
    limits, timeout = spec.serving.limits, spec.serving.startup_timeout
    told: dict[str, JSON] = {} if timeout is None else {"startup_timeout": timeout}
    return (
        told
        | dict(watched(spec))
        | {
            "replicas": deploy.replicas,
            "port": deploy.port,
            "protocol": spec.serving.protocol,
            "limits.body": limits.body,
            "limits.batch": limits.batch,
            "limits.depth": limits.depth,
            "trust": list(spec.serving.trust),
        }
    )


def _line(key: str, environment: str, line: Lines) -> int:
    """Where a setting stands; those of the project's environments are in another file."""
    if key in {"replicas", "port"}:
        return line("deploy", environment, key)
    if key.startswith("monitoring."):
        return line(*key.split("."))
    return line("deploy", environment) if key.startswith("environment.") else line("serving", *key.split("."))
