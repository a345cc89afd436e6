"""The house's own rules that no linter checks: docstrings, locks, links, the change log."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import mlspec

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "mlspec").rglob("*.py"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of everything in a lock."""
    return set(PIN.findall((ROOT / f"requirements/{lock}.lock").read_text()))


def tracked(*patterns: str) -> list[Path]:
    """The files that git tracks, by pattern."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_one_line_that_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, "no docstring"
    assert len(docstring.splitlines()[0]) > 10


def test_the_run_lock_pins_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {NAME.match(line)[0].lower().replace(".", "-") for line in project["dependencies"]}  # type: ignore[index]
    assert wanted <= {name for name, _ in pins("run")}


@pytest.mark.parametrize("lock", ["run", "build"])
def test_what_is_tested_is_what_is_installed(lock: str) -> None:
    assert pins(lock) <= pins("test")


@pytest.mark.parametrize("lock", ["run", "build", "test", "gitlab", "mlflow"])
def test_every_pin_has_a_hash(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.lock").read_text().replace("\\\n", "")
    bare = [line.split()[0] for line in text.splitlines() if PIN.match(line) and "--hash=sha256:" not in line]
    assert bare == []


def test_the_change_log_knows_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[(Unreleased|{re.escape(mlspec.__version__)})\]", text, re.MULTILINE)


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in tracked("*.md")
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_generated_and_cached_files_are_not_tracked() -> None:
    assert tracked(".venv", ".mlspec", "*.pyc", "dist") == []
