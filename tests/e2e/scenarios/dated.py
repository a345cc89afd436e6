"""The real command line at another time: `python dated.py SECONDS VERB…`, seconds since the epoch at its start.

mlspec's clock is set, and goes on from there; so are the dates of its commits and tags. Servers, DVC and files keep
the time of the machine.
"""

from __future__ import annotations

import os
import sys
import time

from mlspec.adapters.clock import SystemClock
from mlspec.cli.run import run


def main() -> int:
    """Do as the command line says, then."""
    ahead = float(sys.argv[1]) - time.time()
    SystemClock.now = lambda self: time.time() + ahead  # type: ignore[method-assign]  # noqa: ARG005
    os.environ |= dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{int(float(sys.argv[1]))} +0000")
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
