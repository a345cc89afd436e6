"""What a verb must not import: the start of every command is paid by everyone, every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPORT = """
import sys
from mlspec.cli.entry import main
sys.argv = ["mlspec", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported(folder: Path, *words: str) -> set[str]:
    """The top-level packages that a run of mlspec had imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    modules = set(done.stderr.splitlines()[-1].split())
    assert {"mlspec", "sys"} <= modules
    return modules


def test_version_imports_next_to_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path, "--version") & {"typer", "click", "rich", "pydantic", "jinja2", "yaml", "dvc"} == set()


@pytest.mark.slow
def test_plan_imports_no_sdk_and_no_science(tmp_path: Path) -> None:
    imported(tmp_path, "init", "--example", "wine", "shop")
    heavy = {
        "dvc",
        "dvc_data",
        "docker",
        "cyclonedx",
        "requests",
        "git",
        "sklearn",
        "skops",
        "pandas",
        "numpy",
        "scipy",
        "pandera",
        "starlette",
    }
    assert imported(tmp_path / "shop", "plan") & heavy == set()
    compiling = {"jinja2", "yaml", "ruamel"}
    assert imported(tmp_path / "shop", "plan") & (heavy | compiling) == set(), "a second plan compiles nothing"


@pytest.mark.slow
def test_more_models_take_no_more_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, "init", "--example", "wine", "shop")
    shop = tmp_path / "shop"

    def processes(name: str) -> int:
        """How many git processes a plan starts, by git's own trace."""
        imported(shop, "plan")
        with monkeypatch.context() as patch:
            patch.setenv("GIT_TRACE2_EVENT", str(tmp_path / name))
            imported(shop, "plan")
        return (tmp_path / name).read_text().count('"event":"start"')

    one = processes("one")
    spec = (shop / "specs/wine.yaml").read_text()
    for name in ("red", "white", "sparkling"):
        (shop / f"specs/{name}.yaml").write_text(spec.replace("name: wine", f"name: {name}"))
    imported(shop, "compile")
    subprocess.run(["git", "add", "--all"], cwd=shop, check=True)
    subprocess.run(["git", "commit", "-qm", "more"], cwd=shop, check=True)
    assert 0 < processes("four") <= one <= 15
