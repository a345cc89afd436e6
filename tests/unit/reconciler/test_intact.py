"""Nothing is registered whose commit does not hold what it was trained from: edits and commits during a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

from mlspec.domain.outcome import Outcome
from mlspec.errors import MlspecError

DATA, SPEC, PARAMS, PROJECT = "data/wine.csv", "specs/wine.yaml", "models/wine/params.yaml", "specs/project.yaml"
OTHER = "alcohol,cultivar\n13,1\n14,2\n"
CIDER = SCORE.replace("name: wine\ndesc", "name: cider\ndesc").replace(DATA, "data/cider.csv")
DEEPER = SCORE.replace("max_depth: 8", "max_depth: 9")


@pytest.fixture
def scored(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop", SCORE)


def meanwhile(shop: Shop, stage: str, do: Callable[[], object], *, before: bool = False, model: str = "wine") -> None:
    """Do something once while a stage runs: when it is over, or when it begins."""
    act, left = shop.ports.pipeline.act, [do]

    def acting(root: Path, address: str, command: str) -> tuple[int, str]:
        now = [left.pop() for _ in left[:1]] if address == f"models/{model}/dvc.yaml:{stage}" else []
        for each in now if before else []:
            each()
        done = act(root, address, command)
        for each in [] if before else now:
            each()
        return done

    shop.ports.pipeline.act = acting


def edit(shop: Shop, path: str, text: str) -> Callable[[], None]:
    """An edit that is not committed."""
    return lambda: shop.git.files.update({path: text.encode()})


def trained(outcomes: list[Outcome], model: str = "wine") -> Outcome:
    return next(item for item in outcomes if item.action.action == "train" and item.action.model == model)


@pytest.mark.parametrize("stage", ["validate", "prepare", "train", "evaluate"])
@pytest.mark.parametrize("before", [False, True])
def test_data_that_is_edited_while_a_model_trains(scored: Shop, stage: str, before: bool) -> None:
    meanwhile(scored, stage, edit(scored, DATA, OTHER), before=before)
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags, scored.history.versions) == ("failed", [], {})
    assert f"`{DATA}` was changed while wine trained" in outcome.detail
    assert "git commit it or put it back" in outcome.detail
    assert scored.git.snapshot().dirty == {DATA}, "the edit is its author's; all else is as it was"
    with pytest.raises(MlspecError, match="uncommitted changes"):
        scored.apply()

    scored.git.files[DATA] = b"alcohol,cultivar\n13,1\n"
    before_that = scored.trainings
    scored.run()
    assert (scored.tags, scored.plan()) == (["wine#production#1", "wine@v0.1.0"], [])
    assert scored.trainings == before_that + 1, "what was made of the edit is not taken for what was planned"


def test_a_training_that_writes_to_its_own_data(scored: Shop) -> None:
    meanwhile(scored, "train", edit(scored, DATA, OTHER))
    assert "a training must not write to its own inputs" in trained(scored.apply()).detail
    assert scored.tags == []


def test_data_of_dvc_that_is_edited_where_git_does_not_look(scored: Shop) -> None:
    scored.git.ignored_paths.add(DATA)
    scored.ports.pipeline.track(DATA)
    scored.commit({})
    assert DATA not in scored.git.tree("HEAD")[1]
    meanwhile(scored, "prepare", edit(scored, DATA, OTHER))
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags) == ("failed", [])
    assert f"`{DATA}` was changed" in outcome.detail


def test_generated_files_that_are_edited_while_a_model_trains(scored: Shop) -> None:
    path = Path(scored.ports.root, PARAMS)
    deeper = lambda: path.write_text(path.read_text().replace("max_depth: 8", "max_depth: 3"))  # noqa: E731
    meanwhile(scored, "validate", deeper)
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags, PARAMS in outcome.detail) == ("failed", [], True)


def test_a_candidate_of_edited_data_is_not_remembered_as_one_that_failed_its_gates(scored: Shop) -> None:
    scored.run()
    scored.edit("score: 0.9", "score: 0.5")
    meanwhile(scored, "train", edit(scored, DATA, OTHER))
    assert trained(scored.apply()).status == "failed"
    scored.git.files[DATA] = b"alcohol,cultivar\n13,1\n"
    assert "train:wine" in scored.plan()


def test_a_commit_that_changes_what_is_being_trained(scored: Shop) -> None:
    meanwhile(scored, "train", lambda: scored.commit({SPEC: DEEPER}))
    outcome = trained(scored.apply())
    head = scored.git.head
    assert (outcome.status, scored.tags) == ("failed", [])
    assert f"HEAD moved to {head[:7]} while wine trained, which has another `{SPEC}`" in outcome.detail
    assert "run it again" in outcome.detail
    assert scored.git.snapshot().dirty == frozenset()

    scored.run()
    assert (scored.tags, scored.plan()) == (["wine#production#1", "wine@v0.1.0"], [])
    commit = next(tag.commit for tag in scored.git.tags() if tag.name == "wine@v0.1.0")
    blobs = scored.git.tree(commit)[1]
    assert b"max_depth: 9" in scored.git.read([blobs[SPEC]])[blobs[SPEC]]
    assert b"max_depth: 9" in scored.git.read([blobs[PARAMS]])[blobs[PARAMS]]


def test_a_commit_of_something_else_is_gone_on_from(scored: Shop) -> None:
    meanwhile(scored, "train", lambda: scored.commit({"README.md": "more words\n"}))
    assert trained(scored.apply()).status == "done"
    commit = next(tag.commit for tag in scored.git.tags() if tag.name == "wine@v0.1.0")
    blobs = scored.git.tree(commit)[1]
    assert scored.git.read([blobs["README.md"]])[blobs["README.md"]] == b"more words\n"
    assert scored.plan() == []


def test_a_commit_between_the_last_look_and_our_own(scored: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the data is being pushed, say: what the candidate goes on from is what was looked at."""
    push, left = scored.ports.pipeline.push, [{SPEC: DEEPER}]

    def pushing(file: str) -> int:
        if left:
            scored.commit(left.pop())
        return push(file)

    monkeypatch.setattr(scored.ports.pipeline, "push", pushing)
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags) == ("failed", [])
    assert "HEAD moved" in outcome.detail

    left.append({"README.md": "more words\n"})
    assert trained(scored.apply()).status == "done"


def test_a_spec_that_is_being_edited_for_the_next_training_is_in_nobodys_way(scored: Shop) -> None:
    meanwhile(scored, "train", edit(scored, SPEC, DEEPER))
    assert trained(scored.apply()).status == "done"
    commit = next(tag.commit for tag in scored.git.tags() if tag.name == "wine@v0.1.0")
    assert scored.git.tree(commit)[1][SPEC] == scored.git.tree("HEAD")[1][SPEC]
    assert scored.git.snapshot().dirty == {SPEC}


def test_a_commit_whose_change_was_put_back_in_the_tree_alone(scored: Shop) -> None:
    def commit_and_edit_back() -> None:
        scored.commit({DATA: OTHER})
        scored.git.files[DATA] = b"alcohol,cultivar\n13,1\n"

    meanwhile(scored, "train", commit_and_edit_back)
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags, DATA in outcome.detail) == ("failed", [], True)


def test_another_branch(scored: Shop) -> None:
    def switch() -> None:
        scored.git.refs["refs/heads/other"] = scored.git.head
        scored.git.branch = "other"

    meanwhile(scored, "train", switch)
    outcome = trained(scored.apply())
    assert (outcome.status, scored.tags) == ("failed", [])
    assert "HEAD moved to `other`" in outcome.detail


@pytest.mark.parametrize("jobs", [1, 2])
def test_others_go_on(scored: Shop, jobs: int) -> None:
    scored.commit({"specs/cider.yaml": CIDER, "data/cider.csv": "alcohol,cultivar\n5,1\n"})
    meanwhile(scored, "train", edit(scored, "data/cider.csv", OTHER), model="cider")
    outcomes = scored.apply(jobs=jobs)
    assert (trained(outcomes, "cider").status, trained(outcomes, "wine").status) == ("failed", "done")
    assert scored.tags == ["wine#production#1", "wine@v0.1.0"]


def test_a_death_after_an_edit_is_no_way_round(scored: Shop) -> None:
    """What was trained of the edit is not remembered as what was planned, even where nobody could clean up."""
    scored.run()
    scored.edit("max_depth: 8", "max_depth: 9")
    train = next(model.train for model in scored.look()[0].desired.models)
    meanwhile(scored, "train", edit(scored, DATA, OTHER))
    assert trained(scored.apply()).status == "failed"
    assert scored.ports.cache.get_many("trained", [train]) == {train: []}
