"""`mlspec apply` of one model beside `dvc repro` of the very same stages, and in a repository of many models.

Usage: python benchmarks/apply.py [MODELS]      (1000 when none is given)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import Cost, cost, table, use_bytecode
from project import BIN, FIRST, call, commit, make_project, sandbox, start

APPLY = [str(BIN / "mlspec"), "apply", "--yes"]
REPRO = f"dvc repro models/{FIRST}/dvc.yaml && git add models && git commit --quiet --message trained"
RUNS = 5


def main() -> None:
    """Two tables: CPU / wall seconds, the least of several runs taken in turns, and ratios of both."""
    use_bytecode()
    many = int(sys.argv[1]) if sys.argv[1:] else 1000
    with tempfile.TemporaryDirectory(prefix="mlspec-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sandbox(folder)
        first = against_dvc(folder)
        second = among_many(folder, many)
    print("\nCPU / wall seconds, the least of several runs taken in turns\n")
    print(table(["first training of one model", "cost", "ratio"], first))
    print()
    print(table(["one changed model of", "cost", "ratio"], second))


def against_dvc(folder: Path) -> list[list[str]]:
    """The first training of a model: dvc and git by hand, then mlspec, each in a fresh copy."""
    start(folder / "one")
    ways = {"dvc repro, git commit": ["sh", "-c", REPRO], "mlspec apply": APPLY}
    runs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, argv in ways.items():
            runs[name].append(in_copy(folder, argv))
    return compared({name: min(found) for name, found in runs.items()})


def in_copy(folder: Path, argv: Sequence[str]) -> Cost:
    """What a command costs in a copy that nothing was trained in."""
    copy = folder / "copy"
    shutil.copytree(folder / "one", copy)
    call(copy, "dvc", "status")  # settles what depends on files' times, for both
    seconds = cost(argv, copy)
    shutil.rmtree(copy)
    return seconds


def among_many(folder: Path, models: int) -> list[list[str]]:
    """One model's parameter changes: in a repository of one, and in one of many."""
    places = {1: folder / "single", models: folder / "many"}
    for number, place in places.items():
        make_project(place, number)
        retrain(place, 0)  # fills the caches
    runs: dict[str, list[Cost]] = {str(number): [] for number in places}
    for turn in range(1, RUNS + 1):
        for number, place in places.items():
            runs[str(number)].append(retrain(place, turn))
    return compared({name: min(found) for name, found in runs.items()})


def retrain(place: Path, turn: int) -> Cost:
    """What it costs to apply a change of one parameter, never the same twice."""
    spec = place / f"specs/{FIRST}.yaml"
    spec.write_text(spec.read_text().replace(f"C: {turn + 1}.0", f"C: {turn + 2}.0"))
    commit(place, f"change {turn}")
    return cost(APPLY, place)


def compared(found: dict[str, Cost]) -> list[list[str]]:
    """A row for each, with how many times the CPU and wall time of the first it takes."""
    base = next(iter(found.values()))
    return [
        [name, str(seen), f"{seen.cpu / base.cpu:.2f} / {seen.wall / base.wall:.2f}"] for name, seen in found.items()
    ]


if __name__ == "__main__":
    main()
