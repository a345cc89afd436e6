"""Going back: to which version, what is planned for it, and what stays out afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import GATES, SPEC, actual, failing_verdict, history, model, record, running, shown, wanted

from mlspec.domain.actual import Actual, Place, Unseen
from mlspec.domain.memory import Memory, RolledBack
from mlspec.domain.plan import Plan
from mlspec.domain.version import Version
from mlspec.errors import MlspecError
from mlspec.planner.plan import Selection, make_plan
from mlspec.planner.rollback import RollbackRequest, last_good

PLACE = Place("production", "wine")
NEWER = SPEC.replace("max_depth: 8", "max_depth: 9")
OLD, NEW = record(model()), record(model(NEWER), "v0.2.0")
BOTH = replace(
    history(OLD, NEW, stages={"production": "v0.2.0"}),
    assigned={"production": (Version(0, 1, 0), Version(0, 2, 0))},
)
AFTER = replace(
    history(OLD, NEW, stages={"production": "v0.1.0"}), assigned={"production": (Version(0, 1, 0),)}, counter=3
)


def sent_away(version: str = "v0.2.0", to: str = "v0.1.0", spec: str = NEWER) -> Memory:
    serve = model(spec).blueprint.deployments[0].serve
    return Memory(("v0.1.0", "v0.2.0"), {version: RolledBack(version, to, serve, 0.0, "asked for by ada")})


def world(known=BOTH, memory: Memory | None = None, version: str = "v0.2.0", **facts) -> Actual:
    memories = {PLACE: memory} if memory else {}
    facts = {"running": [running(model(NEWER), version)], **facts}
    return actual(known, memories=memories, **facts)


def back(seen: Actual, version: str = "", spec: str = NEWER) -> Plan:
    request = RollbackRequest("production", version, "asked for by ada")
    return make_plan(wanted(spec), seen, GATES, Selection(("wine",), "production", rollback=request))


def test_the_stage_goes_back_before_the_deployment() -> None:
    made = back(world())
    assert shown(made) == ["rollback:wine:production", "deploy:wine:production"]
    first, second = made.actions
    assert (first.version, second.version, second.depends_on) == ("v0.1.0", "v0.1.0", (first.id,))
    (why,) = first.because
    assert (why.kind, why.subject, why.old, why.new) == ("Requested", "asked for by ada", "v0.2.0", "v0.1.0")


def test_nothing_is_trained_or_promoted_on_the_way() -> None:
    changed = NEWER.replace("max_depth: 9", "max_depth: 10")
    assert [step.action for step in back(world(), spec=changed).actions] == ["rollback", "deploy"]


@pytest.mark.parametrize(
    ("ran", "gone", "expected"),
    [
        (("v0.1.0", "v0.2.0"), (), "v0.1.0"),
        (("v0.1.0", "v0.2.0"), ("v0.1.0",), ""),
        ((), (), "v0.1.0"),
        (("v0.9.0", "v0.2.0"), (), "v0.1.0"),
    ],
    ids=["what ran before", "sent away itself", "promoted before chains kept count", "no such version any more"],
)
def test_the_last_good_version_is_the_one_that_ran_before(
    ran: tuple[str, ...], gone: tuple[str, ...], expected: str
) -> None:
    known = BOTH if not gone else replace(BOTH, assigned={"production": (Version(0, 2, 0),)})
    entries = {name: RolledBack(name, "v0.0.1", {}, 0.0, "") for name in gone}
    assert last_good(PLACE, world(known, Memory(ran, entries))) == expected


def test_a_version_that_did_not_pass_its_gates_is_no_way_back() -> None:
    failed = replace(OLD, verdicts=(failing_verdict(),))
    known = replace(BOTH, versions={Version(0, 1, 0): failed, Version(0, 2, 0): NEW})
    assert last_good(PLACE, world(known)) == ""
    with pytest.raises(MlspecError, match="did not pass its gates"):
        back(world(known), "v0.1.0")


@pytest.mark.parametrize(
    ("asked", "message"),
    [("v0.2.0", "is to run wine v0.2.0 already"), ("v0.7.0", "no registered version v0.7.0")],
)
def test_what_is_asked_for_must_exist_and_be_another(asked: str, message: str) -> None:
    with pytest.raises(MlspecError, match=message):
        back(world(), asked)


def test_without_another_version_there_is_nothing_to_go_back_to() -> None:
    with pytest.raises(MlspecError, match="no other good version of wine ran in production"):
        back(world(history(OLD, stages={"production": "v0.1.0"}), version="v0.1.0"), spec=SPEC)


def test_tags_are_written_where_what_runs_cannot_be_seen() -> None:
    seen = replace(world(), running={PLACE: Unseen(PLACE, "TargetNotHere")})
    assert shown(back(seen)) == ["rollback:wine:production", "(TargetNotHere:production)"]


def test_environments_move_only_from_the_default_branch() -> None:
    made = back(world(branch="topic", default_branch="main"))
    assert [held.reason for held in made.held] == ["NotDefaultBranch"]
    assert made.actions == ()


def test_a_suspended_model_can_go_back() -> None:
    known = replace(BOTH, suspended="suspended by ada")
    assert shown(back(world(known))) == ["rollback:wine:production", "deploy:wine:production"]
    assert shown(make_plan(wanted(NEWER), world(known), GATES)) == ["(Suspended:)"]


def after(spec: str = NEWER, **changes) -> Plan:
    return make_plan(wanted(spec), world(AFTER, sent_away(), "v0.1.0", **changes), GATES)


def test_what_was_rolled_back_stays_out() -> None:
    made = after()
    assert shown(made) == ["(RolledBack:production)"]
    assert made.held[0].message == (
        "v0.2.0 was rolled back to v0.1.0 on 1970-01-01 00:00Z, asked for by ada; "
        "to let it return: mlspec promote wine v0.2.0 --to production"
    )


def test_it_stays_out_where_a_person_promotes() -> None:
    assert shown(after(NEWER.replace("replicas: 1", "promote: manual"))) == ["(RolledBack:production)"]


def test_more_replicas_are_no_reason_to_return_and_go_to_what_runs() -> None:
    assert shown(after(NEWER.replace("replicas: 1", "replicas: 2"))) == [
        "scale:wine:production",
        "(RolledBack:production)",
    ]


def test_other_serving_settings_let_it_return() -> None:
    changed = NEWER.replace("deploy:", "serving: {limits: {batch: 5}}\ndeploy:")
    assert shown(after(changed)) == ["promote:wine:production", "deploy:wine:production"]


def test_a_promotion_lets_it_return() -> None:
    seen = world(BOTH, sent_away(), "v0.1.0")
    assert shown(make_plan(wanted(NEWER), seen, GATES)) == ["deploy:wine:production"]
