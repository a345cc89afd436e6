"""Specs of a tree: read once by content, and checked together."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from fakes.shop import REGISTRY, Shop
from fakes.wanted import COMMAND, SPEC

from mlspec.domain.desired import Bundle, Site
from mlspec.errors import MlspecError
from mlspec.spec.problem import SpecError

CIDER = SPEC.replace("name: wine\ndesc", "name: cider\ndesc")
PROJECT = "apiVersion: mlspec/v1\nkind: Project\n"


def bundle(shop: Shop, **files: str) -> Bundle:
    """The bundle after these specs were written; `project` is the project's."""
    shop.commit({f"specs/{name}.yaml": text for name, text in files.items()})
    return shop.ports.specs.bundle(shop.git.snapshot().blobs)


def test_defaults(shop: Shop) -> None:
    facts = bundle(shop).project
    assert (facts.name, facts.models, facts.sites) == ("shop", "models", {"production": Site("process")})


def test_the_project_names_itself(shop: Shop) -> None:
    facts = bundle(shop, project=f"{PROJECT}name: cellar\nlayout: {{models: ml}}\n").project
    assert (facts.name, facts.models) == ("cellar", "ml")
    assert bundle(shop).blueprints[0].folder == "ml/wine"


def test_only_what_changed_is_read_again(shop: Shop) -> None:
    bundle(shop, cider=CIDER)
    read: list[str] = []
    real = shop.ports.files.read
    shop.ports.files.read = lambda path: read.append(path) or real(path)  # type: ignore[method-assign,func-returns-value]
    first = bundle(shop)
    assert read == []
    assert [item.name for item in bundle(shop, cider=CIDER.replace("max_depth: 8", "max_depth: 9")).blueprints] == [
        *("cider", "wine"),
    ]
    assert set(read) == {"specs/cider.yaml"}
    assert bundle(shop, cider=CIDER).blueprints == first.blueprints


def test_what_comes_from_the_cache_is_what_was_compiled(shop: Shop) -> None:
    fresh = bundle(shop)
    assert bundle(shop) == fresh


def test_a_changed_project_compiles_all_again(shop: Shop) -> None:
    before = bundle(shop).blueprints[0]
    after = bundle(shop, project=f"{PROJECT}environments: {{production: {{promote: manual}}}}\n").blueprints[0]
    assert (before.deployments[0].promote, after.deployments[0].promote) == ("auto", "manual")


def test_all_problems_of_all_files_are_told_at_once(shop: Shop) -> None:
    with pytest.raises(SpecError) as caught:
        bundle(shop, cider=CIDER.replace("target:", "targte:"), perry=CIDER.replace("min: 0.8", "min: high"))
    assert {problem.path for problem in caught.value.problems} == {"specs/cider.yaml", "specs/perry.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: cider", "name: wine", "name `wine` is taken"),
        ("replicas: 1", "port: 8080", "port `8080` is taken"),
    ],
)
def test_what_only_all_specs_together_get_wrong(shop: Shop, old: str, new: str, words: str) -> None:
    """One is read from the cache, the other is new."""
    bundle(shop, wine=SPEC.replace("replicas: 1", "port: 8080"))
    with pytest.raises(SpecError) as caught:
        bundle(shop, cider=CIDER.replace(old, new))
    (problem,) = caught.value.problems
    assert words in problem.message
    assert "specs/cider.yaml" in {problem.path, problem.message.partition("that of ")[2].partition(":")[0]}


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("target: docker", "target: docker", True),
        ("target: docker", "target: process", True),
        ("target: docker", "target: docker, context: away", False),
        ("target: docker", "target: docker, bind: 192.0.2.1", False),
        ("target: docker, context: away, bind: 0.0.0.0", "target: swarm, context: away, bind: 0.0.0.0", True),
    ],
)
def test_a_port_is_one_model_s_on_one_address_of_one_machine(
    tmp_path: Path, first: str, second: str, clash: bool
) -> None:
    project = f"{PROJECT}environments:\n  production: {{{first}}}\n  other: {{{second}}}\n"
    shop = Shop(tmp_path / "shop", SPEC.replace("replicas: 1", "port: 8080"), project)
    bundle(shop)
    spec = CIDER.replace("replicas: 1", "port: 8080").replace("production:", "other:")
    with pytest.raises(SpecError) if clash else nullcontext() as caught:
        bundle(shop, cider=spec)
    told = [problem.message for problem in caught.value.problems] if caught else []
    assert ["port `8080` is taken" in message for message in told] == [True] * clash


def test_the_project_s_facts_come_back_from_the_cache(tmp_path: Path) -> None:
    project = REGISTRY.replace("docker}", "docker, context: away}")
    shop = Shop(tmp_path / "shop", SPEC, project)
    fresh, cached = bundle(shop).project, bundle(shop).project
    assert fresh == cached
    assert (fresh.sites, fresh.registry) == ({"production": Site("docker", "away")}, "registry.example:5000/shop")


def test_an_output_of_two_models(shop: Shop) -> None:
    bundle(shop, wine=COMMAND)
    with pytest.raises(SpecError) as caught:
        bundle(shop, cider=COMMAND.replace("name: wine\ndesc", "name: cider\ndesc"))
    assert ["wine.skops" in problem.message for problem in caught.value.problems] == [True]


def test_a_project_without_models_is_an_error(shop: Shop) -> None:
    with pytest.raises(MlspecError, match="no model's spec"):
        shop.ports.specs.bundle({"specs/README.md": "y", "elsewhere/wine.yaml": "z"})


JOINED = """\
apiVersion: mlspec/v1
kind: Features
name: joined
sources: [{name: left, path: data/left.csv}]
command: python join.py
outs: [models/_features/joined/table.csv]
"""
SHARING = """\
apiVersion: mlspec/v1
kind: Model
name: perry
data: {split: {test: 0.2}}
features: {from: joined}
training: {estimator: sklearn.linear_model.Ridge, target: y}
evaluation: {metrics: [r2]}
"""


def test_a_model_is_read_again_when_the_features_change_that_it_shares(shop: Shop) -> None:
    first = {item.name: item for item in bundle(shop, joined=JOINED, perry=SHARING).blueprints}
    assert set(first) == {"perry", "wine"}  # the document itself is no model
    assert first["perry"].documents == ("specs/perry.yaml", "specs/joined.yaml")
    assert {item.name: item for item in bundle(shop).blueprints} == first
    read: list[str] = []
    real = shop.ports.files.read
    shop.ports.files.read = lambda path: read.append(path) or real(path)  # type: ignore[method-assign,func-returns-value]
    again = bundle(shop, joined=JOINED.replace("join.py", "-B join.py")).blueprints
    assert set(read) == {"specs/perry.yaml", "specs/joined.yaml"}
    subjects = {subject.name: subject for subject in again[0].subjects}
    assert subjects["features.command"].value == "python -B join.py"
    assert (subjects["features.command"].origin, subjects["features.command"].line) == ("specs/joined.yaml", 5)
    assert {ref.path: again[0].where(ref.line, ref.origin) for ref in again[0].files if not ref.optional} == {
        "data/left.csv": "specs/joined.yaml:4",
        "join.py": "specs/joined.yaml:5",
    }
    read.clear()
    bundle(shop, perry=SHARING.replace("Ridge", "Lasso"))
    assert set(read) == {"specs/perry.yaml", "specs/joined.yaml"}


def test_features_that_are_gone_are_missed_by_who_shares_them(shop: Shop) -> None:
    bundle(shop, joined=JOINED, perry=SHARING)
    with pytest.raises(SpecError) as caught:
        bundle(shop, joined=JOINED.replace("name: joined", "name: other"))
    assert "there are no features `joined`" in str(caught.value.problems[0])


@pytest.mark.parametrize("other", ["specs/gin.yaml", "specs/project.yaml"])
def test_above_a_project_s_folder_people_are_told_where_it_is(shop: Shop, other: str) -> None:
    blobs = {"services/shop/specs/wine.yaml": "x", f"services/bar/{other}": "y", "specs/README.md": "z"}
    with pytest.raises(MlspecError, match="no model's spec") as caught:
        shop.ports.specs.bundle(blobs)
    assert caught.value.hint == "there are some in services/bar, services/shop: go there, or mlspec -C services/bar"
