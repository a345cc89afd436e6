"""The number of a new version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.wanted import SPEC, artefact, history, model, record

from mlspec.domain.actual import ModelHistory
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.version import Version
from mlspec.reconciler.numbering import Measured, next_record, signature_digest

SIGNATURE = {
    "task": "classification",
    "inputs": [{"name": "alcohol", "type": "number"}, {"name": "colour", "type": "category", "values": ["red"]}],
    "output": {"name": "cultivar", "type": "integer", "classes": [1, 2]},
}
MEASURED = Measured(artefact("new"), {"accuracy": 0.9}, {}, (), SIGNATURE, "commit")
KNOWN = history(replace(record(model()), signature=signature_digest(SIGNATURE)))


def number(known: ModelHistory | None, *kinds: ReasonKind, measured: Measured = MEASURED, spec: str = SPEC) -> str:
    """The version that a training for these reasons gets."""
    action = Action(ActionKind.TRAIN, "wine", because=tuple(Reason(kind, "x") for kind in kinds))
    return next_record(model(spec), known, action, measured)[0].version


def test_the_first_is_what_the_spec_says() -> None:
    assert number(None, ReasonKind.NEVER_TRAINED) == number(ModelHistory(), ReasonKind.NEVER_TRAINED) == "v0.1.0"
    assert number(None, spec=SPEC.replace("description", "version: v3.0.0\ndescription")) == "v3.0.0"


def test_a_patch_for_data_alone_and_a_minor_for_all_else() -> None:
    assert number(KNOWN, ReasonKind.DATA_CHANGED, ReasonKind.DATA_CHANGED) == "v0.1.1"
    assert number(KNOWN, ReasonKind.DATA_CHANGED, ReasonKind.PARAM_CHANGED) == "v0.2.0"
    for kind in (ReasonKind.PARAM_CHANGED, ReasonKind.CODE_CHANGED, ReasonKind.ENVIRONMENT_CHANGED):
        assert number(KNOWN, kind) == "v0.2.0"


@pytest.mark.parametrize(
    "change",
    [
        {"task": "regression"},
        {"inputs": [*reversed(SIGNATURE["inputs"])]},
        {"inputs": SIGNATURE["inputs"][:1]},
        {"output": {"name": "kind", "type": "integer"}},
        {"output": {"name": "cultivar", "type": "string"}},
    ],
)
def test_a_major_where_callers_would_notice(change: dict[str, Any]) -> None:
    assert number(KNOWN, ReasonKind.DATA_CHANGED, measured=replace(MEASURED, signature=SIGNATURE | change)) == "v1.0.0"


def test_values_that_were_seen_are_no_part_of_the_signature() -> None:
    inputs = [SIGNATURE["inputs"][0], SIGNATURE["inputs"][1] | {"values": ["red", "white"]}]
    output = SIGNATURE["output"] | {"classes": [1, 2, 3]}
    assert signature_digest(SIGNATURE | {"inputs": inputs, "output": output}) == signature_digest(SIGNATURE)


def test_numbers_are_not_given_twice() -> None:
    gone = replace(KNOWN, highest=Version(0, 5, 2))
    assert number(gone, ReasonKind.PARAM_CHANGED) == "v0.6.0"
    assert number(gone, ReasonKind.DATA_CHANGED) == "v0.5.3"
    assert number(ModelHistory(highest=Version(0, 5, 2)), ReasonKind.NEVER_TRAINED) == "v0.6.0"


def test_the_same_bytes_keep_their_number() -> None:
    action = Action(ActionKind.TRAIN, "wine", because=(Reason(ReasonKind.PARAM_CHANGED, "x"),))
    two = history(record(model()), record(model(), "v0.2.0"))
    made, known = next_record(model(), two, action, replace(MEASURED, files=artefact("v0.1.0")))
    assert (made.version, known, made.train) == ("v0.1.0", True, model().train)
    assert next_record(model(), two, action, MEASURED)[1] is False


def test_a_record_says_what_was_trained_and_how_it_did() -> None:
    made = next_record(model(), None, Action(ActionKind.TRAIN, "wine"), MEASURED)[0]
    assert (made.model, made.train, made.evaluate, made.describe) == (
        *("wine", model().train, model().evaluate, model().describe),
    )
    assert (made.inputs, made.metrics, made.parent) == (model().inputs, {"accuracy": 0.9}, "commit")
