"""A trial hangs on whoever started it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fakes.processes import eventually, get, order, runtime

PROGRAM = """\
import sys, time
from pathlib import Path
from fakes.processes import order, runtime

root = Path(sys.argv[1])
with runtime(root / "state").trial(order(root, "v1.1.0")) as endpoint:
    print(endpoint, flush=True)
    time.sleep(600)
"""


def test_it_leaves_when_mlspec_is_killed(tmp_path: Path) -> None:
    tests = Path(__file__).parents[3]
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, cwd=tests, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        endpoint = process.stdout.readline().strip()
        assert get(endpoint)["version"] == "v1.1.0"
        process.kill()

    def is_gone() -> bool:
        try:
            get(endpoint)
        except OSError:
            return True
        return False

    eventually(is_gone, 30)


def test_it_is_told_nothing_of_monitoring(tmp_path: Path) -> None:
    serve = {"replicas": 1, "monitoring.profile": "sha", "monitoring.sample": 1.0, "serving.limits.body": 99}
    with runtime(tmp_path / "state").trial(order(tmp_path, "v1.1.0", serve=serve)) as endpoint:
        argv = get(endpoint)["argv"]
    assert not {"--state", "--sample", "--window"} & set(argv)
    assert argv[argv.index("--max-body") + 1] == "99"
