"""The list of what a training may publish holds all that a training commits."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mlspec.compiler.files import model_folder, stage_defs
from mlspec.compiler.templates import root
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec

GOLDEN = Path(__file__).parents[3] / "golden" / "compile"


def allowed() -> re.Pattern[str]:
    """The pattern in the script that publishes, of paths in the folder of models."""
    text = (root() / "ci/scripts/publish.sh").read_text(encoding="utf-8")
    [pattern] = re.findall(r"^model='(.*)'$", text, re.MULTILINE)
    return re.compile(pattern)


def test_generated_files_and_what_stages_leave_for_git_may_be_published() -> None:
    found = {"wine/dvc.lock", "wine/version.json"}
    for case in GOLDEN.iterdir():
        specs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in case.glob("input/specs/*.yaml")]
        for spec in (spec for spec in specs if spec["kind"] == "Model"):
            if spec.get("features", {}).get("from"):
                continue  # its stages are told by another document; what is generated is looked at below
            model = ModelSpec.model_validate(spec)
            folder = model_folder(model.name, ProjectSpec())
            kept = [path for stage in stage_defs(model, ProjectSpec()) for path in stage.kept]
            found |= {path.removeprefix("models/") for path in kept if path.startswith(folder)}
        files = (path for path in (case / "expected/models").glob("*/*") if path.is_file())
        found |= {f"{path.parent.name}/{path.name}" for path in files}
        shared = (path for path in (case / "expected/models/_features").glob("*/*") if path.is_file())
        found |= {f"_features/{path.parent.name}/{path.name}" for path in shared} | {"_features/joined/dvc.lock"}
    assert {path for path in found if not allowed().search(path)} == set()
    assert len(found) > 30
