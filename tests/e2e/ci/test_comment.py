"""The comment's script with the real `gh`: found by its author and first line, cut where it must be."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from e2e.ci.forge import REPOSITORY, TOKEN, Forge, forge
from fakes.engine import missing

from mlspec.compiler.files import project_files
from mlspec.spec.project import ProjectSpec

MARKER = "<!-- mlspec:plan -->"
LIMIT = 65_536


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Forge]:
    if shutil.which("gh") is None:
        missing("gh (Debian: gh) is not installed")
    with forge(tmp_path) as found:
        yield found


def comment(there: Forge, folder: Path, links: Mapping[str, Path] | None = None, **files: str) -> str:
    """Run the step; the bot's newest comment."""
    workflow = yaml.safe_load(project_files(ProjectSpec(), ["wine"])[".github/workflows/mlspec-plan.yml"])
    script = workflow["jobs"]["comment"]["steps"][-1]["run"]
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    for name, text in files.items():
        (folder / "out" / f"{name}.md").write_text(text, encoding="utf-8")
    for name, target in (links or {}).items():
        (folder / "out" / f"{name}.md").symlink_to(target)
    environ = os.environ | {
        "GH_HOST": "github.localhost",
        "GH_TOKEN": TOKEN,
        "http_proxy": there.url,
        "no_proxy": "127.0.0.1",
        "GITHUB_REPOSITORY": REPOSITORY,
        "PULL": "1",
        "COMMIT": "abc",
        "RUN_URL": "http://run",
        "MARKER": MARKER,
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return there.by_bot()[-1]


def test_a_plan_at_the_limit_is_whole_and_a_longer_one_is_cut_between_lines(there: Forge, tmp_path: Path) -> None:
    line = "| train | ünïcödé 😀 | known after train | never trained |\n"
    whole = (line * (60_000 // len(line.encode())))[:-1]
    assert whole in comment(there, tmp_path, plan=whole)
    body = comment(there, tmp_path, plan=line * 5_000)
    assert len(body) < LIMIT
    kept = body.partition("\n**There is more: see the run.**")[0].removeprefix(f"{MARKER}\n")
    assert set(kept.strip().splitlines()) == {line.strip()}
    assert len(kept.encode()) > 59_000
    assert body.rstrip().endswith("</sub>")


def test_one_endless_line_is_left_out(there: Forge, tmp_path: Path) -> None:
    body = comment(there, tmp_path, plan="é" * 100_000)
    assert "There is more" in body
    assert len(body) < LIMIT


def test_no_plan_is_said_so(there: Forge, tmp_path: Path) -> None:
    assert "There is no plan: see the run." in comment(there, tmp_path)


def test_what_came_of_a_training_follows_the_plan(there: Forge, tmp_path: Path) -> None:
    body = comment(there, tmp_path, plan="the plan\n", candidate="what came of it\n")
    assert "the plan\nwhat came of it\n" in body


def test_the_own_comment_is_found_behind_hundreds_of_others(there: Forge, tmp_path: Path) -> None:
    for number in range(150):
        there.comment(1, f"{MARKER}\nnot by the bot {number}", login="mallory")
    comment(there, tmp_path, plan="first")
    for number in range(150):
        there.comment(1, f"noise {number}", login="mallory")
    assert "second" in comment(there, tmp_path, plan="second")
    assert len(there.by_bot()) == 1
    assert not any("second" in said["body"] for said in there.comments if said["user"]["login"] == "mallory")


def test_a_link_in_the_place_of_the_plan_is_not_followed(there: Forge, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a token")
    told = comment(there, tmp_path, candidate="what was trained", links={"plan": secret})
    assert ("a token" in told, "what was trained" in told) == (False, True)
