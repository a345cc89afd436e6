"""`mlspec --version` beside `python -c pass`, in turns: the least that any use of mlspec costs."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from measure import Cost, cost, table, use_bytecode

RUNS = 20
LIMIT = 3.0


def main() -> None:
    """Print both and their ratio; exit 1 above the limit."""
    use_bytecode()
    python = [sys.executable, "-c", "pass"]
    version = [str(Path(sys.executable).with_name("mlspec")), "--version"]
    bare: list[Cost] = []
    ours: list[Cost] = []
    for _ in range(RUNS):
        bare.append(cost(python, Path.cwd()))
        ours.append(cost(version, Path.cwd()))
    ratio = median(run.cpu for run in ours) / median(run.cpu for run in bare)
    rows = [
        [name, f"{median(run.cpu for run in runs):.3f}", f"{median(run.wall for run in runs):.3f}"]
        for name, runs in (("python -c pass", bare), ("mlspec --version", ours))
    ]
    print(table(["median of 20", "CPU s", "wall s"], rows))
    print(f"\nratio in CPU: {ratio:.2f} (limit {LIMIT:g})")
    raise SystemExit(ratio > LIMIT)


if __name__ == "__main__":
    main()
