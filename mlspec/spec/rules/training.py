"""Rules for `training:` one way to train, columns that make sense, outputs that don't collide."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault
from mlspec.spec.rules.search import check_search
from mlspec.spec.training import TrainingSpec


def check_training(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of how a model is trained."""
    yield from _one_way(spec.training)
    yield from _columns(spec.training)
    yield from _format(spec)
    yield from _outs(spec)
    yield from check_search(spec)
    yield from _environment(spec.training)
    yield from _reproducible(spec)


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it."""
    return path == folder or path.startswith(f"{folder}/")


def overlap(one: str, other: str) -> bool:
    """Whether two paths can't be written independently."""
    return inside(one, other) or inside(other, one)


def _one_way(training: TrainingSpec) -> Iterator[Fault]:
    if training.estimator and training.command:
        yield Fault(("training", "command"), "`estimator` and `command` exclude each other", "keep one of them")
    elif training.command and not training.outs:
        hint = "name the files that the command writes, the model in skops' format first"
        yield Fault(("training",), "`outs` is missing in `training`", hint, missing="outs")
    elif training.estimator:
        if training.format != "skops":
            yield Fault(("training", "format"), "an `estimator` is kept in skops' format", "remove `format`")
        for field in ("deps", "outs"):
            if getattr(training, field):
                yield Fault(("training", field), f"`{field}` is for a `command`, not for an `estimator`", "remove it")
    elif not training.command:
        hint = "name a scikit-learn class, or write `command` and `outs`"
        yield Fault(("training",), "`estimator` is missing in `training`", hint, missing="estimator")


def _format(spec: ModelSpec) -> Iterator[Fault]:
    """Other files than skops' are served by a server of one's own, and mlspec knows nothing of their answers."""
    if spec.training.format != "files":
        return
    if spec.deploy and spec.serving.entrypoint is None and spec.serving.image.dockerfile is None:
        hint = "add `serving.entrypoint`, the command of a server that reads `$MODEL_DIR`"
        yield Fault(("deploy",), "mlspec's server serves models in skops' format, and this one is kept as files", hint)


def _columns(training: TrainingSpec) -> Iterator[Fault]:
    for field in ("features", "exclude"):
        columns = getattr(training, field) or ()
        for index, column in enumerate(columns):
            at = ("training", field, index)
            if column == training.target:
                yield Fault(at, f"`{column}` is the target and can't be in `{field}`", "remove it")
            elif column in columns[:index]:
                yield Fault(at, f"`{column}` is here twice", "keep one of them")
            elif field == "exclude" and column in (training.features or ()):
                yield Fault(at, f"`{column}` is in `features` too", "keep one of them")


def _outs(spec: ModelSpec) -> Iterator[Fault]:
    """DVC would find these only when it runs, and then in its own words."""
    yield from _features_outs(spec)
    outs = spec.training.outs
    sources = [source.path for source in spec.data.sources]
    for index, out in enumerate(outs):
        at = ("training", "outs", index)
        if any(overlap(out, other) for other in outs[:index]):
            yield Fault(at, f"`{out}` overlaps another of the `outs`", "keep one of them")
        elif any(overlap(out, source) for source in sources):
            yield Fault(at, f"`{out}` would overwrite the source", "write to another file")
        elif any(overlap(out, dep) for dep in spec.training.deps):
            yield Fault(at, f"`{out}` is read and written by the same command", "remove it from `deps` or `outs`")


def _environment(training: TrainingSpec) -> Iterator[Fault]:
    """What `mlspec lock` resolves needs a file to go to, which is another one."""
    environment = training.environment
    for field in ("requirements", "packages"):
        if getattr(environment, field) and environment.lock is None:
            at = ("training", "environment", field)
            yield Fault(at, f"`{field}` has no effect without `lock`", "name a file, such as requirements.lock")
    if environment.lock is not None and environment.lock == environment.requirements:
        at = ("training", "environment", "requirements")
        yield Fault(at, "`requirements` and `lock` are the same file", "name what you write requirements.in, say")


def _features_outs(spec: ModelSpec) -> Iterator[Fault]:
    """What features write must be nobody else's."""
    features = spec.features
    for index, out in enumerate(features.outs if features else ()):
        at = ("features", "outs", index)
        if any(overlap(out, source.path) for source in spec.data.sources):
            yield Fault(at, f"`{out}` would overwrite the source", "write to another file")
        elif any(overlap(out, other) for other in spec.training.outs):
            yield Fault(at, f"`{out}` is written by `training.command` too", "write to another file")


def _reproducible(spec: ModelSpec) -> Iterator[Fault]:
    exact, tolerance = spec.training.reproducible == "exact", spec.evaluation.tolerance
    if exact and tolerance is not None:
        hint = "write `reproducible: metrics` below `training`, or remove it"
        yield Fault(("evaluation", "tolerance"), "`tolerance` has no effect on bytes that must be the same", hint)
    elif not exact and tolerance is None:
        hint = "write how much a metric may differ, such as `tolerance: 0.01` below `evaluation`"
        yield Fault(("training", "reproducible"), "`reproducible: metrics` needs `evaluation.tolerance`", hint)
