"""Loading: one project out of many files, positions, and problems of all files at once."""

from __future__ import annotations

import pickle

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlspec.spec.load import SpecError, combine, load, load_one, where
from mlspec.spec.problem import Problem

WINE = b"""\
apiVersion: mlspec/v1
kind: Model
name: wine
data:
  sources:
    - {name: wine, path: ./data//wine.csv}
training:
  estimator: sklearn.ensemble.RandomForestClassifier
  target: cultivar
  params:
    max_depth: 8
evaluation:
  metrics: [accuracy]
  gates:
    - {metric: accuracy, min: 0.8}
    - {metric: model_size, max: 1.5MB}
serving: {limits: {body: 2MiB}}
deploy:
  production:
"""
PROJECT = b"apiVersion: mlspec/v1\nkind: Project\nenvironments: {staging: {promote: manual}, production: }\n"


def test_a_model_alone_gets_the_default_project() -> None:
    loaded = load({"specs/wine.yaml": WINE}, project_name="shop").sound()
    assert loaded.project.name == "shop"
    assert loaded.project_source is None
    assert list(loaded.project.environments) == ["production"]
    assert loaded.project.environments["production"].target == "process"
    (model,) = loaded.models
    assert (model.path, model.spec.name) == ("specs/wine.yaml", "wine")


def test_values_are_read_into_their_units() -> None:
    spec = load({"w": WINE}).sound().models[0].spec
    assert spec.data.sources[0].path == "data/wine.csv"
    assert spec.evaluation.gates[1].max == 1_500_000
    assert spec.serving.limits.body == 2 * 2**20
    assert spec.deploy["production"].replicas == 1
    assert spec.training.params == {"max_depth": 8}


def test_a_project_s_own_name_wins() -> None:
    named = PROJECT + b"name: cellar\n"
    assert load({"p": named, "w": WINE}, project_name="shop").sound().project.name == "cellar"
    assert load({"p": PROJECT, "w": WINE}, project_name="shop").sound().project.name == "shop"


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (("name",), 3),
        (("training", "params", "max_depth"), 11),
        (("training", "params", "n_estimators"), 10),
        (("training", "features"), 7),
        (("evaluation", "gates", 1, "max"), 16),
        (("evaluation", "gates", 7), 14),
        (("monitoring",), 1),
        ((), 1),
    ],
)
def test_where_is_the_line_of_a_field_or_of_what_is_around_it(at: tuple[str | int, ...], line: int) -> None:
    model = load({"specs/wine.yaml": WINE}).models[0]
    assert where(model, at) == f"specs/wine.yaml:{line}"


def test_the_example_of_the_manual() -> None:
    text = WINE.replace(b"  target: cultivar", b"  traget: cultivar")
    (problem,) = load({"specs/wine.yaml": text}).problems
    assert str(problem) == "specs/wine.yaml:9:3: unknown field `traget` (did you mean `target`?)"


def test_all_problems_of_all_files_come_sorted() -> None:
    files = {
        "specs/z.yaml": WINE.replace(b"8", b".nan").replace(b"accuracy]", b"acuracy]"),
        "specs/a.yaml": b"a: [",
        "specs/b.yaml": WINE.replace(b"name: wine\n", b"name: Beer\n").replace(b"production", b"staging"),
    }
    problems = load(files).problems
    assert list(problems) == sorted(problems)
    assert {problem.path for problem in problems} == set(files)
    with pytest.raises(SpecError, match=f"{len(problems)} problems") as caught:
        load(files).sound()
    assert caught.value.details == tuple(map(str, problems))


def test_a_broken_project_does_not_make_problems_of_models() -> None:
    problems = load({"p": PROJECT.replace(b"environments", b"enviroments"), "w": WINE}).problems
    assert [problem.path for problem in problems] == ["p"]


def test_files_read_one_by_one_and_kept_give_the_same() -> None:
    files = {"w": WINE, "v": WINE, "p": PROJECT}
    kept = [pickle.loads(pickle.dumps(load_one(path, content))) for path, content in files.items()]
    assert combine(kept, project_name="shop") == load(files, project_name="shop")


def test_specs_can_not_be_changed() -> None:
    spec = load({"w": WINE}).models[0].spec
    with pytest.raises(ValueError, match="frozen"):
        spec.name = "beer"  # type: ignore[misc]


def test_a_file_full_of_problems_is_cut() -> None:
    text = WINE + b"".join(b"x%d: 1\n" % number for number in range(5000))
    problems = load({"w": text}).problems
    assert len(problems) == 51
    assert problems[-1].message == "and 4950 more problems in this file"


FIELDS = (
    *("apiVersion", "kind", "name", "data", "sources", "path", "validation", "columns", "rows", "split", "training"),
    *("estimator", "command", "outs", "target", "params", "features", "evaluation", "metrics", "gates", "metric"),
    *("against", "min", "max", "deploy", "production", "from", "port", "environments", "ci", "serving", "limits"),
)
VALUES = [
    "mlspec/v1",
    "Model",
    "Project",
    "wine",
    "a/b",
    "../x",
    "accuracy",
    "model_size",
    "100MB",
    "-",
    "x" * 70,
    "",
    "☃",
]
tree = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.floats(-2, 2) | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150)
@given(st.sampled_from(["Model", "Project"]), st.dictionaries(st.sampled_from(FIELDS[2:]), tree, max_size=8))
def test_no_document_makes_the_loader_raise(kind: str, fields: dict[str, object]) -> None:
    text = yaml.safe_dump({"apiVersion": "mlspec/v1", "kind": kind} | fields, allow_unicode=True)
    loaded = load({"f.yaml": text.encode()})
    assert loaded.models or loaded.problems or kind == "Project"
    assert all(isinstance(problem, Problem) and "\n" not in str(problem) for problem in loaded.problems)


@settings(max_examples=150)
@given(st.data())
def test_one_change_to_a_good_spec_never_makes_the_loader_raise(data: st.DataObject) -> None:
    document = yaml.safe_load(WINE)
    holder, key = document, data.draw(st.sampled_from(sorted(document)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(tree)
    load({"f.yaml": yaml.safe_dump(document, allow_unicode=True).encode(), "g.yaml": WINE, "p.yaml": PROJECT})


class TestTheFolderOfAProject:
    def spec(self, ci: bytes) -> bytes:
        return b"apiVersion: mlspec/v1\nkind: Project\nci:\n  " + ci

    def problems(self, ci: bytes, folder: str) -> list[str]:
        loaded = load({"specs/project.yaml": self.spec(ci), "specs/wine.yaml": WINE}, folder=folder)
        return [str(problem) for problem in loaded.problems]

    def test_is_known_without_being_said(self) -> None:
        assert load({"specs/wine.yaml": WINE}, folder="services/shop").sound().project.ci.folder == "services/shop"
        assert load({"specs/wine.yaml": WINE}).sound().project.ci.folder is None

    def test_is_checked_where_it_is_said(self) -> None:
        assert not self.problems(b"folder: services/shop", "services/shop")
        [elsewhere] = self.problems(b"folder: services/shop", "shop")
        assert elsewhere.startswith("specs/project.yaml:4:3: `ci.folder`: the project lies in `shop` of its repository")
        [top] = self.problems(b"folder: services/shop", "")
        assert "the project lies at the top of its repository (remove it" in top
