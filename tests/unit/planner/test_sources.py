"""When a source is refreshed, and what models may expect of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import SPEC, MemoryTree, actual, history, model, plan, record, running, wanted

from mlspec.compiler.sources import desired_sources
from mlspec.domain.desired import Desired
from mlspec.domain.plan import KNOWN_AFTER_REFRESH, Plan
from mlspec.domain.sources import NoAnswer, Probe, Snapshot, SourceLook

DAY = 86400.0
NOW = 100 * DAY
POINTER = {"data/wine.csv.dvc": "outs: [{md5: aa}]"}
URL = SPEC.replace("{name: wine, path: data/wine.csv}", '{name: wine, url: "https://example.com/wine.csv"}')
WEEKLY = URL.replace('wine.csv"}', 'wine.csv", freshness: 7d}')
BEER = SPEC.replace("name: wine\n", "name: beer\n")


def tree(*specs: str, files: dict[str, str] = POINTER) -> Desired:
    """What specs want of a tree."""
    found = wanted(*specs, files=files)
    return replace(found, sources=desired_sources((item.blueprint for item in found.models), MemoryTree(files)))


def snapshot(desired: Desired, *, age: float = 0.0, **changes: object) -> Snapshot:
    """What is known of the snapshot in the tree, checked so many seconds ago."""
    source = desired.sources[0]
    found = Snapshot(source.content, source.definition, "etag 1", "", 10, 3, {"a": "integer"}, NOW - age)
    return replace(found, **changes)  # type: ignore[arg-type]


def planned(spec: str, known: Snapshot | None = None, answer: Probe | NoAnswer | None = None) -> Plan:
    """The plan for a model that was trained on the snapshot in the tree, and runs."""
    desired = tree(spec)
    was = desired.models[0]
    look = SourceLook({"wine": {known.content: known} if known else {}}, {"wine": answer} if answer else {})
    trained = history(record(was), stages={"production": "v0.1.0"})
    return plan(desired, actual(trained, running=[running(was)], sources=look, now=NOW))


def why(made: Plan) -> list[str]:
    """The reasons of the refresh, and what is held."""
    kinds = [str(reason.kind) for action in made.actions if action.source for reason in action.because]
    return kinds + [f"({held.reason} {held.source})" for held in made.held]


def test_what_was_never_fetched_is_fetched_before_it_is_trained_on() -> None:
    made = plan(tree(URL, files={}), actual(now=NOW))
    refresh, train, *_ = made.actions
    assert (refresh.id, why(made), refresh.because[0].where) == ("refresh:wine", ["NeverFetched"], "specs/wine.yaml:8")
    assert (train.id, train.depends_on) == ("train:wine", ("refresh:wine",))
    assert made.summary == {"refresh": 1, "train": 1, "register": 1, "promote": 1, "deploy": 1}


def test_nothing_is_planned_where_the_source_says_what_it_said() -> None:
    desired = tree(URL)
    assert planned(URL, snapshot(desired), Probe("etag 1")).actions == ()
    assert planned(URL, snapshot(desired), Probe("")).actions == (), "a source that says nothing has not changed"
    assert planned(URL, snapshot(desired, age=900 * DAY)).actions == (), "without freshness age alone is no reason"


def test_a_changed_source_is_fetched_and_its_models_are_expected_to_train() -> None:
    made = planned(URL, snapshot(tree(URL)), Probe("etag 2", 12))
    refresh, train, *_ = made.actions
    reason = refresh.because[0]
    assert (reason.kind, reason.old, reason.new) == ("SourceChanged", "etag 1 (10 bytes)", "etag 2 (12 bytes)")
    expected = train.because[0]
    assert (expected.kind, expected.subject, expected.new) == ("DataChanged", "data/wine.csv", KNOWN_AFTER_REFRESH)
    assert train.depends_on == ("refresh:wine",)


@pytest.mark.parametrize(
    ("age", "answer", "expected"),
    [
        (1 * DAY, None, []),
        (1 * DAY, Probe("etag 2"), ["(StillFresh wine)"]),
        (8 * DAY, Probe("etag 2"), ["SourceChanged"]),
        (8 * DAY, Probe("etag 1"), []),
        (8 * DAY, Probe(""), ["SourceStale"]),
        (8 * DAY, None, ["SourceStale"]),
        (8 * DAY, NoAnswer("it is down"), ["(NotObserved wine)"]),
        (1 * DAY, NoAnswer("it is down"), ["(NotObserved wine)"]),
    ],
)
def test_freshness(age: float, answer: Probe | NoAnswer | None, expected: list[str]) -> None:
    assert why(planned(WEEKLY, snapshot(tree(WEEKLY), age=age), answer)) == expected


def test_old_data_may_be_the_same_so_no_training_is_announced() -> None:
    made = planned(WEEKLY, snapshot(tree(WEEKLY), age=8 * DAY))
    assert [action.id for action in made.actions] == ["refresh:wine"]
    reason = made.actions[0].because[0]
    assert (reason.old, reason.new) == ("as of 1970-04-03 00:00:00Z", "older than 7d")


def test_another_way_to_have_it_is_a_reason_at_once() -> None:
    made = planned(WEEKLY, snapshot(tree(WEEKLY), definition="sha256:other"), Probe("etag 1"))
    assert why(made) == ["SpecChanged"]
    assert "train:wine" in [action.id for action in made.actions]


def test_a_snapshot_that_nobody_knows_is_fetched_once() -> None:
    assert why(planned(URL)) == ["SourceStale"]


def test_data_that_was_never_there_and_cannot_be_had_keeps_its_model_waiting_and_no_other() -> None:
    desired = tree(URL, BEER.replace("data/wine.csv", "data/beer.csv"), files={"data/beer.csv": "a\n1\n"})
    look = SourceLook({}, {"wine": NoAnswer("it is down")})
    made = plan(desired, actual(sources=look, now=NOW))
    assert [action.id for action in made.actions if action.model == "wine"] == []
    assert "train:beer" in [action.id for action in made.actions]
    assert [(held.model, held.source) for held in made.held] == [("", "wine"), ("wine", "")]


def test_a_source_that_several_models_read_is_fetched_once_also_by_its_path_alone() -> None:
    made = plan(tree(URL, BEER, files={}), actual(now=NOW))
    (refresh,) = [action for action in made.actions if action.source]
    assert (refresh.id, refresh.readers) == ("refresh:wine", ("beer", "wine"))
    assert [item.depends_on for item in made.actions if item.action == "train"] == [("refresh:wine",)] * 2
    only = plan(tree(URL, BEER, files={}), actual(now=NOW), models=("beer",))
    assert [action.id for action in only.actions][:2] == ["refresh:wine", "train:beer"]


def test_the_definition_follows_settings_and_code_and_nothing_else() -> None:
    command = SPEC.replace("path: data/wine.csv", "command: python make.py, deps: [data/raw.csv]")
    files = {"make.py": "import core\n", "core.py": "A = 1\n", "data/raw.csv": "1\n"}

    def definition(spec: str, **changed: str) -> str:
        return tree(spec, files=files | changed).sources[0].definition

    first = definition(command)
    assert definition(command.replace("raw.csv]", "raw.csv], freshness: 1d, timeout: 5m")) == first
    assert definition(command, **{"make.py": "# a comment\nimport core\n"}) == first
    assert definition(command, **{"core.py": "A = 2\n"}) != first
    assert definition(command, **{"data/raw.csv": "2\n"}) != first
    assert definition(command.replace("make.py", "make.py --all")) != first


def test_a_file_of_the_repository_is_never_fetched() -> None:
    assert desired_sources([model().blueprint], MemoryTree({})) == ()
