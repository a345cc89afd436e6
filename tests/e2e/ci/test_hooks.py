"""What others put into their own pre-commit configuration."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml
from e2e.project import Project

MANIFEST = Path(__file__).parents[3] / ".pre-commit-hooks.yaml"


def test_pre_commit_takes_the_manifest() -> None:
    tool = Path(sys.executable).with_name("pre-commit")
    done = subprocess.run([tool, "validate-manifest", MANIFEST], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hooks_pass_a_sound_project_and_stop_a_broken_one(project: Project) -> None:
    hooks = {hook["id"]: hook["entry"].split()[1:] for hook in yaml.safe_load(MANIFEST.read_text())}
    assert set(hooks) == {"mlspec-validate", "mlspec-compile-check"}
    for words in hooks.values():
        project.mlspec(*words)
    project.edit("specs/toy.yaml", "C: 1.0", "C: 0.5")
    project.mlspec(*hooks["mlspec-compile-check"], code=3)
    project.edit("specs/toy.yaml", "training:", "trainig:")
    project.mlspec(*hooks["mlspec-validate"], code=1)


def test_the_specs_of_a_project_in_a_folder_are_specs() -> None:
    files = {hook["id"]: hook.get("files", "") for hook in yaml.safe_load(MANIFEST.read_text())}
    told = ["specs/wine.yaml", "services/churn/specs/deep/churn.yml"]
    others = ["services/aspecs/x.yaml", "specs/notes.md", "src/x.py"]
    found = [path for path in (*told, *others) if re.search(files["mlspec-validate"], path)]
    assert found == told
