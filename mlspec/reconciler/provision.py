"""What a training needs to be here before it begins: ignored outputs, the data itself, the locked environment."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.compiler.lockfile import OTHER
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.reason import ReasonKind
from mlspec.errors import MlspecError
from mlspec.ports.environments import LockedEnvironment
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.report import Report


def provide(ports: Ports, model: DesiredModel, report: Report) -> Mapping[str, str]:
    """Bring missing data here, and the environment that the stages run in: the variables that lead to it.

    MlspecError that says what can't be had, or what would go wrong later.
    """
    _refuse_visible_outs(ports, model)
    _bring_data(ports, [name for name, (kind, _) in model.sources.items() if kind is ReasonKind.DATA_CHANGED])
    _refuse_missing_devices(ports, model.blueprint)
    return environment_of(ports, model, report)


def _refuse_visible_outs(ports: Ports, model: DesiredModel) -> None:
    """What a command writes elsewhere has to be ignored already: only the model's own .gitignore is ours."""
    blueprint = model.blueprint
    folders = (f"{blueprint.folder}/", *([f"{blueprint.shared.folder}/"] if blueprint.shared else []))
    outs = (*blueprint.outs, *(blueprint.shared.outs if blueprint.shared else ()))
    outside = [out for out in outs if not out.startswith(folders)]
    ignored = ports.git.ignored(outside)
    for out in outside:
        if out not in ignored:
            raise MlspecError(
                f"git would see the output `{out}`",
                hint=f"add /{out} to .gitignore, or write below {blueprint.folder}/, which is taken care of",
                where=blueprint.where(blueprint.line),
            )


def _bring_data(ports: Ports, paths: list[str]) -> None:
    absent = ports.pipeline.missing(paths)
    absent = ports.pipeline.restore(absent) if absent else ()
    if absent:
        raise MlspecError(
            f"`{absent[0]}` is not here, and DVC's cache and remote do not have it",
            hint="dvc pull, or ask whoever added it to dvc push",
            details=tuple(absent),
        )
    if edited := ports.pipeline.modified(paths):
        hint = f"dvc add {edited[0]}, then git commit the pointer"
        raise MlspecError(f"`{edited[0]}` is not what its pointer says", hint=hint)


def environment_of(ports: Ports, model: DesiredModel, report: Report) -> Mapping[str, str]:
    """Nothing where mlspec itself runs with what the lock pins, else the lock's own environment, built once."""
    blueprint = model.blueprint
    pins = {name: pin for name, pin in model.packages.items() if name != OTHER}
    wrong = ports.steps.mismatches(blueprint.python, pins)
    if not wrong:
        return {}
    if blueprint.lock is None:
        raise MlspecError(
            "the environment that runs mlspec is not the one that the spec asks for",
            hint="name a file as training.environment.lock, then mlspec lock writes what an environment is built of",
            details=wrong,
            where=blueprint.where(blueprint.line),
        )
    report.output(f"the environment of {blueprint.lock.path}")
    return ports.environments.provide(LockedEnvironment(blueprint.python, blueprint.lock.path, blueprint.needs))


def _refuse_missing_devices(ports: Ports, blueprint: Blueprint) -> None:
    """A training without its graphics processors would take days, or fail somewhere in the middle."""
    wanted = blueprint.compute.gpu
    if wanted and (found := ports.steps.devices()) < wanted:
        raise MlspecError(
            f"the training asks for {wanted} graphics processor{'s' * (wanted > 1)}, and {found or 'none'} can be seen",
            hint="train where there are some, look at CUDA_VISIBLE_DEVICES, or take training.compute.gpu out",
            where=blueprint.where(blueprint.compute.lines["gpu"]),
        )
