"""What training accepts, serving accepts: neither may import the other, so their lists are compared here."""

from __future__ import annotations

from mlspec.serving import skops_file
from mlspec.steps import models


def test_server_and_steps_trust_the_same_types() -> None:
    assert skops_file.SKLEARN_INTERNALS == models.SKLEARN_INTERNALS
