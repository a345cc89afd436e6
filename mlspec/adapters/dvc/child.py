"""`python -m mlspec.adapters.dvc.child`: runs stages, one after the other, for a parent that runs several at a time."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from mlspec.adapters.dvc.parallel import serve
from mlspec.adapters.dvc.pipeline import DvcPipeline


def main() -> int:
    """A request a line on standard input, an answer a line on standard output, until the input ends."""
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            request = json.loads(line)
            sys.stdout.write(json.dumps(serve(request, DvcPipeline(request["root"]))) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
