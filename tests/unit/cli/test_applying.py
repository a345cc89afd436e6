"""Which part of a plan one run carries out."""

from __future__ import annotations

from mlspec.cli.applying import rest
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Plan


def test_after_a_held_training_only_the_held_models_are_looked_at_again() -> None:
    failed = Action(ActionKind.TRAIN, "flats", version=KNOWN_AFTER_TRAIN)
    scale = Action(ActionKind.SCALE, "fraud", "production", "v0.1.0")
    again = Action(ActionKind.TRAIN, "fraud", version=KNOWN_AFTER_TRAIN)
    assert rest(Plan("head", "base", (failed, scale, again)), {"fraud"}).actions == (scale,)
