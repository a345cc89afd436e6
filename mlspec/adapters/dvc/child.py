"""`python -m mlspec.adapters.dvc.child`: runs one stage for a parent that runs several at a time."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from mlspec.adapters.dvc.parallel import serve
from mlspec.adapters.dvc.pipeline import DvcPipeline


def main() -> int:
    """Read the request from standard input, answer on standard output."""
    request = json.load(sys.stdin)
    with suppress(KeyboardInterrupt):
        sys.stdout.write(json.dumps(serve(request, DvcPipeline(request["root"]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
