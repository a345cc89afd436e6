"""Every golden file under the linters and parsers that its readers use; the tools run offline."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA
from ruamel.yaml import YAML

from mlspec.compiler.files import stage_defs
from mlspec.domain.shared import shared_folder
from mlspec.kinds.stage import StageDef
from mlspec.kinds.stage.features import shared_stage
from mlspec.spec.check import LoadedFeatures, LoadedModel, with_shared
from mlspec.spec.features import FeaturesDocument
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec

GOLDEN = Path(__file__).parents[1] / "golden" / "compile"
BIN = Path(sys.executable).parent


def golden(pattern: str) -> list[Path]:
    """The generated files of all cases whose name matches."""
    found = sorted(GOLDEN.glob(f"*/expected/**/{pattern}"))
    assert found
    return found


def lint(tool: str, *args: str, files: list[Path]) -> None:
    """Run a linter over files; AssertionError with its words when it complains."""
    environ = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([BIN / tool, *args, *files], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


WORKFLOWS = golden("mlspec-*.yml")
PIPELINES = [*golden(".gitlab-ci.yml"), *golden("mlspec.yml")]
YAMLS = [*WORKFLOWS, *PIPELINES, *golden("dvc.yaml"), *golden("params.yaml")]


def test_dockerfiles() -> None:
    lint("hadolint", "--failure-threshold", "style", files=golden("Dockerfile"))


def test_workflows_under_actionlint_and_shellcheck() -> None:
    assert (BIN / "shellcheck").is_file()
    labels = GOLDEN.parent / "actionlint.yaml"  # the runners of those cases that have their own
    lint("actionlint", "-shellcheck", str(BIN / "shellcheck"), "-config-file", str(labels), files=WORKFLOWS)


def test_workflows_under_zizmor() -> None:
    lint("zizmor", "--offline", "--pedantic", "--strict-collection", "-q", "--no-progress", files=WORKFLOWS)


def test_workflows_against_their_schema() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", files=WORKFLOWS)


def test_pipelines_against_their_schema() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", files=PIPELINES)


def test_pipelines_under_shellcheck(tmp_path: Path) -> None:
    """The script of each job, as the shell gets it."""
    scripts = []
    for number, path in enumerate(PIPELINES):
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if isinstance(job, dict) and "script" in job:
                scripts.append(tmp_path / f"{number}-{name.replace('/', '--')}.sh")
                scripts[-1].write_text("\n".join(["#!/bin/bash", "set -eo pipefail", *job["script"], ""]))
    lint("shellcheck", "--exclude=SC2016", files=scripts)  # SC2016: what stands in single quotes is not to be expanded


def test_yaml_style() -> None:
    rules = "{extends: default, rules: {document-start: disable, line-length: disable, truthy: {check-keys: false}}}"
    rules = rules.replace("rules: {", "rules: {comments: {min-spaces-from-content: 1}, ")
    lint("yamllint", "--strict", "-d", rules, files=YAMLS)


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.relative_to(GOLDEN).as_posix())
def test_both_versions_of_yaml_read_the_same(path: Path) -> None:
    """But for `on`: in YAML 1.1 it is true, and GitHub wants it as a key."""
    text = path.read_text(encoding="utf-8")
    old = yaml.safe_load(text)
    assert repr({"on" if key is True else key: value for key, value in old.items()}) == repr(
        YAML(typ="safe", pure=True).load(text)
    )


def test_linters_are_awake(tmp_path: Path) -> None:
    """A linter that passes anything would make the tests above worthless."""
    text = WORKFLOWS[0].read_text().replace("permissions: {}", "permissions: write-all")
    (tmp_path / "bad.yml").write_text(text)
    with pytest.raises(AssertionError, match="excessive-permissions"):
        lint("zizmor", "--offline", "--pedantic", "-q", "--no-progress", files=[tmp_path / "bad.yml"])
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /x && pip install y\n")
    with pytest.raises(AssertionError, match="DL3006"):
        lint("hadolint", files=[tmp_path / "Dockerfile"])


def all_stages(case: Path) -> dict[tuple[str, str], StageDef]:
    """The stages of a golden case, those that models share among them, by (dvc.yaml, name)."""
    specs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(case.glob("input/specs/*.yaml"))]
    project = next((ProjectSpec.model_validate(spec) for spec in specs if spec["kind"] == "Project"), ProjectSpec())
    documents = [FeaturesDocument.model_validate(spec) for spec in specs if spec["kind"] == "Features"]
    known = {item.name: LoadedFeatures(item, "", {}) for item in documents}
    found: dict[tuple[str, str], StageDef] = {}
    for spec in (spec for spec in specs if spec["kind"] == "Model"):
        model = with_shared(LoadedModel(ModelSpec.model_validate(spec), "", {}), known).spec
        own = f"{project.layout.models}/{model.name}/dvc.yaml"
        found |= {(own, stage.name): stage for stage in stage_defs(model, project)}
        if (shared := shared_stage(model.features)) is not None and model.features is not None:
            folder = shared_folder(project.layout.models, model.features.from_ or "")
            found[f"{folder}/dvc.yaml", shared.name] = shared
    return found


def project_folder(case: Path) -> str:
    """Where the project of a golden case lies in its repository; empty at the top."""
    path = case / "input/specs/project.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(spec.get("ci", {}).get("folder") or "")


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda path: path.name)
def test_dvc_reads_the_stages_that_were_meant(case: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(case / "expected", repo, dirs_exist_ok=True)
    root = repo / project_folder(case)
    monkeypatch.chdir(root)
    Repo.init(subdir=root != repo).close()
    wanted = all_stages(case)
    for path in {path for path, _ in wanted}:
        COMPILED_MULTI_STAGE_SCHEMA(YAML(typ="safe", pure=True).load(Path(path)))
    with Repo() as dvc:
        found = {(stage.relpath, stage.name): stage for stage in dvc.index.stages}
        assert set(found) == set(wanted)
        for key, stage in wanted.items():
            assert found[key].cmd == stage.cmd
            assert Path(found[key].wdir) == root
            outs = {os.path.relpath(out.fs_path, root): out.use_cache for out in found[key].outs}
            assert outs == {out: out in stage.outs for out in (*stage.outs, *stage.kept)}
            deps = {os.path.relpath(dep.fs_path, root) for dep in found[key].deps}
            assert deps == {*stage.deps, *stage.params}


def test_git_and_dvc_agree_on_what_is_ignored(repo: Path) -> None:
    for case in sorted(GOLDEN.iterdir()):
        shutil.copytree(case / "expected", repo, dirs_exist_ok=True)
        for (path, _), stage in all_stages(case).items():
            outs = [out for out in stage.outs if out.startswith(path.removesuffix("dvc.yaml"))]
            check = subprocess.run(
                ["git", "check-ignore", "-z", "--stdin"],
                input="\0".join([*outs, *stage.kept]),
                cwd=repo / project_folder(case),
                capture_output=True,
                text=True,
                check=False,
            )
            assert [path for path in check.stdout.split("\0") if path] == outs
