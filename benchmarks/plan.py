"""A plan that finds nothing to do, beside `git status` and `dvc status` on the same repository.

Usage: python benchmarks/plan.py [MODELS ...]      (1, 100 and 1000 when none is given)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from measure import Cost, cost, least, table, use_bytecode
from project import BIN, call, git, make_project, sandbox

HEAD = ["models", "git status", "plan, warm", "plan, cold clone", "dvc status", "dvc/warm", "dvc/cold"]
MOST_FOR_DVC = 2000
"""Above so many models `dvc status` is left out: it takes minutes."""
PLAN = [str(BIN / "mlspec"), "plan", "--detailed-exitcode"]


def main() -> None:
    """One row for each number of models: CPU / wall seconds, and the ratios of CPU."""
    use_bytecode()
    sizes = [int(word) for word in sys.argv[1:]] or [1, 100, 1000]
    rows = []
    for models in sizes:
        with tempfile.TemporaryDirectory(prefix="mlspec-bench-", ignore_cleanup_errors=True) as name:
            rows.append(row(Path(name), models))
    print("\nCPU / wall seconds; the least of several runs, except for the cold clone: one run\n")
    print(table(HEAD, rows))


def row(folder: Path, models: int) -> list[str]:
    """Make the repository, then measure all four in one go."""
    sandbox(folder)
    began = time.perf_counter()
    make_project(folder / "bench", models)
    print(f"{models} models: made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    cold = measure_cold(folder, folder / "bench")
    cost(PLAN, folder / "bench")  # fills the cache
    status = least(["git", "status", "--porcelain"], folder / "bench")
    warm = least(PLAN, folder / "bench")
    known = [str(models), str(status), str(warm), str(cold)]
    if models > MOST_FOR_DVC:
        return [*known, "", "", ""]
    call(folder / "bench", "dvc", "status")  # DVC's first look hashes every file: not counted
    dvc = least([str(BIN / "dvc"), "status"], folder / "bench", times=2)
    return [*known, str(dvc), ratio(dvc, warm), ratio(dvc, cold)]


def measure_cold(folder: Path, project: Path) -> Cost:
    """In a fresh clone, with neither data nor mlspec's cache."""
    (folder / "clone").mkdir()
    git(folder, "clone", "--quiet", str(project), f"clone/{project.name}")
    seconds = cost(PLAN, folder / "clone" / project.name)
    if (folder / "clone" / project.name / ".dvc/cache").exists():
        raise SystemExit("a plan in a fresh clone pulled data")
    shutil.rmtree(folder / "clone")
    return seconds


def ratio(one: Cost, other: Cost) -> str:
    """How many times the CPU."""
    return f"{one.cpu / other.cpu:.1f}"


if __name__ == "__main__":
    main()
