"""Records, plans and blueprints come back from JSON as they went in; what is something else is refused."""

from __future__ import annotations

import dataclasses
import json

import orjson
import pytest
from fakes.wanted import COMMAND, FILES, PROJECT, SPEC, actual, model, plan, record, wanted
from hypothesis import given, settings
from hypothesis import strategies as st

from mlspec.domain.decode import blueprint_from_json, project_from_json
from mlspec.domain.desired import ProjectFacts, Site
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind, Held, Plan, plan_from_json
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.record import VersionRecord, artefact_digest

TEXT = st.text(max_size=12)
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | TEXT | st.lists(TEXT, max_size=2)
REASONS = st.builds(Reason, st.sampled_from(ReasonKind), TEXT, VALUES, VALUES, TEXT)
ACTIONS = st.builds(
    *(Action, st.sampled_from(ActionKind), TEXT, TEXT, TEXT),
    *(st.lists(REASONS, max_size=2).map(tuple), st.lists(TEXT, max_size=2).map(tuple)),
)
REFRESHES = st.builds(
    lambda source, readers: Action(ActionKind.REFRESH, source=source, readers=readers),
    *(TEXT.filter(bool), st.lists(TEXT, max_size=2).map(tuple)),
)
HELD = st.builds(Held, TEXT, TEXT, st.sampled_from(HeldReason), TEXT, TEXT)
PLANS = st.builds(
    *(Plan, TEXT, TEXT, st.lists(ACTIONS | REFRESHES, max_size=2).map(tuple)),
    *(st.lists(HELD, max_size=2).map(tuple), st.lists(TEXT, max_size=2).map(tuple)),
)


def test_what_is_told_of_something_held_is_no_part_of_the_document() -> None:
    held = Held("wine", "production", HeldReason.WAITING_FOR_APPROVAL, "it waits", readers=("a",), about="v0.2.0")
    (told,) = Plan("a", "b", (), (held,)).to_json()["held"]  # type: ignore[misc,union-attr]
    assert told == {"model": "wine", "environment": "production", "reason": "WaitingForApproval", "message": "it waits"}


@settings(max_examples=60)
@given(PLANS)
def test_any_plan_comes_back(made: Plan) -> None:
    assert plan_from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_plan_says_what_the_contract_names() -> None:
    document = json.loads(json.dumps(plan(wanted(), actual()).to_json()))
    assert [*document] == ["format", "revision", "base", "summary", "actions", "held", "warnings"]
    assert document["summary"] == {"train": 1, "register": 1, "promote": 1, "deploy": 1}
    first = document["actions"][0]
    assert [*first] == ["id", "action", "model", "environment", "version", "because", "depends_on", "forecast"]
    assert first["because"] == [
        {"kind": "NeverTrained", "subject": "wine", "old": None, "new": None, "where": "specs/wine.yaml:3"}
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": 2},
        {"format": 1, "revision": "", "base": "", "actions": [{}], "held": []},
        {"format": 1, "revision": "", "base": "", "actions": [], "held": [{"reason": "Moody"}]},
        {"format": 1, "revision": "", "base": "", "actions": None, "held": []},
    ],
)
def test_what_is_no_plan_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        plan_from_json(document)


def test_records_come_back_byte_for_byte() -> None:
    made = record(model(COMMAND, files={**FILES, "train.py": "", "requirements.lock": "a==1"}))
    again = VersionRecord.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert again.artefact_digest == made.artefact_digest == artefact_digest(made.artefact)
    assert "\n" not in made.to_json()


@pytest.mark.parametrize("broken", ["", "{}", "[]", "null", '{"format": 2}', "{", '{"format": 1, "artefact": 3}'])
def test_what_is_no_record_is_refused(broken: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        VersionRecord.from_json(broken)


def test_a_record_of_a_newer_mlspec_is_refused() -> None:
    document = json.loads(record(model()).to_json())
    for changed in ({**document, "format": 2}, {**document, "surprise": 1}, {**document, "artefact": [{}]}):
        with pytest.raises((ValueError, TypeError)):
            VersionRecord.from_dict(changed)


@pytest.mark.parametrize("spec", [SPEC, COMMAND])
def test_blueprints_come_back_from_a_cache(spec: str) -> None:
    staged = spec + "  staging: {promote: manual}\nserving: {trust: [a.B], deps: [app.py]}\n"
    project = PROJECT.replace("staging: {}", "staging: {target: docker}")
    made = model(staged, project=project, files={**FILES, "train.py": "", "requirements.lock": ""}).blueprint
    again = blueprint_from_json(orjson.loads(orjson.dumps(made)))
    names = [field.name for field in dataclasses.fields(made)]
    assert [type(getattr(again, name)) for name in names] == [type(getattr(made, name)) for name in names]
    assert (again.subjects[0], again.files, again.gates, again.lock) == (
        *(made.subjects[0], made.files, made.gates, made.lock),
    )
    assert (again.image[0], len(again.image), again.content) == (made.image[0], 2, made.content)
    assert orjson.dumps(again) == orjson.dumps(made)


def test_a_projects_facts_come_back_from_a_cache() -> None:
    sites = {"production": Site("docker", "far"), "staging": Site("process")}
    made = ProjectFacts("shop", "models", sites, "registry.example.com/shop", {"a": "b"}, ("x",))
    assert project_from_json(orjson.loads(orjson.dumps(made))) == made


def test_an_outcome_names_the_version_that_came_of_it() -> None:
    action = Action(ActionKind.TRAIN, "wine", version="known after train")
    assert Outcome(action, "done", version="v0.1.0", seconds=1.23456).to_json() == {
        "id": "train:wine",
        "action": "train",
        "model": "wine",
        "environment": "",
        "version": "v0.1.0",
        "status": "done",
        "detail": "",
        "lines": [],
        "metrics": {},
        "seconds": 1.235,
        "because": [],
    }
