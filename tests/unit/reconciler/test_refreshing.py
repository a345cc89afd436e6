"""Refreshing: beside, compared, then in its place; whatever goes wrong, the snapshot that was there stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.ports import FakeSource
from fakes.shop import SCORE, Shop
from fakes.wanted import GATES

from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.sources import NoAnswer, Probe
from mlspec.errors import MlspecError
from mlspec.planner.plan import Selection, make_plan
from mlspec.ports.sources import Lack
from mlspec.reconciler.chains import PROJECT
from mlspec.reconciler.probing import ask_sources, with_sources
from mlspec.reconciler.refreshing import Refresher, undo_refresh
from mlspec.reconciler.report import Silence
from mlspec.reconciler.safety import refuse_unsafe
from mlspec.reconciler.world import observe

URL = SCORE.replace("path: data/wine.csv", 'url: "https://example.com/wine.csv"')
PATH = "data/wine.csv"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project whose data is elsewhere, and was never fetched."""
    made = Shop(tmp_path / "shop", SCORE)
    del made.git.files[PATH]
    made.git.ignored_paths.add(PATH)
    made.text = URL
    made.commit({"specs/wine.yaml": URL})
    made.git.effects.clear()
    return made


def source(shop: Shop) -> FakeSource:
    """The one source."""
    return shop.ports.sources.setdefault("wine", FakeSource())


def planned(shop: Shop) -> Plan:
    """The plan, sources asked."""
    world = ask_sources(shop.ports, observe(shop.ports))
    return make_plan(world.desired, world.actual, GATES, Selection())


def refresh(shop: Shop) -> Outcome:
    """Fetch, whatever is known."""
    world = with_sources(observe(shop.ports), wanted=("wine",))
    plan = make_plan(world.desired, world.actual, GATES, Selection())
    refuse_unsafe(plan, world)
    actions = [action for action in plan.actions if action.action is ActionKind.REFRESH]
    (outcome,) = Refresher(shop.ports, world, Silence()).run(actions).values()
    return outcome


def refreshes(shop: Shop) -> list[str]:
    """Why the source would be refreshed."""
    return [str(why.kind) for action in planned(shop).actions if action.source for why in action.because]


def test_the_pointer_is_committed_and_nothing_else(shop: Shop) -> None:
    assert refreshes(shop) == ["NeverFetched"]
    before = shop.git.head
    outcome = refresh(shop)
    assert (outcome.status, outcome.detail) == ("done", "1 row, 2 columns")
    assert shop.git.effects == ["commit", f"append {PROJECT}"]
    changed = {path for path, blob in shop.git.tree("HEAD")[1].items() if shop.git.tree(before)[1].get(path) != blob}
    assert changed == {f"{PATH}.dvc"}
    assert refreshes(shop) == []


def test_a_gitignore_hides_the_data_and_keeps_what_stood_there(shop: Shop) -> None:
    shop.git.ignored_paths.discard(PATH)
    shop.commit({"data/.gitignore": "/other.csv"})
    refresh(shop)
    assert shop.git.files["data/.gitignore"] == b"/other.csv\n/wine.csv\n"
    assert "data/.gitignore" in shop.git.tree("HEAD")[1]


def test_changes_are_told_and_remembered(shop: Shop) -> None:
    refresh(shop)
    source(shop).text = "alcohol,region,cultivar\n13,1,1\n12,1,0\n"
    outcome = refresh(shop)
    assert (outcome.detail, outcome.lines) == ("1 → 2 rows", ("column region is new: integer",))
    event = json.loads(shop.git.chain_log(PROJECT)[0])
    assert (event["outcome"], event["source"], event["model"]) == ("refreshed", "wine", "")
    assert "region" in event["detail"]


def test_equal_data_commits_nothing_and_the_check_is_remembered(shop: Shop) -> None:
    source(shop).text = "alcohol,cultivar\n13,1\n12,0\n"
    refresh(shop)
    head, before = shop.git.head, observe(shop.ports).actual.sources.snapshots["wine"]
    source(shop).text = "alcohol,cultivar\n12,0\n13,1\n"
    assert refreshes(shop) == ["SourceChanged"]
    assert refresh(shop).detail == "the same data as before"
    (after,) = observe(shop.ports).actual.sources.snapshots["wine"].values()
    assert (shop.git.head, refreshes(shop)) == (head, [])
    assert after.checked > next(iter(before.values())).checked


def test_a_revert_finds_what_is_known_of_the_older_snapshot(shop: Shop) -> None:
    refresh(shop)
    pointer = shop.git.files[f"{PATH}.dvc"].decode()
    source(shop).text = "alcohol,cultivar\n12,0\n"
    refresh(shop)
    shop.commit({f"{PATH}.dvc": pointer})
    assert refreshes(shop) == ["SourceChanged"]
    source(shop).text = "alcohol,cultivar\n13,1\n"
    assert refreshes(shop) == []


def test_what_fails_keeps_the_snapshot(shop: Shop) -> None:
    refresh(shop)
    head = shop.git.head
    source(shop).error = "there is no such file any more"
    outcome = refresh(shop)
    assert (outcome.status, outcome.detail, shop.git.head) == ("failed", "there is no such file any more", head)
    assert (shop.ports.files.read(PATH), shop.git.snapshot().dirty) == (b"alcohol,cultivar\n13,1\n", frozenset())


@pytest.mark.parametrize("effect", ["push", "commit"])
def test_an_error_on_the_way_puts_everything_back(shop: Shop, effect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(shop)
    before = shop.git.files[f"{PATH}.dvc"]
    source(shop).text = "alcohol,cultivar\n12,0\n"

    def fail(*_: object) -> None:
        raise MlspecError("no room")

    monkeypatch.setattr(shop.ports.pipeline if effect == "push" else shop.ports.fake, effect, fail)
    assert refresh(shop).status == "failed"
    monkeypatch.undo()
    assert (shop.git.files[f"{PATH}.dvc"], shop.git.snapshot().dirty) == (before, frozenset())
    assert shop.ports.files.read(PATH) == b"alcohol,cultivar\n13,1\n"
    assert (undo_refresh(shop.ports), refresh(shop).detail) == ("", "1 row as before")


def test_what_a_death_left_is_put_back_by_the_next_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(shop)
    before = shop.git.files[f"{PATH}.dvc"]
    source(shop).text = "alcohol,cultivar\n12,0\n"
    monkeypatch.setattr("mlspec.reconciler.refreshing.undo_refresh", lambda _: "")  # the process is dead

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shop.ports.fake, "commit", die)
    with pytest.raises(KeyboardInterrupt):
        refresh(shop)
    monkeypatch.undo()
    assert shop.git.snapshot().dirty == {f"{PATH}.dvc"}
    assert undo_refresh(shop.ports) == PATH
    assert (shop.git.files[f"{PATH}.dvc"], shop.git.snapshot().dirty) == (before, frozenset())
    assert refreshes(shop) == ["SourceChanged"]


def test_a_death_before_the_record_costs_one_more_look(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlspec.reconciler.refreshing.Logbook.refreshed", lambda *_: None)
    refresh(shop)
    monkeypatch.undo()
    head = shop.git.head
    assert refreshes(shop) == ["SourceStale"]
    assert (refresh(shop).detail, shop.git.head, refreshes(shop)) == ("the same data as before", head, [])


def test_what_git_keeps_is_not_overwritten(shop: Shop) -> None:
    shop.git.ignored_paths.discard(PATH)
    shop.commit({PATH: "alcohol,cultivar\n1,1\n"})
    outcome = refresh(shop)
    assert (outcome.status, "git rm --cached" in outcome.detail) == ("failed", True)
    assert source(shop).fetched == 0


def test_what_nobody_else_has_is_not_overwritten(shop: Shop) -> None:
    shop.ports.files.write(PATH, b"mine\n")
    outcome = refresh(shop)
    assert (outcome.status, shop.ports.files.read(PATH)) == ("failed", b"mine\n")
    assert "neither git nor DVC has it" in outcome.detail
    shop.ports.files.remove(PATH)
    refresh(shop)
    shop.ports.files.write(PATH, b"edited\n")
    assert "was edited" in refresh(shop).detail
    assert shop.ports.files.read(PATH) == b"edited\n"


def test_sources_of_suspended_models_are_left_alone(shop: Shop) -> None:
    refresh(shop)
    source(shop).text = "alcohol,cultivar\n12,0\n"
    world = ask_sources(shop.ports, observe(shop.ports))
    asleep = replace(world.actual.models["wine"], suspended="suspended by ada")
    actual = replace(world.actual, models={"wine": asleep})
    made = make_plan(world.desired, actual, GATES, Selection())
    assert [action.id for action in made.actions if action.model or action.source] == []


def test_code_of_the_repository_runs_in_the_environment_that_trains(shop: Shop) -> None:
    shop.ports.steps.wrong = ("numpy 2.2 is wanted, 2.1.0 is here",)
    refresh(shop)
    assert source(shop).environ == {}, "nothing of ours runs for a download"
    pinned = URL.replace('url: "https://example.com/wine.csv"', "command: python make.py")
    pinned = pinned.replace("  target: cultivar\n", "  target: cultivar\n  environment: {lock: requirements.lock}\n")
    shop.commit({"specs/wine.yaml": pinned, "requirements.lock": "numpy==2.2\n"})
    refresh(shop)
    assert source(shop).environ == {"PATH": "/env/requirements.lock/bin"}


def test_uncommitted_specs_are_refused(shop: Shop) -> None:
    shop.git.files["specs/wine.yaml"] = URL.replace("example.com", "example.org").encode()
    with pytest.raises(MlspecError, match="uncommitted"):
        refresh(shop)


def test_sources_are_asked_once_for_a_few_seconds_and_their_faults_are_answers(shop: Shop) -> None:
    world = observe(shop.ports)
    assert ask_sources(shop.ports, world).actual.sources.probes["wine"] == source(shop).probe()
    source(shop).seconds = 5
    (answer,) = ask_sources(shop.ports, world, patience=0.2).actual.sources.probes.values()
    assert answer == NoAnswer("it did not answer within 0.2 s")
    source(shop).seconds, source(shop).error = 0, "no way"
    assert ask_sources(shop.ports, world).actual.sources.probes["wine"] == NoAnswer("no way")
    source(shop).missing = (Lack("WINE is not set", "export it"),)
    assert ask_sources(shop.ports, world).actual.sources.probes["wine"] == NoAnswer("WINE is not set (export it)")
    assert isinstance(source(shop), FakeSource)
    assert not isinstance(answer, Probe)


def test_nothing_is_asked_where_nothing_is_fetched(tmp_path: Path) -> None:
    plain = Shop(tmp_path / "plain", SCORE)
    world = observe(plain.ports)
    assert ask_sources(plain.ports, world) is world


def test_a_chain_that_cannot_be_read_counts_as_empty(shop: Shop) -> None:
    refresh(shop)
    for broken in (b"{", b'{"snapshots": 1}', b'{"snapshots": [{"content": 1}]}', b'{"snapshots": [1]}'):
        shop.git.append(PROJECT, {"sources/wine.json": broken}, "{}")
        assert observe(shop.ports).actual.sources.snapshots == {"wine": {}}
