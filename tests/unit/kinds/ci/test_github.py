"""The workflows hold what CI must have, and no more rights than each job needs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from mlspec.compiler.files import project_files
from mlspec.kinds.ci._pins import PINS
from mlspec.spec.project import ProjectSpec


def workflows(**ci: object) -> dict[str, dict[Any, Any]]:
    """plan and reconcile, parsed."""
    files = project_files(ProjectSpec.model_validate({"ci": ci}), ["wine"])
    found = {re.split(r"[-.]", path)[-2]: yaml.load(content, yaml.BaseLoader) for path, content in files.items()}
    assert set(found) == {"plan", "reconcile"}
    return found


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("verb", ["plan", "reconcile"])
def test_rights(verb: str) -> None:
    workflow = workflows()[verb]
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        mine = " ".join(step.get("run", "") for step in job["steps"])
        assert ("write" in job["permissions"].values()) != ("mlspec " in mine.replace("mlspec-", ""))
        assert int(job["timeout-minutes"]) > 0


@pytest.mark.parametrize("verb", ["plan", "reconcile"])
def test_no_expression_inside_a_script_and_every_action_pinned(verb: str) -> None:
    for step in steps(workflows()[verb]):
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert step["uses"] in {pin.uses for pin in PINS.values()}
            assert step["with"].get("persist-credentials", "false") == "false"


def test_pins_are_whole_commits() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", pin.commit) for pin in PINS.values())


def test_mlspec_is_installed_by_hashes_where_there_is_a_lock() -> None:
    def install(**ci: object) -> dict[str, Any]:
        return next(step for step in steps(workflows(**ci)["plan"]) if step["name"] == "Install mlspec")

    assert "--require-hashes" in install(requirements="ci.lock")["run"]
    assert install(requirements="ci.lock")["env"] == {"REQUIREMENTS": "ci.lock"}
    assert install()["env"]["PACKAGE"].startswith("mlspec==")


def test_no_cache_where_the_result_is_pushed() -> None:
    found = workflows(requirements="ci.lock")
    cached = {verb: any("cache" in step.get("with", {}) for step in steps(found[verb])) for verb in found}
    assert cached == {"plan": True, "reconcile": False}


def test_schedule_branch_and_runner_come_from_the_spec() -> None:
    reconcile = workflows(branch="release/2", schedule=None, runs_on="big-1")["reconcile"]
    assert reconcile["on"]["push"]["branches"] == ["release/2"]
    assert "schedule" not in reconcile["on"]
    assert {job["runs-on"] for job in reconcile["jobs"].values()} == {"big-1"}
    assert workflows()["reconcile"]["on"]["schedule"] == [{"cron": "23 3 * * *"}]


def test_the_command_line_of_the_contract() -> None:
    runs = "\n".join(step.get("run", "") for verb in ("plan", "reconcile") for step in steps(workflows()[verb]))
    for call in (
        "mlspec validate",
        "mlspec compile --check",
        "mlspec plan --markdown out/plan.md --json out/plan.json --detailed-exitcode",
        "mlspec reconcile --only train --json out/outcome.json",
    ):
        assert call in runs
