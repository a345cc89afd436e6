"""Observing: what exists, asked of git and of the targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.git import FakeOrigin
from fakes.shop import PLACE, SCORE, Shop
from fakes.wanted import SPEC

from mlspec.domain.actual import Unseen
from mlspec.reconciler.world import observe

CIDER = SPEC.replace("name: wine\ndesc", "name: cider\ndesc")


def clone(shop: Shop, folder: Path, host: str) -> Shop:
    """Another clone of the shop's origin, on another machine."""
    assert shop.git.origin is not None
    other = Shop(folder, shop.text, origin=shop.git.origin, host=host)
    other.git.fetch()
    return other


def test_observing_changes_nothing(shop: Shop) -> None:
    before = (dict(shop.git.refs), dict(shop.git.files))
    first, second = (replace(observe(shop.ports).actual, now=0.0) for _ in range(2))
    assert first == second
    assert (dict(shop.git.refs), dict(shop.git.files)) == before


def test_the_base_follows_versions_stages_and_what_runs(shop: Shop) -> None:
    bases = [observe(shop.ports).actual.base]
    shop.run()
    bases.append(observe(shop.ports).actual.base)
    shop.ports.process.degrade(PLACE)
    bases.append(observe(shop.ports).actual.base)
    shop.ports.process.kill(PLACE)
    bases.append(observe(shop.ports).actual.base)
    assert len(set(bases)) == 4
    shop.commit({"notes.txt": "nothing that exists has changed"})
    assert observe(shop.ports).actual.base == bases[-1]


def test_a_fresh_clone_knows_everything_without_data(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "one", SCORE, origin=FakeOrigin())
    shop.run()
    shop.git.push("main")
    other = clone(shop, tmp_path / "two", "there")
    assert (other.plan(), other.trainings) == ([], 0)
    assert other.history.versions[max(other.history.versions)] == shop.history.versions[max(shop.history.versions)]


def test_what_was_deployed_from_another_machine_cannot_be_seen(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "one", SCORE, origin=FakeOrigin())
    shop.run()
    shop.git.push("main")
    other = clone(shop, tmp_path / "two", "there")
    assert observe(other.ports).actual.running == {PLACE: Unseen(PLACE, "TargetNotHere")}
    other.edit("max_depth: 8", "max_depth: 9")
    assert [step for step in other.run() if "deploy" in step or "promote" in step] == []
    assert other.plan() == ["(TargetNotHere:production)"]


def test_a_failed_fingerprint_travels(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "one", SCORE.replace("score: 0.9", "score: 0.1"), origin=FakeOrigin())
    shop.run()
    shop.git.push("main")
    assert clone(shop, tmp_path / "two", "there").plan() == ["(GateFailed:)"]


def test_files_of_a_model_that_is_gone_are_removed_and_its_versions_stay(shop: Shop) -> None:
    shop.commit({"specs/cider.yaml": CIDER})
    shop.run()
    del shop.git.files["specs/cider.yaml"]
    shop.git.commit_all("no cider any more")
    _, plan = shop.look()
    assert [held.reason for held in plan.held] == ["SpecRemoved"]
    orphans = {why.subject for action in plan.actions for why in action.because if why.kind == "FileOrphaned"}
    assert {"models/cider/dvc.yaml", "models/cider/Dockerfile"} <= orphans
    assert "models/cider/version.json" not in orphans
    shop.run()
    assert "models/cider/dvc.yaml" not in shop.git.files
    assert "models/cider/.gitignore" in shop.git.files, "what the stages made is still there, and not for git"
    assert "cider@v0.1.0" in shop.tags
    assert shop.plan() == ["(SpecRemoved:production)"]


@pytest.mark.parametrize(("ci", "left"), [("providers: []", False), ("{providers: [], managed: false}", True)])
def test_workflows_of_a_provider_that_is_gone_are_removed_where_they_are_managed(
    shop: Shop, ci: str, left: bool
) -> None:
    shop.run()
    workflow = ".github/workflows/mlspec-plan.yml"
    assert workflow in shop.git.files
    other = ".github/workflows/mlspec-reconcile.yml"
    shop.commit({other: "# my own\n"})
    ci = ci if ci.startswith("{") else f"{{{ci}}}"
    shop.commit({"specs/project.yaml": f"apiVersion: mlspec/v1\nkind: Project\nci: {ci}\n"})
    assert shop.run() == ([] if left else ["done compile"])
    assert (workflow in shop.git.files) is left
    assert shop.git.files[other] == b"# my own\n", "what mlspec did not write stays"
    assert shop.plan() == []


def test_a_generated_file_that_was_edited_is_held(shop: Shop) -> None:
    shop.run()
    path = "models/wine/dvc.yaml"
    shop.commit({path: shop.git.files[path].decode() + "# mine\n"})
    shop.edit("max_depth: 8", "max_depth: 9")
    assert observe(shop.ports).actual.edited == {path}
    assert shop.plan() == ["(HandEdited:)"]


def test_a_file_in_our_place_that_is_not_ours_is_held(shop: Shop) -> None:
    shop.commit({"models/wine/dvc.yaml": "stages: {}\n"})
    assert "(HandEdited:)" in shop.plan()
    assert shop.run() == ["done compile"]
    assert shop.git.files["models/wine/dvc.yaml"] == b"stages: {}\n"


def test_a_record_that_is_not_committed_does_not_count(shop: Shop) -> None:
    shop.run()
    path = "models/wine/version.json"
    shop.git.files[path] = shop.git.files[path].replace(b"v0.1.0", b"v9.9.9")
    assert observe(shop.ports).actual.models["wine"].unregistered is None
    shop.git.commit_all("edited by hand")
    assert str(observe(shop.ports).actual.models["wine"].unregistered.version) == "v9.9.9"  # type: ignore[union-attr]


def test_a_record_that_cannot_be_read_stops_no_plan(shop: Shop) -> None:
    shop.run()
    shop.commit({"models/wine/version.json": '{"format": 1, "version": "nine"}'})
    assert shop.plan() == []


def test_a_training_that_passed_is_remembered_with_its_end_and_its_length(shop: Shop) -> None:
    shop.run()
    actual = shop.look()[0].actual
    (training,) = actual.models["wine"].trainings
    assert (training.version, training.train) == ("v0.1.0", shop.look()[0].model("wine").train)
    assert 0 < training.time <= actual.now
    assert training.seconds >= 0
