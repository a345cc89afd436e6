"""What a spec names and nobody has: files, and versions that gates compare with."""

from __future__ import annotations

from mlspec.domain.actual import Actual, ModelHistory
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.version import Version
from mlspec.errors import MlspecError


def refuse_missing(model: DesiredModel, actual: Actual) -> None:
    """MlspecError for the first file that neither git nor DVC has."""
    for ref in model.missing:
        deleted = actual.uncommitted & {ref.path, f"{ref.path}.dvc"}
        if deleted:
            raise MlspecError(
                f"`{min(deleted)}` was deleted, and a spec needs it",
                hint=f"git checkout HEAD -- {min(deleted)}; or correct the path",
                where=model.blueprint.where(ref.line, ref.origin),
            )
        raise MlspecError(
            f"`{ref.path}` is tracked neither by git nor by DVC",
            hint=f"git add {ref.path}, or dvc add {ref.path}; or correct the path",
            where=model.blueprint.where(ref.line, ref.origin),
        )


def refuse_unknown_versions(blueprint: Blueprint, history: ModelHistory) -> None:
    """MlspecError where a gate names a version that does not exist: better before hours of training than after."""
    for gate in blueprint.gates:
        if "." in gate.against and Version.parse(gate.against) not in history.versions:
            known = ", ".join(str(version) for version in sorted(history.versions)) or "none yet"
            raise MlspecError(
                f"a gate compares with {gate.against}, and {blueprint.name} has no such version",
                hint=f"registered are: {known}",
                where=blueprint.where(gate.line),
            )
