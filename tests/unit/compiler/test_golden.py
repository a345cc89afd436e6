"""Golden folders: specs in, generated files out, byte for byte. MLSPEC_UPDATE_GOLDEN=1 writes what is found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from mlspec.compiler.files import model_files, project_files
from mlspec.domain.folder import Folder
from mlspec.spec.check import LoadedFeatures, LoadedModel, with_shared
from mlspec.spec.features import FeaturesDocument
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec

GOLDEN = Path(__file__).parents[2] / "golden" / "compile"
CASES = sorted(folder.name for folder in GOLDEN.iterdir())
UPDATE = bool(os.environ.get("MLSPEC_UPDATE_GOLDEN"))  # read before fixtures clear the environment


def compile_folder(folder: Path) -> dict[str, bytes]:
    """Everything that `compile` would write for the specs below a folder."""
    specs = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.yaml"))}
    projects = [ProjectSpec.model_validate(spec) for spec in specs.values() if spec["kind"] == "Project"]
    project = projects[0] if projects else ProjectSpec()
    files: dict[str, bytes] = {}
    names = []
    documents = [FeaturesDocument.model_validate(spec) for spec in specs.values() if spec["kind"] == "Features"]
    shared = {item.name: LoadedFeatures(item, f"specs/{item.name}.yaml", {}) for item in documents}
    for path, spec in specs.items():
        if spec["kind"] == "Model":
            model = with_shared(LoadedModel(ModelSpec.model_validate(spec), "", {}), shared).spec
            names.append(model.name)
            files |= model_files(model, project, path.relative_to(folder).as_posix())
    home = Folder(project.ci.folder or "")
    return {home.outward(path): data for path, data in (files | project_files(project, names)).items()}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Path → content of all files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold exactly these files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("case", CASES)
def test_compile_writes_the_golden_files(case: str) -> None:
    files = compile_folder(GOLDEN / case / "input")
    if UPDATE:
        write_folder(GOLDEN / case / "expected", files)
    assert read_folder(GOLDEN / case / "expected") == files


def test_compiling_twice_gives_the_same_bytes() -> None:
    assert compile_folder(GOLDEN / "hostile" / "input") == compile_folder(GOLDEN / "hostile" / "input")
