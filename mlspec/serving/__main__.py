"""`python -m mlspec.serving`."""

from __future__ import annotations

import sys

from mlspec.serving.command import main

sys.exit(main())
